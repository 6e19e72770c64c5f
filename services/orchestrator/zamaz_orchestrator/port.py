"""The port between a kind of ruling and whoever answers it: a question with options, an answer with probabilities.

Pure. Whatever participants wrote goes into a prompt as JSON strings without angle brackets: no quote, line break or
tag of theirs can end the place where they are quoted.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from string import Template, ascii_uppercase
from typing import Annotated, Any, Literal, NamedTuple, Protocol

import msgspec
from msgspec import Meta

from zamaz.events.debater import Share, Usage
from zamaz.events.flow import RungSetting
from zamaz.events.orchestration import Passing

WHY_LENGTH = 200
MAX_OPTIONS = len(ascii_uppercase)
SHORT_OUTPUT, LONG_OUTPUT = 200, 400
"""Enough tokens for every string of an answer at its full length: the schema's bound, not a wish."""

BYTES_A_TOKEN = 3
"""Fewer than real text has: a prompt is rather counted too long against a limit."""

Extras = tuple[tuple[str, Any], ...]
"""What else than the option is asked for: names and annotated types, in the order in which to think of them."""

WHY: Extras = (("why", Annotated[str, Meta(max_length=WHY_LENGTH, description="one short sentence")]),)


class PassUp(Exception):
    """A rung cannot answer. `why` is in plain words and stands in the ruling, with `reason` as its one word; `usage` is
    what the model counted before it said no."""

    def __init__(self, why: str, reason: Passing = "error", usage: Usage | None = None) -> None:
        super().__init__(why)
        self.why = why
        self.reason: Passing = reason
        self.usage = usage


@dataclass(frozen=True)
class Inquiry:
    """One question with `options`. `prompt` asks for an answer within `schema`; `lettered` for a single letter, and is
    "" where the template does not say where that is to be told. `instructions` and `state` are the same in two halves:
    what never changes, and what it is about."""

    options: tuple[str, ...]
    prompt: str
    lettered: str = ""
    instructions: str = ""
    state: str = ""
    extras: Extras = WHY
    max_tokens: int = SHORT_OUTPUT

    @property
    def schema(self) -> dict[str, Any]:
        """The JSON Schema that an answer is held to."""
        return _schema(self.options, self.extras)


class Reply(NamedTuple):
    """What a model sent back: JSON text, or the odds of the options; the model's own name, and the tokens it counted.

    `odds` are raw: what is missing to 1 went to what is no option. `confidence` is the server's own, where it has one.
    """

    text: str
    model: str
    usage: Usage | None = None
    odds: Mapping[str, float] | None = None
    confidence: float | None = None


@dataclass(frozen=True)
class Answer:
    """One inquiry's answer: an option, the probability of each (of what is known), and how sure it is (0..1)."""

    option: str
    confidence: float
    odds: Mapping[str, float] = field(default_factory=dict)
    extras: Mapping[str, Any] = field(default_factory=dict)

    @property
    def why(self) -> str:
        """A sentence, where one was asked for."""
        return str(self.extras.get("why", ""))

    def expected(self, worth: Mapping[str, float]) -> float:
        """The mean of what the options are worth, by their odds; the option's own worth where no odds are known."""
        if not self.odds:
            return worth[self.option]
        return sum(worth[option] * share for option, share in self.odds.items())


class Judge(Protocol):
    """Whoever can be asked: a rung's adapter."""

    async def ask(self, inquiry: Inquiry, rung: RungSetting, timeout: float) -> Reply:
        """The reply within `timeout` seconds. Raises PassUp and TimeoutError."""

    async def warm(self, inquiry: Inquiry, rung: RungSetting) -> None:
        """Have the model read the part of a prompt that never changes, where that helps. Raises PassUp."""

    async def close(self) -> None:
        """Close the connections."""


def fitted(most: int, *texts: tuple[str, int]) -> list[str]:
    """The beginnings of texts: each within its own bound in characters, and all within `most` together (0: any). What a
    short one leaves is the others'."""
    sizes = [min(len(text), bound) for text, bound in texts]
    if most and sum(sizes) > most:
        left = most
        for taken, place in enumerate(sorted(range(len(sizes)), key=sizes.__getitem__)):
            sizes[place] = min(sizes[place], left // (len(sizes) - taken))
            left -= sizes[place]
    return [text[:size] for (text, _), size in zip(texts, sizes, strict=True)]


def told(**values: Any) -> dict[str, Any]:
    """Those that say something: what is empty costs tokens."""
    return {key: value for key, value in values.items() if value not in (None, "", (), [])}


def tersely(*values: Any) -> list[Any]:
    """The same without a word for each, for a model that is to answer soon: who, what it says, and more."""
    return list(told(**{str(n): value for n, value in enumerate(values)}).values())


def quoted(value: object) -> str:
    """JSON on one line, with angle brackets escaped."""
    return msgspec.json.encode(value).decode().replace("<", "\\u003c").replace(">", "\\u003e")


def lines(values: list[Any]) -> str:
    """One quoted value a line."""
    return "\n".join(map(quoted, values))


def inquiry(
    template: str,
    options: tuple[str, ...],
    data: Mapping[str, str],
    extras: Extras = WHY,
    max_tokens: int = SHORT_OUTPUT,
) -> Inquiry:
    """The inquiry that a template makes of `data` (already quoted). It may say `$answer` where the way to answer is to
    be told. Raises PassUp for a template that cannot be filled, and for more options than there are letters."""
    if not 2 <= len(options) <= MAX_OPTIONS:
        raise PassUp(f"{len(options)} options are no choice of 2 to {MAX_OPTIONS}", "no_evidence")
    head, mark, rest = template.partition("\n<")
    return Inquiry(
        options,
        _filled(template, {**data, "answer": _in_json(options, extras)}),
        _filled(template, {**data, "answer": _in_a_letter(options)}) if "$answer" in template else "",
        _filled(head, {**data, "answer": ""}).strip(),
        _filled(mark + rest, {**data, "answer": ""}).strip(),
        extras,
        max_tokens,
    )


def _filled(template: str, data: Mapping[str, str]) -> str:
    try:
        return Template(template).substitute(data)
    except (KeyError, ValueError) as error:
        raise PassUp(f"the prompt template cannot be filled: {error}") from error


def _in_a_letter(options: tuple[str, ...]) -> str:
    each = ", ".join(f"{letter} for {option}" for letter, option in zip(ascii_uppercase, options, strict=False))
    return f"Answer with one letter and nothing else: {each}."


def _in_json(options: tuple[str, ...], extras: Extras) -> str:
    told = [f"- {name}: {_description(kind)}" for name, kind in extras]
    told += [f"- answer: one of {', '.join(options)}", "- confidence: how sure you are, 0 to 1"]
    return "\n".join(("Answer with one JSON object:", *told))


def _description(annotated: Any) -> str:
    return next(str(meta.description) for meta in annotated.__metadata__ if meta.description)


@lru_cache(maxsize=512)
def _shape(options: tuple[str, ...], extras: Extras) -> type[msgspec.Struct]:
    fields = [*extras, ("answer", Literal[options]), ("confidence", Share)]
    return msgspec.defstruct("Said", fields, frozen=True, forbid_unknown_fields=True)


@lru_cache(maxsize=512)
def _schema(options: tuple[str, ...], extras: Extras) -> dict[str, Any]:
    _, parts = msgspec.json.schema_components([_shape(options, extras)])
    shape = {key: part for key, part in parts["Said"].items() if key != "title"}
    return {**shape, "additionalProperties": False}


def read(asked: Inquiry, reply: Reply) -> Answer:
    """The answer, or PassUp when it is not what was asked for."""
    if reply.odds is not None:
        return _weighed(asked, reply)
    try:
        said = msgspec.json.decode(reply.text.strip(), type=_shape(asked.options, asked.extras))
    except msgspec.ValidationError as error:
        raise PassUp(f"its answer breaks the schema: {error}", "schema") from error
    except msgspec.DecodeError as error:
        raise PassUp("its answer is not the JSON that was asked for", "schema") from error
    fields = msgspec.structs.asdict(said)
    return Answer(fields.pop("answer"), fields.pop("confidence"), extras=fields)


def _weighed(asked: Inquiry, reply: Reply) -> Answer:
    """The likeliest option. How sure: its share of the options, times what they all have of the whole. A model that
    wanted to say something else is not sure of the option that it was left with."""
    odds = {option: max(0.0, (reply.odds or {}).get(option, 0.0)) for option in asked.options}
    mass = sum(odds.values())
    if not math.isfinite(mass) or mass <= 0:
        raise PassUp("its answer is none of the options", "schema")
    shares = {option: share / mass for option, share in odds.items()}
    best = max(asked.options, key=lambda option: shares[option])
    sure = shares[best] * min(mass, 1.0) if reply.confidence is None else reply.confidence
    return Answer(best, min(max(sure, 0.0), 1.0), shares)


def odds_of(options: tuple[str, ...], likely: Mapping[str, float]) -> dict[str, float]:
    """The options' probabilities out of those of a lettered answer's first token (natural logarithms)."""
    letters = dict(zip(ascii_uppercase, options, strict=False))
    odds = dict.fromkeys(options, 0.0)
    for token, logarithm in likely.items():
        if option := letters.get(token.strip().strip('".(')):
            odds[option] += math.exp(min(logarithm, 0.0))
    return odds


def tokens_of(size: int) -> int:
    """No fewer tokens than a prompt of so many bytes has."""
    return -(-size // BYTES_A_TOKEN)


def together(usages: list[Usage | None]) -> Usage | None:
    """The tokens of several calls; None where one of them was not counted."""
    counted = [usage for usage in usages if usage is not None]
    if not counted or len(counted) < len(usages):
        return None
    estimated = any(usage.estimated for usage in counted)
    names = [f.name for f in msgspec.structs.fields(Usage) if f.name != "estimated"]
    return Usage(estimated=estimated, **{name: sum(getattr(usage, name) for usage in counted) for name in names})
