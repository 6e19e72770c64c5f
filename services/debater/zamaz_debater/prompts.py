"""What a speaker reads: the question first, then what it may see of the others, its task last.

Everything a participant or an application wrote is data: it stands between tags that it cannot close.
"""

from __future__ import annotations

import hashlib
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from string import Template
from typing import Any

from zamaz.events.debater import ArgumentPresented
from zamaz.events.flow import NEWEST, Step, StepType
from zamaz.events.workflow import TurnRequested
from zamaz.inflight import flow_in, step_in
from zamaz_debater import tokens, told
from zamaz_debater.answer import Shape, described
from zamaz_debater.context import Room, bound, rooms
from zamaz_debater.quoting import argument, decisions, escaped, options, quoted
from zamaz_debater.turn import Asked, Debate

SYSTEM, DIRECT = "system", "direct"
INITIAL: StepType = "initial_arguments"
COUNTER: StepType = "counter_arguments"
VOTE: StepType = "vote"
FINAL: StepType = "final_decision"
ASIDES: dict[StepType, str] = {
    "devils_advocate": "a devil's advocate",
    "moderation": "the moderator",
    "synthesis": "the synthesis",
}
"""Steps whose answers are no positions, and by whom they are shown."""
COMMON = ("question", "context", "options")
"""What stands first in every template."""


class Unrenderable(Exception):
    """The log does not hold what the prompt needs; the text says what."""


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


@dataclass(frozen=True)
class Seen:
    """Another seat's latest argument, under its neutral label."""

    label: str
    argument: ArgumentPresented


def step_of(d: Debate, turn: TurnRequested) -> Step:
    """The step of the definition that the turn belongs to. Raises Unrenderable."""
    if d.started is None or d.request is None:
        raise Unrenderable("the log holds no DebateStarted and DebateRequested for this turn")
    found = turn.inserted or step_in(d.started.flow, d.changes, turn.round, turn.step)
    if found is None:
        raise Unrenderable(f"the definition in the log has no step {turn.step!r}")
    return found


def seen(d: Debate, turn: TurnRequested) -> tuple[Seen, ...]:
    """What the speaker may see of others (for the final decision of all), in the order of the labels."""
    found = ((label, _latest(d, turn, who)) for label, who in sorted(turn.labels.items()))
    return tuple(Seen(label, argument) for label, argument in found if argument)


def shape(d: Debate, turn: TurnRequested) -> Shape:
    """What the answer of this turn must hold."""
    choices = turn.choices or (d.request.options if d.request else ())
    if d.started and step_of(d, turn).type == VOTE:
        protocol = flow_in(d.started.flow, d.changes, turn.round).protocol.name
        ballot: Any = {"approval": "approvals", "ranked": "ranking"}.get(protocol, "choice")
        return Shape(choices, max_output_tokens=turn.max_output_tokens, ballot=ballot)
    return Shape(choices, tuple(s.label for s in seen(d, turn)), turn.max_output_tokens)


def template_of(kind: StepType, others: tuple[Seen, ...], kept: Collection[str] = ()) -> str:
    """Which template a turn uses: what it can see counts more than what its step is called. Debates that began before a
    step had a template of its own go on as they began."""
    if kind == VOTE:
        return VOTE
    if kind == FINAL:
        return FINAL if others else DIRECT
    own = kind if kind in kept and kind != INITIAL else COUNTER
    return own if others else INITIAL


def needed(d: Debate, turn: TurnRequested) -> dict[str, str]:
    """The templates of this turn's prompt, name to digest. Raises Unrenderable."""
    step, kept = step_of(d, turn), d.started.prompts if d.started else {}
    names = (SYSTEM, template_of(step.type, seen(d, turn), kept), *told.needed(turn, step, kept))
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
    for room in rooms(setting, turn.round):
        prompt = _rendered(d, turn, templates, room)
        if not most or tokens.of_bytes(prompt.size) <= most:
            break
    return prompt


def _rendered(d: Debate, turn: TurnRequested, templates: Mapping[str, str], room: Room) -> Prompt:
    step, others = step_of(d, turn), seen(d, turn)
    request = d.request
    if request is None:
        raise Unrenderable("the log holds no DebateRequested for this turn")
    own, before = _own(d, turn) if step.type != FINAL else (None, None)
    dated = room.rounds > 1
    mine = [*_earlier(d, turn, turn.participant, "you", room), *([Seen("you", own)] if own else [])]
    values = {
        "question": quoted("question", request.question),
        "context": quoted("context", request.context),
        "options": options(request.options),
        "earlier": decisions(d.started.earlier) if d.started else "",
        "others": "\n\n".join(_shown(s, turn, step, room) for s in _with_earlier(d, turn, others, room)),
        "asides": "\n\n".join(argument(said, by, most=room.chars) for by, said in _asides(d, turn)),
        "own": "\n\n".join(argument(s.argument, "you", most=room.chars, dated=dated) for s in mine if own),
        "before": argument(before, "your predecessor", most=room.chars) if before else "",
        "labels": ", ".join(s.label for s in others),
        "role": "" if turn.role == told.NO_ROLE else turn.role,
        "stance": turn.stance,
        "instruction": step.instruction.strip(),
        "format": described(shape(d, turn)),
        "adopted": quoted("adopted", turn.adopted),
    }
    values |= _told(d, turn, step, templates)
    user = _filled(templates[template_of(step.type, others, templates)], values)
    return Prompt(_filled(templates[SYSTEM], values), user, _shared(d, user, values))


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
    }


def _filled(template: str, values: Mapping[str, str]) -> str:
    """The template with its values. A paragraph whose placeholders are all empty is left out."""
    made = []
    for paragraph in template.strip().split("\n\n"):
        part = Template(paragraph)
        names = part.get_identifiers()
        if not names or any(values.get(name) for name in names):
            made.append(part.safe_substitute(values).strip("\n"))
    return "\n\n".join(made)


def _asked_at(d: Debate, turn: TurnRequested) -> int:
    return d.asked.get(turn.turn, Asked(turn.sees + 1, turn)).seq


def _latest(d: Debate, turn: TurnRequested, participant: str, upto: int | None = None) -> ArgumentPresented | None:
    """A seat's newest argument that counts and that this turn may see (that stands up to a sequence, where one is
    given)."""
    heard = _heard(d, turn, turn.sees if upto is None else upto)
    return next((s for kind, s in heard if s.participant == participant and kind not in (VOTE, *ASIDES)), None)


def _own(d: Debate, turn: TurnRequested) -> tuple[ArgumentPresented | None, ArgumentPresented | None]:
    """What the speaker has argued, or has said beside the panel; where it has not yet, what the one whose seat it took
    over has: that is none of the others, so it is read in a step too that shows nobody."""
    beside = (s for kind, s in _heard(d, turn, turn.sees) if kind in ASIDES and s.participant == turn.participant)
    own = _latest(d, turn, turn.participant) or next(beside, None)
    return own, _latest(d, turn, turn.follows, _asked_at(d, turn)) if turn.follows and own is None else None


def _with_earlier(d: Debate, turn: TurnRequested, newest: tuple[Seen, ...], room: Room) -> list[Seen]:
    """What others have argued, the oldest round first, so that what was shown before comes again as it was."""
    older = (older for s in newest for older in _earlier(d, turn, s.argument.participant, s.label, room))
    return [*sorted(older, key=lambda s: (s.argument.round, s.label)), *newest]


def _earlier(d: Debate, turn: TurnRequested, participant: str, label: str, room: Room) -> Iterator[Seen]:
    """What a seat has argued before its newest argument, the oldest first."""
    heard = (s for kind, s in _heard(d, turn, turn.sees) if kind not in (VOTE, *ASIDES))
    mine = [said for said in heard if said.participant == participant]
    yield from (Seen(label, said) for said in reversed(mine[1 : room.rounds]))


def _asides(d: Debate, turn: TurnRequested) -> Iterator[tuple[str, ArgumentPresented]]:
    """What others said beside the panel since the round before, the newest of each kind and speaker."""
    shown: set[tuple[StepType, str]] = set()
    for kind, said in _heard(d, turn, turn.sees):
        apart = said.participant == turn.participant or said.round < turn.round - 1
        if kind in ASIDES and not apart and (kind, said.participant) not in shown:
            shown.add((kind, said.participant))
            yield ASIDES[kind], said


def _heard(d: Debate, turn: TurnRequested, upto: int) -> Iterator[tuple[StepType, ArgumentPresented]]:
    """What counts and stands up to a sequence, the newest first, with the type of its step."""
    asked_at = _asked_at(d, turn)
    for heard in reversed(d.arguments):
        said = heard.argument
        if heard.seq <= upto and d.given_up.get(said.turn, asked_at) >= asked_at:
            yield _kind(d, said.turn), said


def _kind(d: Debate, turn: str) -> StepType:
    """The type of the step that a turn belongs to; of one that is in the definition no more, an argument's."""
    asked = d.asked.get(turn)
    if asked is None or d.started is None:
        return COUNTER
    step = asked.turn.inserted or step_in(d.started.flow, d.changes, asked.turn.round, asked.turn.step)
    return step.type if step else COUNTER


def _shown(seen: Seen, turn: TurnRequested, step: Step, room: Room) -> str:
    """Another's argument; of whom a speaker sees a summary alone, the position. Whoever decides sees all."""
    brief = turn.visibility == "summary" and step.type != FINAL
    return argument(seen.argument, seen.label, brief=brief, most=room.chars, dated=room.rounds > 1)
