"""How each fact changes the rows of the work view."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import Any

from zamaz.events import Fact, Recorded
from zamaz.events.client import DebateForked, DebateRequested
from zamaz.events.cost import CallPriced
from zamaz.events.debater import ArgumentPresented, CallStarted, TurnFailed, Usage
from zamaz.events.flow import Seat
from zamaz.events.workflow import (
    DebateCancelled,
    DebateCompleted,
    DebateFailed,
    DebateRejected,
    DebateStarted,
    ParticipantJoined,
    ParticipantLeft,
    TurnRequested,
)
from zamaz.views.batch import Batch, Columns
from zamaz.views.buckets import bucket
from zamaz.views.store import Row
from zamaz.views.tables import Table
from zamaz.views.work.known import Known
from zamaz.views.work.tables import (
    CALLS,
    DAY,
    ENDINGS,
    LATENCIES,
    MONTH,
    OUTCOMES,
    PARTICIPANTS,
    PARTIES,
    RULING,
    SPENDING,
    TOKENS,
    TURN,
    TURNS,
    UNIT_USD,
)

ANSWERED, UNPARSED, ASKED = "answered", "unparsed", "asked"
BEFORE_START = ("complexity", "workflow")
Day = tuple[str, str, str]
"""Day, requester and workflow."""


class Folding:
    """One batch in the making."""

    def __init__(self, batch: Batch, known: Known) -> None:
        self.batch, self.known = batch, known

    def requested(self, fact: DebateRequested | DebateForked, heard: Recorded) -> None:
        """Whose debate it is."""
        party = self.known.party(heard.debate)
        if party.requested_at:
            return
        party.requester, party.requested_at = fact.requester, heard.stamp
        self._party(heard.debate)

    def started(self, fact: DebateStarted, heard: Recorded) -> None:
        """By which definition, and who sits in it."""
        self.known.party(heard.debate).workflow = fact.workflow
        self._party(heard.debate)
        for seat in fact.seats:
            self.seated(seat, heard)

    def joined(self, fact: ParticipantJoined, heard: Recorded) -> None:
        """One who takes part from now on."""
        self.seated(fact.who, heard)

    def seated(self, seat: Seat, heard: Recorded) -> None:
        """One who takes part."""
        told = {"role": seat.role, "provider": seat.provider, "model": seat.model}
        self.batch.put(PARTICIPANTS, (heard.debate, seat.participant), told)

    def _party(self, debate: str) -> None:
        party = self.known.party(debate)
        told = {"requester": party.requester, "workflow": party.workflow, "requested_at": party.requested_at}
        self.batch.put(PARTIES, (debate,), told)

    def left(self, fact: ParticipantLeft, heard: Recorded) -> None:
        """One who takes part no longer."""
        self.batch.put(PARTICIPANTS, (heard.debate, fact.participant), {"left_why": fact.why})

    def turn(self, fact: TurnRequested, heard: Recorded) -> None:
        """A turn that is asked."""
        told = {
            "round": fact.round,
            "step": fact.step,
            "participant": fact.participant,
            "provider": fact.provider,
            "model": fact.model,
            "attempt": fact.attempt,
            "outcome": ASKED,
            "asked_at": heard.stamp,
        }
        self.batch.put(TURNS, (heard.debate, fact.turn), told)

    def argued(self, fact: ArgumentPresented, heard: Recorded) -> None:
        """A turn that is answered, so that it can be read or not."""
        outcome = UNPARSED if fact.unparsed else ANSWERED
        self._ended(fact, heard, outcome, fact.unparsed, fact.latency_ms)
        self.histogram(heard, TURN, fact.provider, fact.latency_ms)

    def failed(self, fact: TurnFailed, heard: Recorded) -> None:
        """A turn that gave no answer."""
        self._ended(fact, heard, fact.kind, fact.why, 0)

    def _ended(
        self, fact: ArgumentPresented | TurnFailed, heard: Recorded, outcome: str, why: str, latency_ms: int
    ) -> None:
        used = tokens(fact.usage)
        self.known.outputs[heard.debate, fact.turn] = used["output"]
        told: Columns = {
            "outcome": outcome,
            "why": why[:500],
            "latency_ms": latency_ms,
            **used,
            "ended_at": heard.stamp,
        }
        if fact.provider:
            told |= {"provider": fact.provider, "model": fact.model}
        self.batch.put(TURNS, (heard.debate, fact.turn), told)
        self.outcome(heard, TURN, fact.provider, outcome, used)

    def outcome(
        self, heard: Recorded, part: str, name: str, outcome: str, used: dict[str, int], reads: int = 0
    ) -> None:
        """Count how a turn, or a rung, ended."""
        count_outcome(self.batch, self.day(heard, outcome), (part, name, outcome), used, reads)

    def histogram(self, heard: Recorded, part: str, name: str, ms: int, outcome: str = "") -> None:
        """Count how long it took."""
        count_latency(self.batch, self.day(heard, outcome), (part, name), ms)

    def day(self, heard: Recorded, outcome: str = "") -> Day:
        """What sums are kept by."""
        party = self.known.party(heard.debate)
        return heard.stamp[:10], party.requester, workflow_of(outcome, party.workflow)

    def calling(self, fact: CallStarted, heard: Recorded) -> None:
        """A call of a debater's."""
        self.known.turn_calls.add((heard.debate, fact.call))
        told = {"part": TURN, "provider": fact.provider, "model": fact.model, "started_at": heard.stamp}
        self.batch.put(CALLS, (heard.debate, fact.call), {**told, "by_process": fact.by})

    def priced(self, fact: CallPriced, heard: Recorded) -> None:
        """What a call cost."""
        day, requester, workflow = self.day(heard)
        part = TURN if (heard.debate, fact.call) in self.known.turn_calls else RULING
        amount = int(fact.amount_usd / UNIT_USD)
        told = {"part": part, "provider": fact.provider, "model": fact.model, "basis": fact.basis, "amount": amount}
        whose = {"day": day, "requester": requester, "workflow": workflow, "priced_at": heard.stamp}
        self.batch.put(CALLS, (heard.debate, fact.call), {**told, **whose})
        which = (part, fact.provider, fact.model, fact.basis)
        add(self.batch, SPENDING, (day, requester, workflow), which, {"calls": 1, "amount": amount})
        party = self.known.party(heard.debate)
        party.amount += amount
        self.batch.add(PARTIES, (heard.debate,), {"amount": amount})
        if party.ended_at:  # it belongs to the ending all the same
            ended: Day = (party.ended_at[:10], party.requester, party.workflow)
            count_ending(self.batch, ended, party.how, amount=amount)

    def completed(self, fact: DebateCompleted, heard: Recorded) -> None:
        """A debate with a result, and how each seat fared in it."""
        against = {dissent.participant for dissent in fact.dissent}
        for seat in fact.participants:
            told = {"answers": seat.answers, "failures": seat.failures}
            told |= {"won": int(seat.participant == fact.winner), "dissented": int(seat.participant in against)}
            self.batch.put(PARTICIPANTS, (heard.debate, seat.participant), told)
        self._over(heard, "completed", fact.stop_reason, int(fact.consensus), int(fact.partial), fact.rounds)

    def other_ending(self, fact: Any, heard: Recorded) -> None:
        """A debate without a result."""
        ending = type(fact).__name__.removeprefix("Debate").lower()
        self._over(heard, ending, getattr(fact, "stop_reason", "") or fact.reason, 0, 0, 0)

    def _over(self, heard: Recorded, ending: str, reason: str, consensus: int, partial: int, rounds: int) -> None:
        party = self.known.party(heard.debate)
        took = between_ms(party.requested_at, heard.stamp) if party.requested_at else 0
        how: Columns = {
            "ending": ending,
            "reason": reason,
            "consensus": consensus,
            "partial": partial,
            "rounds": rounds,
        }
        self.batch.put(PARTIES, (heard.debate,), {**how, "took_ms": took, "ended_at": heard.stamp})
        party.ended_at, party.how = heard.stamp, tuple(how.values())
        count_ending(self.batch, self.day(heard), party.how, debates=1, took_ms=took, amount=party.amount)


def workflow_of(outcome: str, workflow: str) -> str:
    """Whose sum an outcome belongs to: rulings that choose a workflow are given before there is one."""
    return "" if outcome.partition(" ")[0] in BEFORE_START else workflow


def add(batch: Batch, table: Table, day: Row, which: Row, counts: Columns) -> None:
    """Add to the sums of the day, and of its month. `day` begins with the day, `which` says what is counted."""
    for span, length in ((DAY, 10), (MONTH, 7)):
        batch.add(table, (span, day[0][:length], *day[1:], *which), counts)


def count_ending(batch: Batch, day: Day, how: Row, *, debates: int = 0, took_ms: int = 0, amount: int = 0) -> None:
    """Add to the endings: ending, reason, consensus, partial, rounds."""
    add(batch, ENDINGS, day, how, {"debates": debates, "took_ms": took_ms, "amount": amount})


def count_outcome(
    batch: Batch, day: Day, which: tuple[str, str, str], used: dict[str, int], reads: int, times: int = 1
) -> None:
    """Add to the outcomes (`times` -1: take away): part, name, outcome."""
    counts = {name: times * value for name, value in used.items()}
    add(batch, OUTCOMES, day, which, {"times": times, **counts, "reads": times * reads})


def count_latency(batch: Batch, day: Day, which: tuple[str, str], ms: int, times: int = 1) -> None:
    """Add to the latencies (`times` -1: take away): part, name."""
    add(batch, LATENCIES, day, (*which, bucket(ms)), {"times": times})


def tokens(usage: Usage | None) -> dict[str, int]:
    """The columns of a usage."""
    return {name: getattr(usage, name) if usage else 0 for name in TOKENS}


def between_ms(since: str, until: str) -> int:
    """Milliseconds between two stamps of the log."""
    return max(0, round((_moment(until) - _moment(since)).total_seconds() * 1000))


def _moment(stamp: str) -> datetime:
    whole, _, rest = stamp.rstrip("Z").partition(".")
    return datetime.fromisoformat(f"{whole}.{(rest or '0')[:6].ljust(6, '0')}")


CHANGES: dict[type[Fact], Callable[[Folding, Any, Recorded], None]] = {
    DebateRequested: Folding.requested,
    DebateForked: Folding.requested,
    DebateStarted: Folding.started,
    ParticipantJoined: Folding.joined,
    ParticipantLeft: Folding.left,
    TurnRequested: Folding.turn,
    ArgumentPresented: Folding.argued,
    TurnFailed: Folding.failed,
    CallStarted: Folding.calling,
    CallPriced: Folding.priced,
    DebateCompleted: Folding.completed,
    DebateFailed: Folding.other_ending,
    DebateCancelled: Folding.other_ending,
    DebateRejected: Folding.other_ending,
}
