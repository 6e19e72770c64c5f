"""The typed answer: its JSON schema, how it is asked for in words, and how it is read back."""

from __future__ import annotations

import json
import math
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, Literal, cast, get_args

from zamaz.events.debater import Stance
from zamaz.events.workflow import Verdict
from zamaz_debater.growing import grown

VERDICTS: tuple[Verdict, ...] = get_args(Verdict)
STANCES: tuple[Stance, ...] = get_args(Stance)
MAX_POSITION = 300
MAX_TEXT = 100_000
"""Characters of a text that is kept: six bytes each in JSON at worst, and a fact has a mebibyte."""
_GRAMMAR_LIMIT = 1900
"""llama.cpp's grammars refuse about 2000 repetitions."""
_BLOCK_TOKENS, _CHARS_A_TOKEN, _LEAST_ARGUMENT = 170, 2.5, 160
_CUT_OFF = ("length", "max_tokens", "model_context_window_exceeded")
_SCANS = 64
ABSTAIN = "abstain"
"""What a ballot says that chooses nothing; an option of that name is meant where there is one."""
_SHORTEST_ECHO = 15


@dataclass(frozen=True)
class Shape:
    """What an answer must hold besides its argument: which options there are, and who is to be judged.

    With a `ballot` it is a vote on the options: one of them (`choice`), all that are approved of (`approvals`), or all
    from the best to the worst (`ranking`). One that `sums_up` is a text alone.
    """

    options: tuple[str, ...] = ()
    labels: tuple[str, ...] = ()
    max_output_tokens: int = 1024
    ballot: Literal["", "choice", "approvals", "ranking"] = ""
    sums_up: bool = False

    @property
    def max_argument(self) -> int:
        """Characters that leave room for the rest of the answer."""
        room = self.max_output_tokens - _BLOCK_TOKENS - 6 * len(self.labels)
        return max(_LEAST_ARGUMENT, int(room * _CHARS_A_TOKEN))


@dataclass(frozen=True)
class Parsed:
    """An answer as it was read. Without a position it is no vote, and `unparsed` says why; a summary has neither."""

    argument: str
    position: str | None = None
    choice: str | None = None
    verdict: Verdict | None = None
    on_others: dict[str, Stance] = field(default_factory=dict)
    confidence: float = 0.0
    unparsed: str = ""
    approvals: tuple[str, ...] = ()
    ranking: tuple[str, ...] = ()


def schema(shape: Shape, *, bounded: bool) -> dict[str, Any]:
    """The JSON schema. Strict cloud modes know no bounds: there (`bounded=False`) they are said in words."""
    if shape.sums_up:
        most = min(shape.max_argument, _GRAMMAR_LIMIT) if bounded else shape.max_argument
        return _object({"summary": _text("The summary, in plain prose", most, bounded=bounded)})
    fields: dict[str, Any] = {
        "argument": _text("The argument, in markdown", min(shape.max_argument, _GRAMMAR_LIMIT), bounded=bounded)
        if bounded
        else _text("The argument, in markdown", shape.max_argument, bounded=False),
    }
    if shape.ballot:
        fields[shape.ballot] = _ballot_field(shape)
    else:
        fields["position"] = _text("The position, in one sentence", MAX_POSITION, bounded=bounded)
        fields["verdict"] = {"type": "string", "enum": list(VERDICTS)}
    if shape.options and not shape.ballot:
        fields["choice"] = {"type": "string", "enum": list(shape.options)}
    if shape.labels:
        fields["on_others"] = _object({label: {"type": "string", "enum": list(STANCES)} for label in shape.labels})
    fields["confidence"] = (
        {"type": "number", "enum": [n / 10 for n in range(11)]}
        if bounded
        else {"type": "number", "description": "From 0 to 1"}
    )
    return _object(fields)


def described(shape: Shape) -> str:
    """The same in words, for models and servers that know no schema."""
    if shape.sums_up:
        told = f"- summary: the whole summary, in plain prose, {_length(shape)}"
        return f"Answer with one JSON object and nothing else. Its field:\n{told}"
    lines = [
        "Answer with one JSON object and nothing else. Its fields:",
        f"- argument: your reasons, in markdown, at most {shape.max_argument} characters",
    ]
    if shape.ballot:
        lines.append(_BALLOTS[shape.ballot])
    else:
        lines += [
            "- position: your answer in one sentence",
            "- verdict: on what the question proposes: adopt, reject, amend (adopt with changes) or needs_info",
        ]
    if shape.options and not shape.ballot:
        lines.append("- choice: one of the options, word for word")
    if shape.labels:
        lines.append(f"- on_others: an object that says for {_listed(shape.labels)}: {', '.join(STANCES)}")
    lines.append("- confidence: a number from 0 to 1")
    return "\n".join(lines)


def parse(text: str, shape: Shape, finish_reason: str = "") -> Parsed:
    """Read an answer, through code fences and prose around it. Never raises.

    What does not fit is left out: an unknown label, verdict or choice; a confidence is clamped to 0..1, and
    one that is no number counts as 0. The paid text is kept in every case.
    """
    text = clean(text)
    wanted = "summary" if shape.sums_up else shape.ballot or "position"
    found = _block(text, wanted)
    if found is None:
        cut = finish_reason in _CUT_OFF
        limit = f"the answer was cut off at its limit of {shape.max_output_tokens} tokens"
        return Parsed(
            (grown(text) if cut else "") or text,
            unparsed=limit if cut else f"the answer holds no JSON object with a {wanted}",
        )
    if shape.sums_up:
        return _summary(found, shape, text)
    if shape.ballot:
        return _ballot(found, shape, text)
    argument = _string(found.get("argument"))[:MAX_TEXT]
    position = " ".join(_string(found.get("position")).split())
    if not position:
        return Parsed(argument or text, unparsed="the position of the answer is empty")
    if _is_parroted(position, shape):
        return Parsed(argument or text, unparsed="the answer repeats the instructions instead of a position")
    return Parsed(
        argument or position,
        position=position if len(position) <= MAX_POSITION else position[: MAX_POSITION - 1] + "…",
        choice=_choice(found.get("choice"), shape.options),
        verdict=_one_of(found.get("verdict"), VERDICTS),
        on_others=_stances(found.get("on_others"), shape.labels),
        confidence=_share(found.get("confidence")),
    )


_ON_IT = "the options, word for word, or where there are none, the letters of the positions"
_BALLOTS = {
    "choice": f"- choice: one of {_ON_IT}; or {ABSTAIN}",
    "approvals": f"- approvals: a list of all that you could live with, of {_ON_IT}; empty to abstain",
    "ranking": f"- ranking: a list from the best to the worst, of {_ON_IT}; empty to abstain",
}


def _ballot_field(shape: Shape) -> dict[str, Any]:
    if shape.ballot == "choice":
        return {"type": "string", "enum": list(dict.fromkeys((*shape.options, ABSTAIN)))}
    return {"type": "array", "items": {"type": "string", "enum": list(shape.options)}}


def _ballot(found: Mapping[str, Any], shape: Shape, text: str) -> Parsed:
    """A vote. What it names besides the options is left out; one that names nothing else cannot be read."""
    said = found.get(shape.ballot)
    words = said if isinstance(said, list) else [said]
    named = tuple(dict.fromkeys(option for word in words if (option := _choice(word, shape.options))))
    argument = _string(found.get("argument"))[:MAX_TEXT] or text
    abstains = said == [] or (shape.ballot == "choice" and _string(said).casefold() == ABSTAIN)
    if not named and not abstains:
        return Parsed(argument, unparsed=f"the {shape.ballot} of the answer names nothing that can be voted for")
    joined = (" > " if shape.ballot == "ranking" else ", ").join(named)
    return Parsed(
        argument,
        position=joined[:MAX_POSITION] or ABSTAIN,
        choice=named[0] if named and shape.ballot == "choice" else None,
        confidence=_share(found.get("confidence")),
        approvals=named if shape.ballot == "approvals" else (),
        ranking=named if shape.ballot == "ranking" else (),
    )


def _summary(found: Mapping[str, Any], shape: Shape, text: str) -> Parsed:
    told = _string(found.get("summary"))
    if not told:
        return Parsed(text, unparsed="the summary of the answer is empty")
    if _is_parroted(told, shape) or _length(shape) in told:
        return Parsed(told, unparsed="the answer repeats the instructions instead of a summary")
    return Parsed(told)


def _length(shape: Shape) -> str:
    """In the words in which nobody else would say it."""
    return f"at most {shape.max_argument} characters"


def _is_parroted(position: str, shape: Shape) -> bool:
    """Small models fill the block with the words that described it; that is no position."""
    said = position.casefold().rstrip(" .…")
    return len(said) > _SHORTEST_ECHO and said in described(shape).casefold()


def clean(text: str) -> str:
    """Text that any log can hold: no lone surrogates, no more than MAX_TEXT characters."""
    return text[:MAX_TEXT].encode("utf-8", "replace").decode("utf-8").strip()


def _block(text: str, wanted: str) -> dict[str, Any] | None:
    """The last JSON object of the text that speaks of what is wanted."""
    found = [thing for thing in _objects(text) if wanted in thing]
    return found[-1] if found else None


def _objects(text: str) -> Iterator[dict[str, Any]]:
    """The outermost JSON objects, looked for at a bounded number of braces."""
    decoder = json.JSONDecoder(strict=False)
    at = 0
    for _ in range(_SCANS):
        at = text.find("{", at)
        if at < 0:
            return
        try:
            thing, end = decoder.raw_decode(text, at)
        except (ValueError, RecursionError):
            at += 1
            continue
        at = end
        yield thing


def _text(about: str, most: int, *, bounded: bool) -> dict[str, Any]:
    made: dict[str, Any] = {"type": "string", "description": f"{about}, at most {most} characters"}
    return {**made, "maxLength": most} if bounded else made


def _object(fields: Mapping[str, Any]) -> dict[str, Any]:
    return {"type": "object", "properties": dict(fields), "required": list(fields), "additionalProperties": False}


def _string(value: object) -> str:
    return clean(value) if isinstance(value, str) else ""


def _choice(value: object, options: tuple[str, ...]) -> str | None:
    said = _string(value).casefold()
    return next((option for option in options if option.strip().casefold() == said), None) if said else None


def _one_of(value: object, words: tuple[Any, ...]) -> Any:
    said = _string(value).lower()
    return said if said in words else None


def _stances(value: object, labels: tuple[str, ...]) -> dict[str, Stance]:
    if not isinstance(value, dict):
        return {}
    said = {label: _one_of(value.get(label), STANCES) for label in labels}
    return {label: cast("Stance", stance) for label, stance in said.items() if stance}


def _share(value: object) -> float:
    if isinstance(value, bool) or not isinstance(value, int | float) or not math.isfinite(value):
        return 0.0
    return min(1.0, max(0.0, float(value)))


def _listed(labels: tuple[str, ...]) -> str:
    return f"each of {', '.join(labels)}" if len(labels) > 1 else labels[0]
