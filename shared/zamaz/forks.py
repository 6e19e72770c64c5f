"""Forks: a debate that goes on from another one as it stood, under changes. Pure.

A fork is one fact, and the beginning that it shares with its parent is read where it stands: nothing is copied. What
it takes over is closed: every question in it has its answer. A question that was open is left out, so the fork asks
it anew in its own voice, under a name of its own; so are the parent's pauses and its bill, which are no matter of the
fork's.
"""

from __future__ import annotations

import difflib
import re
from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple, get_args

from msgspec.structs import replace

from zamaz.errors import ForkRefused
from zamaz.events import ENDINGS, Fact, Malformed, Recorded, subject_of
from zamaz.events.client import (
    DebateAbortRequested,
    DebateForked,
    DebateImported,
    DebatePauseRequested,
    DebateRequested,
    DebateResumeRequested,
    HumanRulingGiven,
)
from zamaz.events.course import HumanRulingRequested, MoveTaken
from zamaz.events.debater import ArgumentPresented, CallDiscarded, CallStarted, TurnFailed
from zamaz.events.operator import DebateArchived, DebateErased
from zamaz.events.orchestration import Ruling, RungAsked
from zamaz.events.voting import ProtocolName
from zamaz.events.workflow import (
    ConsensusReached,
    DebatePaused,
    DebateRejected,
    DebateResumed,
    DebateStarted,
    DebateTimeoutOccurred,
    DecisionMade,
    ParticipantLeft,
    RoundStarted,
    RulingRequested,
    SpendRequested,
    StepTimedOut,
    TurnRequested,
    VotesCounted,
)

Facts = Sequence[Recorded]
DECIDED: tuple[type[Fact], ...] = (*ENDINGS, DecisionMade, DebateTimeoutOccurred)
ARGUED: tuple[type[Fact], ...] = (ConsensusReached, VotesCounted)
STEERED: tuple[type[Fact], ...] = (
    DebatePauseRequested,
    DebateResumeRequested,
    DebateAbortRequested,
    DebatePaused,
    DebateResumed,
    SpendRequested,
)
"""What was wanted of the parent alone."""

_SEAT = re.compile(r"participants\.(?P<who>.+)\.(?P<what>model|stance)\Z")
KEYS = ("participants.<n>.model", "participants.<n>.stance", "rounds.max", "rounds.min", "threshold", "protocol")
MORE_KEYS = ("question", "context")
MOST_ROUNDS = 20


class SeatChange(NamedTuple):
    """What is otherwise about a seat. `who` is its number, from 0, or its participant's name."""

    who: str
    what: str
    value: str


class Changes(NamedTuple):
    """What is otherwise from the fork on; None and "" leave it as it is."""

    seats: tuple[SeatChange, ...] = ()
    max_rounds: int | None = None
    min_rounds: int | None = None
    threshold: float | None = None
    protocol: ProtocolName | None = None
    question: str = ""
    context: str = ""


def understood(changes: Mapping[str, Any]) -> Changes:
    """The changes by their keys. Raises ForkRefused for a key that is none, or a value that makes no sense."""
    made = Changes()
    for key, value in changes.items():
        if found := _SEAT.match(key):
            change = SeatChange(found["who"], found["what"], _text(key, value))
            made = made._replace(seats=(*made.seats, change))
        elif key in _READ:
            name, read = _READ[key]
            made = made._replace(**{name: read(key, value)})
        else:
            raise ForkRefused(f"{key!r} cannot be changed in a fork: {_meant(key)}")
    if made.min_rounds and made.max_rounds and made.min_rounds > made.max_rounds:
        raise ForkRefused(f"rounds.min {made.min_rounds} is more than rounds.max {made.max_rounds}")
    return made


def _text(key: str, value: object) -> str:
    if not isinstance(value, str) or not value.strip():
        raise ForkRefused(f"{key} must be a text, not {value!r}")
    return value


def _rounds(key: str, value: object) -> int:
    if not isinstance(value, int) or isinstance(value, bool) or not 1 <= value <= MOST_ROUNDS:
        raise ForkRefused(f"{key} must be a whole number from 1 to {MOST_ROUNDS}, not {value!r}")
    return value


def _share(key: str, value: object) -> float:
    if not isinstance(value, int | float) or isinstance(value, bool) or not 0 <= value <= 1:
        raise ForkRefused(f"{key} must be a number from 0 to 1, not {value!r}")
    return float(value)


def _protocol(key: str, value: object) -> str:
    if not isinstance(value, str) or value not in get_args(ProtocolName):
        raise ForkRefused(f"{key} must be one of {', '.join(get_args(ProtocolName))}, not {value!r}")
    return value


_READ: dict[str, tuple[str, Any]] = {
    "rounds.max": ("max_rounds", _rounds),
    "rounds.min": ("min_rounds", _rounds),
    "threshold": ("threshold", _share),
    "protocol": ("protocol", _protocol),
    "question": ("question", _text),
    "context": ("context", _text),
}


def _meant(key: str) -> str:
    known = [*KEYS, *MORE_KEYS]
    near = difflib.get_close_matches(key, known, n=1, cutoff=0.6)
    return f"did you mean {near[0]}?" if near else f"known are {', '.join(known)}"


def seat_number(started: DebateStarted, change: SeatChange) -> int:
    """Which seat is meant. Raises ForkRefused."""
    names = [seat.participant for seat in started.seats]
    if change.who in names:
        return names.index(change.who)
    if change.who.isascii() and change.who.isdigit() and int(change.who) < len(names):
        return int(change.who)
    seats = ", ".join(f"{n} {name}" for n, name in enumerate(names))
    raise ForkRefused(f"there is no participant {change.who}: they are {seats}")


def asked(request: DebateRequested, changes: Mapping[str, Any]) -> DebateRequested:
    """The request as the fork has it: another question, and more context. What makes no sense changes nothing."""
    question, more = changes.get("question"), changes.get("context")
    if isinstance(question, str) and question:
        request = replace(request, question=question)
    if isinstance(more, str) and more:
        request = replace(request, context=f"{request.context}\n\n{more}" if request.context else more)
    return request


def inherited(parent: Facts, fork: DebateForked, at: int = 0) -> list[Recorded]:
    """What a fork takes over of its parent: all that stood there and is closed. `parent` are all its facts, those
    that it has inherited itself before them; `at` is where the fork stands in the log (0: nowhere yet).

    Raises ForkRefused where nothing can be taken over.
    """
    then = _then(parent, fork, at)
    started = next((h.fact for h in reversed(then) if isinstance(h.fact, DebateStarted)), None)
    if started is None:
        raise ForkRefused(f"debate {fork.parent} had not started at {fork.at}: ask its question anew")
    changes = understood(fork.changes)
    _act(then, fork, changes)
    changed = {seat_number(started, change) for change in changes.seats}
    return [heard for heard in _closed(then) if _left(heard.fact) not in changed]


def _then(parent: Facts, fork: DebateForked, at: int) -> Facts:
    """The parent's facts up to the fork. Raises ForkRefused."""
    if not parent:
        raise ForkRefused(f"there is no debate {fork.parent}")
    for heard in parent:
        if isinstance(heard.fact, DebateErased):
            raise ForkRefused(f"debate {fork.parent} was erased by {heard.fact.by or 'somebody'}: {heard.fact.why}")
        if isinstance(heard.fact, DebateArchived):
            raise ForkRefused(
                f"debate {fork.parent} is archived in {heard.fact.where}: zamaz import archive brings it back"
            )
        if isinstance(heard.fact, Malformed) and heard.fact.subject.endswith(f".{DebateForked.__name__}"):
            raise ForkRefused(f"debate {fork.parent} has lost its beginning: {heard.fact.why}")
    if any(isinstance(heard.fact, DebateImported) for heard in parent[:1]):
        raise ForkRefused(f"debate {fork.parent} was held elsewhere and imported: there is no workflow to go on with")
    if at and parent[-1].seq > at and not any(heard.seq < at for heard in parent):
        raise ForkRefused(f"debate {fork.parent} began after the fork, or was brought here from another log")
    then = [heard for heard in parent if heard.seq <= fork.at]
    for heard in then:
        if isinstance(heard.fact, DebateRejected):
            raise ForkRefused(f"debate {fork.parent} was rejected: {heard.fact.why}")
    if not then or then[-1].seq != fork.at:
        raise ForkRefused(
            f"no fact of debate {fork.parent} stands at {fork.at}: its facts stand from {parent[0].seq} to "
            f"{parent[-1].seq} (zamaz show {fork.parent} --json)"
        )
    return then


def _act(then: Facts, fork: DebateForked, changes: Changes) -> None:
    """Raises ForkRefused where the debate was too far gone for the fork, or for its changes."""
    over = next((n for n, heard in enumerate(then) if isinstance(heard.fact, DECIDED)), None)
    if over is not None:
        what = type(then[over].fact).__name__
        raise ForkRefused(
            f"debate {fork.parent} was over at {fork.at}: {what} stands at {then[over].seq}. Fork it before that, at "
            f"{then[over - 1].seq} or earlier"
        )
    rules = changes.max_rounds, changes.min_rounds, changes.threshold, changes.protocol
    if any(rule is not None for rule in rules) and (done := [h for h in then if _is_argued(h.fact)]):
        raise ForkRefused(
            f"{type(done[0].fact).__name__} stands at {done[0].seq}: rounds, threshold and protocol change nothing "
            f"behind it. Fork before {done[0].seq}"
        )
    begun = max((heard.fact.round for heard in then if isinstance(heard.fact, RoundStarted)), default=0)
    if changes.max_rounds is not None and changes.max_rounds < begun:
        raise ForkRefused(f"rounds.max {changes.max_rounds} is too late: round {begun} had begun at {fork.at}")


def _is_argued(fact: object) -> bool:
    """Whether it ends the arguing."""
    ends = isinstance(fact, MoveTaken) and fact.move in ("complete", "escalate") and not fact.void
    return ends or isinstance(fact, ARGUED)


def _closed(then: Facts) -> list[Recorded]:
    """Without the questions that were open, what was wanted of the parent alone, and its money."""
    settled = _settled(then)
    ruled = max((heard.seq for heard in then if _ends_a_wait(heard.fact)), default=0)
    return [
        heard
        for heard in then
        if heard.voice not in ("cost", "operator")
        and not isinstance(heard.fact, STEERED)
        and _question(heard.fact) <= settled
        and not (isinstance(heard.fact, HumanRulingRequested) and heard.seq > ruled)
    ]


def _ends_a_wait(fact: object) -> bool:
    """Whether a person has ruled, or nobody did in time."""
    return isinstance(fact, HumanRulingGiven) or (isinstance(fact, StepTimedOut) and not fact.turns)


def _settled(then: Facts) -> set[str]:
    """Turns and rulings that were answered or given up."""
    found: set[str] = set()
    for heard in then:
        match heard.fact:
            case ArgumentPresented() | TurnFailed() as answer:
                found.add(answer.turn)
            case StepTimedOut() as late:
                found.update(late.turns)
            case Ruling() as ruled:
                found.add(ruled.ruling)
    return found


def _question(fact: object) -> set[str]:
    """The turn or ruling that a fact asks or calls for, where it does."""
    match fact:
        case TurnRequested() | CallStarted() | CallDiscarded():
            return {fact.turn}
        case RulingRequested() | RungAsked():
            return {fact.ruling}
    return set()


def _left(fact: object) -> int | None:
    """The seat that a fact says has left: with another model it is there again."""
    return fact.seat if isinstance(fact, ParticipantLeft) else None


def unreadable(heard: Recorded, why: str) -> Recorded:
    """The fork as one that cannot be read, and why."""
    if not isinstance(heard.fact, Fact):
        return heard
    return replace(heard, fact=Malformed(subject_of(heard.debate, heard.fact), why, 0))
