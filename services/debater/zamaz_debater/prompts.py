"""What a speaker reads: the question first, then what it may see of the others, its task last.

Everything a participant or an application wrote is data: it stands between tags that it cannot close.
"""

from __future__ import annotations

import hashlib
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from functools import lru_cache
from string import Template
from typing import Any

from zamaz.events.flow import NEWEST, Step, StepType
from zamaz.events.workflow import TurnRequested
from zamaz.inflight import flow_in
from zamaz_debater import shown, tokens, told
from zamaz_debater.answer import Shape, described
from zamaz_debater.context import Room, bound, cuts, rooms
from zamaz_debater.quoting import argument, decisions, escaped, options, quoted, summary
from zamaz_debater.shown import COUNTER, FINAL, INITIAL, SUMMARY, VOTE, Seen, Unrenderable, seen, step_of
from zamaz_debater.turn import Debate

SYSTEM, DIRECT = "system", "direct"
SUMMARY_SYSTEM = "system_summary"
COMMON = ("question", "context", "options")
"""What stands first in every template."""


@dataclass(frozen=True)
class Prompt:
    """The messages of one call. The system text and the first `shared` characters of the user's are the same in other
    turns of the debate, so that a provider may keep them; 0 where there will be no other."""

    system: str
    user: str
    shared: int = 0

    @property
    def digest(self) -> str:
        """sha256 of both, 64 hex digits."""
        return hashlib.sha256(f"{self.system}\0{self.user}".encode()).hexdigest()

    @property
    def size(self) -> int:
        """UTF-8 bytes."""
        return len(self.system.encode()) + len(self.user.encode())


def shape(d: Debate, turn: TurnRequested) -> Shape:
    """What the answer of this turn must hold."""
    if turn.sums_up:
        return Shape(max_output_tokens=turn.max_output_tokens, sums_up=True)
    choices = turn.choices or (d.request.options if d.request else ())
    if d.started and step_of(d, turn).type == VOTE:
        protocol = flow_in(d.started.flow, d.changes, turn.round).protocol.name
        ballot: Any = {"approval": "approvals", "ranked": "ranking"}.get(protocol, "choice")
        return Shape(choices, max_output_tokens=turn.max_output_tokens, ballot=ballot)
    return Shape(choices, tuple(s.label for s in seen(d, turn)), turn.max_output_tokens)


def template_of(kind: StepType, others: tuple[Seen, ...], kept: Collection[str] = ()) -> str:
    """Which template a turn uses: what it can see counts more than what its step is called. Debates that began before a
    step had a template of its own go on as they began."""
    if kind in (VOTE, SUMMARY):
        return kind
    if kind == FINAL:
        return FINAL if others else DIRECT
    own = kind if kind in kept and kind != INITIAL else COUNTER
    return own if others else INITIAL


def needed(d: Debate, turn: TurnRequested) -> dict[str, str]:
    """The templates of this turn's prompt, name to digest. Raises Unrenderable."""
    step, kept = step_of(d, turn), d.started.prompts if d.started else {}
    system = SUMMARY_SYSTEM if step.type == SUMMARY else SYSTEM
    names = (system, template_of(step.type, seen(d, turn), kept), *told.needed(turn, step, kept))
    if missing := [name for name in names if name not in kept]:
        raise Unrenderable(
            f"DebateStarted names no template {missing[0]!r}: is {missing[0]}.md in definitions/prompts?"
        )
    return {name: kept[name] for name in names}


def render(d: Debate, turn: TurnRequested, templates: Mapping[str, str]) -> Prompt:
    """The prompt of a turn: a pure function of the log up to the turn's own fact. Raises Unrenderable.

    It shows as much of what was said as the definition wants and the model's context takes.
    """
    setting = d.started.flow.context if d.started else NEWEST
    most, prompt = bound(setting, turn), Prompt("", "")
    write = _to_sum_up if turn.sums_up else _rendered
    for room in cuts() if turn.sums_up else rooms(setting, turn.round):
        prompt = write(d, turn, templates, room)
        if not most or tokens.of_bytes(prompt.size) <= most:
            break
    return prompt


def _to_sum_up(d: Debate, turn: TurnRequested, templates: Mapping[str, str], room: Room) -> Prompt:
    """What is read by whoever sums up: the context that came with the question is for those who argue."""
    if d.request is None:
        raise Unrenderable("the log holds no DebateRequested for this turn")
    before, said = shown.summary(d, turn), shown.to_sum_up(d, turn)
    values = {
        "question": quoted("question", d.request.question),
        "options": options(d.request.options),
        "before": summary(before[0].argument, before[1].sums_up, room.chars) if before else "",
        "said": "\n\n".join(argument(s.argument, s.label, most=room.chars, dated=True) for s in said),
        "format": described(shape(d, turn)),
    }
    return Prompt(_filled(templates[SUMMARY_SYSTEM], values), _filled(templates[SUMMARY], values))


def _rendered(d: Debate, turn: TurnRequested, templates: Mapping[str, str], room: Room) -> Prompt:
    step, others = step_of(d, turn), seen(d, turn)
    request = d.request
    if request is None:
        raise Unrenderable("the log holds no DebateRequested for this turn")
    own, before = shown.own(d, turn) if step.type != FINAL else (None, None)
    mine = [*shown.earlier(d, turn, turn.participant, "you", room), *([Seen("you", own)] if own else [])]
    values = {
        "question": quoted("question", request.question),
        "context": quoted("context", request.context),
        "options": options(request.options),
        "earlier": decisions(d.started.earlier) if d.started else "",
        "others": "\n\n".join(_shown(s, turn, step, room) for s in shown.with_earlier(d, turn, others, room)),
        "asides": "\n\n".join(argument(said, by, most=room.chars) for by, said in shown.asides(d, turn)),
        "own": "\n\n".join(argument(s.argument, "you", most=room.chars, dated=room.dated) for s in mine if own),
        "before": argument(before, "your predecessor", most=room.chars) if before else "",
        "labels": ", ".join(s.label for s in others),
        "role": "" if turn.role == told.NO_ROLE else turn.role,
        "stance": turn.stance,
        "instruction": step.instruction.strip(),
        "format": described(shape(d, turn)),
        "adopted": quoted("adopted", turn.adopted),
    }
    values |= _told(d, turn, step, templates) | _before(d, turn, room)
    user = _filled(templates[template_of(step.type, others, templates)], values)
    return Prompt(_filled(templates[SYSTEM], values), user, _shared(d, user, values))


def _before(d: Debate, turn: TurnRequested, room: Room) -> dict[str, str]:
    """The summary of older rounds, and what the speaker is called in it."""
    made = shown.summary(d, turn)
    if made is None:
        return {"summary": "", "called": ""}
    said, by = made
    called = next((label for label, who in by.labels.items() if who == turn.participant), "")
    return {"summary": summary(said.argument, by.sums_up, room.chars), "called": called}


def _shared(d: Debate, user: str, values: Mapping[str, str]) -> int:
    """How much of a prompt comes again, where its template begins with what all turns have in common."""
    common = "\n\n".join(text for name in COMMON if (text := values[name]))
    comes_again = d.started is not None and d.started.flow.max_rounds > 1
    return len(common) if comes_again and user.startswith(common) else 0


def _told(d: Debate, turn: TurnRequested, step: Step, templates: Mapping[str, str]) -> dict[str, str]:
    """What the speaker is told of its role and its task, where it is told anything."""
    before = next((heard.argument for heard in d.arguments if heard.argument.turn == turn.retries), None)
    revised = {"mine": argument(before, "you") if before else "", "revise": escaped(turn.revise)}
    return {
        "part": _filled(told.part(turn, templates), {"role": turn.role}),
        "conditions": _filled(templates.get(told.CONDITIONS, ""), told.wanted(step, templates)),
        "revise": _filled(templates.get(told.REVISE, ""), revised) if turn.revise else "",
        "focus": _filled(templates.get(told.FOCUS, ""), {"focus": quoted("focus", turn.focus)}) if turn.focus else "",
    }


def _filled(template: str, values: Mapping[str, str]) -> str:
    """The template with its values. A paragraph whose placeholders are all empty is left out."""
    made = [
        part.safe_substitute(values).strip("\n")
        for part, names in _paragraphs(template)
        if not names or any(values.get(name) for name in names)
    ]
    return "\n\n".join(made)


@lru_cache(maxsize=256)
def _paragraphs(template: str) -> tuple[tuple[Template, tuple[str, ...]], ...]:
    """A template's paragraphs, each with the names of its placeholders. Templates are few, and filled again and
    again."""
    parts = [Template(paragraph) for paragraph in template.strip().split("\n\n")]
    return tuple((part, tuple(part.get_identifiers())) for part in parts)


def _shown(seen: Seen, turn: TurnRequested, step: Step, room: Room) -> str:
    """Another's argument; of whom a speaker sees a summary alone, the position. Whoever decides sees all."""
    brief = turn.visibility == "summary" and step.type != FINAL
    return argument(seen.argument, seen.label, brief=brief, most=room.chars, dated=room.dated)
