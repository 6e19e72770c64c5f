"""What the debater knows of a debate, and whether a turn is to be called, waited for or left alone.

A finished answer is never bought twice: the first delivery of a turn takes call 1; whoever comes later looks
whether the caller still lives, and only then takes the next number.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TypeVar

import msgspec
from msgspec.structs import replace

from zamaz.decider import Folding
from zamaz.events import Recorded
from zamaz.events.client import DebateAbortRequested, DebateForked, DebateRequested
from zamaz.events.debater import ArgumentPresented, CallDiscarded, CallStarted, TurnFailed
from zamaz.events.workflow import (
    DebateCancelled,
    DebateChanged,
    DebateCompleted,
    DebateFailed,
    DebateRejected,
    DebateStarted,
    DebateTimeoutOccurred,
    DecisionMade,
    StepTimedOut,
    TurnRequested,
)
from zamaz.forks import asked

V = TypeVar("V")
LEAVE = timedelta(seconds=1.5)
"""So long before a circuit closes no other voice is asked any more: whoever tries the provider may have that turn."""
AHEAD = timedelta(seconds=0.5)
"""So long before its deadline it is said of a turn that nobody will be asked: the workflow hears it in time."""


class Presented(msgspec.Struct, frozen=True, gc=False):
    """An argument and its place in the log."""

    seq: int
    argument: ArgumentPresented


class Asked(msgspec.Struct, frozen=True, gc=False):
    """A turn and its place in the log."""

    seq: int
    turn: TurnRequested


class Debate(msgspec.Struct, frozen=True, gc=False):
    """One debate as the debater reads it. `given_up` maps a turn to where StepTimedOut named it, `ended` holds the
    calls of which it is said what became of them."""

    id: str
    request: DebateRequested | None = None
    started: DebateStarted | None = None
    changes: tuple[DebateChanged, ...] = ()
    asked: Mapping[str, Asked] = {}
    retried: frozenset[str] = frozenset()
    calls: Mapping[str, CallStarted] = {}
    arguments: tuple[Presented, ...] = ()
    answered: frozenset[str] = frozenset()
    ended: frozenset[str] = frozenset()
    given_up: Mapping[str, int] = {}
    over: str = ""


@dataclass(frozen=True)
class Call:
    """Call the provider, as number `n` of this turn."""

    n: int


@dataclass(frozen=True)
class Done:
    """There is nothing to call, and why."""

    why: str


@dataclass(frozen=True)
class Look:
    """Call `n` is under way in the process `by`, if that one still lives."""

    by: str
    n: int


Step = Call | Done | Look


def evolve(d: Debate, heard: Recorded) -> Debate:
    """The debate after one fact; what does not concern the debater changes nothing."""
    match heard.fact:
        case DebateRequested() as request:
            return replace(d, request=d.request or request)
        case DebateForked() as fork:
            return replace(d, request=d.request and asked(d.request, fork.changes), started=None)
        case DebateStarted() as started:
            return replace(d, started=d.started or started)
        case DebateChanged() as change:
            return replace(d, changes=(*d.changes, change))
        case TurnRequested() as turn:
            retried = d.retried | {turn.retries} if turn.retries else d.retried
            return replace(d, asked=_with(d.asked, turn.turn, Asked(heard.seq, turn)), retried=retried)
        case CallStarted() as call:
            known = d.calls.get(call.turn)
            return d if known and number(known) > number(call) else replace(d, calls=_with(d.calls, call.turn, call))
        case ArgumentPresented() as argument:
            arguments = (*d.arguments, Presented(heard.seq, argument))
            return replace(_ended(d, argument.call), arguments=arguments, answered=d.answered | {argument.turn})
        case TurnFailed() as failed:
            return replace(_ended(d, failed.call), answered=d.answered | {failed.turn})
        case CallDiscarded() as gone:
            return _ended(d, gone.call)
        case StepTimedOut() | DebateTimeoutOccurred() as late:
            return replace(d, given_up={**dict.fromkeys(late.turns, heard.seq), **d.given_up})
        case DebateAbortRequested() | DebateCancelled():
            return replace(d, over=d.over or "the debate is cancelled")
        case DecisionMade() | DebateCompleted() | DebateFailed() | DebateRejected():
            return replace(d, over=d.over or "the debate is over")
        case _:
            return d


def _ended(d: Debate, call: str) -> Debate:
    return replace(d, ended=d.ended | {call})


ENDS = (DebateTimeoutOccurred, DecisionMade, DebateCompleted, DebateFailed, DebateRejected, DebateCancelled)
"""The workflow's words after which fewer turns, or none, need an answer. It has more that mean nothing here, and
what is not read costs nothing."""

FOLDING: Folding[Debate] = Folding(
    voice="debater",
    reads=(
        ("client", "DebateRequested", False),
        ("client", "DebateForked", False),
        ("client", "DebateAbortRequested", False),
        ("workflow", "DebateStarted", False),
        ("workflow", "DebateChanged", True),
        ("workflow", "TurnRequested", True),
        ("workflow", "StepTimedOut", True),
        *(("workflow", fact.__name__, False) for fact in ENDS),
        ("debater", "", False),
    ),
    initial=Debate,
    evolve=evolve,
    # What a client asks for in words unknown here is the workflow's to weigh; turns that it asks for are answered.
    heeds_client=False,
)


def number(call: CallStarted) -> int:
    """The takeover number n of `<turn>-<n>`; 0 when there is none to read."""
    n = call.call.rpartition("-")[2]
    return int(n) if n.isascii() and n.isdigit() else 0


def call_id(turn: str, n: int) -> str:
    """The key of call `n` of a turn."""
    return f"{turn}-{n}"


def decide(d: Debate, turn: TurnRequested, now: datetime) -> Step:
    """What is to be done about a turn that was delivered."""
    if why := idle(d, turn, now):
        return Done(why)
    if standing := d.calls.get(turn.turn):
        return Look(standing.by, number(standing))
    return Call(1)


def idle(d: Debate, turn: TurnRequested, now: datetime) -> str:
    """Why nothing must be called for this turn any more, or ""."""
    return needless(d, turn) or ("past its deadline" if now >= turn.deadline else "")


def needless(d: Debate, turn: TurnRequested) -> str:
    """Why nobody waits for this turn any more, whatever the clock says, or ""."""
    if turn.turn in d.answered:
        return "answered"
    if d.over:
        return d.over
    if turn.turn in d.retried:
        return "superseded by a retry"
    if turn.turn in d.given_up:
        return "given up by StepTimedOut"
    return ""


def unended(d: Debate, turn: TurnRequested) -> CallStarted | None:
    """The newest call of a turn, if nobody has said yet what became of it."""
    standing = d.calls.get(turn.turn)
    return standing if standing and standing.call not in d.ended else None


def has_another_voice(d: Debate, turn: TurnRequested) -> bool:
    """Whether a reserve at another provider may speak for the seat, and was not asked in this step yet."""
    slot = (turn.round, turn.step, turn.participant, turn.again)
    same = (one.turn for one in d.asked.values())
    asked = {(t.provider, t.model) for t in same if (t.round, t.step, t.participant, t.again) == slot}
    reserves = d.started.reserves if d.started and not turn.sums_up else ()
    return any(one.provider != turn.provider and (one.provider, one.model) not in asked for one in reserves)


def let_go_at(d: Debate, turn: TurnRequested, now: datetime, until: datetime) -> datetime | None:
    """When it is to be said of a turn that waits for a provider left alone `until` then that nobody is asked; None
    where somebody may be asked yet, or was, or need not be.

    At once where another voice may speak, and else as late as can be: a debate does not hurry through its rounds
    because they wait in vain, and what holds a step up may be over in the next.
    """
    if not isinstance(decide(d, turn, now), Call):
        return None
    if has_another_voice(d, turn) and now < until - LEAVE:
        return now
    return turn.deadline - AHEAD if turn.deadline <= until else None


def _with(known: Mapping[str, V], key: str, value: V) -> Mapping[str, V]:
    return {**known, key: value}
