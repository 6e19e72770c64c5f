"""What a turn is shown of its debate: who said what, up to where it sees, and what older rounds come down to."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from zamaz.events.debater import ArgumentPresented
from zamaz.events.flow import Step, StepType
from zamaz.events.workflow import TurnRequested
from zamaz.inflight import step_in
from zamaz_debater.context import Room
from zamaz_debater.turn import Asked, Debate

INITIAL: StepType = "initial_arguments"
COUNTER: StepType = "counter_arguments"
VOTE: StepType = "vote"
FINAL: StepType = "final_decision"
SUMMARY: StepType = "summary"
ASIDES: dict[StepType, str] = {
    "devils_advocate": "a devil's advocate",
    "moderation": "the moderator",
    "synthesis": "the synthesis",
}
"""Steps whose answers are no positions, and by whom they are shown."""
UNARGUED = (VOTE, SUMMARY, *ASIDES)
"""Steps in which nobody argues."""


class Unrenderable(Exception):
    """The log does not hold what the prompt needs; the text says what."""


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


def _asked_at(d: Debate, turn: TurnRequested) -> int:
    return d.asked.get(turn.turn, Asked(turn.sees + 1, turn)).seq


def _latest(d: Debate, turn: TurnRequested, participant: str, upto: int | None = None) -> ArgumentPresented | None:
    """A seat's newest argument that counts and that this turn may see (that stands up to a sequence, where one is
    given)."""
    heard = _heard(d, turn, turn.sees if upto is None else upto)
    return next((s for kind, s in heard if s.participant == participant and kind not in UNARGUED), None)


def own(d: Debate, turn: TurnRequested) -> tuple[ArgumentPresented | None, ArgumentPresented | None]:
    """What the speaker has argued, or has said beside the panel; where it has not yet, what the one whose seat it took
    over has: that is none of the others, so it is read in a step too that shows nobody."""
    beside = (s for kind, s in _heard(d, turn, turn.sees) if kind in ASIDES and s.participant == turn.participant)
    own = _latest(d, turn, turn.participant) or next(beside, None)
    return own, _latest(d, turn, turn.follows, _asked_at(d, turn)) if turn.follows and own is None else None


def with_earlier(d: Debate, turn: TurnRequested, newest: tuple[Seen, ...], room: Room) -> list[Seen]:
    """What others have argued, the oldest round first, so that what was shown before comes again as it was."""
    older = (older for s in newest for older in earlier(d, turn, s.argument.participant, s.label, room))
    return [*sorted(older, key=lambda s: (s.argument.round, s.label)), *newest]


def earlier(d: Debate, turn: TurnRequested, participant: str, label: str, room: Room) -> Iterator[Seen]:
    """What a seat has argued before its newest argument, the oldest first."""
    heard = (s for kind, s in _heard(d, turn, turn.sees) if kind not in UNARGUED)
    mine = [said for said in heard if said.participant == participant]
    yield from (Seen(label, said) for said in reversed(mine[1 : room.rounds]) if said.round > room.after)


def asides(d: Debate, turn: TurnRequested) -> Iterator[tuple[str, ArgumentPresented]]:
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


def summary(d: Debate, turn: TurnRequested) -> tuple[ArgumentPresented, TurnRequested] | None:
    """What the turn reads in the place of older rounds, and the turn that has made it."""
    made = d.asked.get(turn.summary)
    said = next((heard.argument for heard in d.arguments if made and heard.argument.turn == turn.summary), None)
    return (said, made.turn) if said and made else None


def to_sum_up(d: Debate, turn: TurnRequested) -> list[Seen]:
    """What a summary is made of besides the one before it: all that was said since, up to its round, the oldest first;
    of a seat that answered a step twice, the last."""
    before = summary(d, turn)
    since = before[1].sums_up if before else 0
    labels = {who: label for label, who in turn.labels.items()}
    found: dict[tuple[int, str, str], Seen] = {}
    for kind, said in _heard(d, turn, turn.sees):
        label = ASIDES.get(kind) or ("" if kind in UNARGUED else labels.get(said.participant, ""))
        asked = d.asked.get(said.turn)
        if label and since < said.round <= turn.sums_up:
            found.setdefault((said.round, asked.turn.step if asked else "", said.participant), Seen(label, said))
    return list(reversed(found.values()))
