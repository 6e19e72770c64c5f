"""How long debates, rounds and steps took, read off the decision that ends them. Pure.

Only the voice's own first word under optimistic concurrency ends anything, so each end is seen by one process.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import UTC, datetime, timedelta
from typing import NamedTuple

from zamaz.events import ENDINGS, Fact
from zamaz.events.course import HumanRulingRequested
from zamaz.events.flow import Flow, Step
from zamaz.events.workflow import (
    ConsensusReached,
    DebateFailed,
    DecisionMade,
    RoundStarted,
    RulingRequested,
    TurnRequested,
    VotesCounted,
)
from zamaz.inflight import CLOSING
from zamaz_workflow import standing, turns
from zamaz_workflow.debate import Debate

_MOVES_ON = (RoundStarted, ConsensusReached, VotesCounted, HumanRulingRequested, DecisionMade, DebateFailed)


class Took(NamedTuple):
    """What ended (`debate`, `round` or `step`), by the labels of its metric, and how long it took (seconds)."""

    what: str
    labels: tuple[str, ...]
    seconds: float


class Begun(NamedTuple):
    """A step of a round, and when it was asked for."""

    round: int
    step: Step
    at: datetime


def durations(d: Debate, said: Sequence[Fact], now: datetime) -> Iterator[Took]:
    """What the facts of one decision, taken in the state `d`, bring to an end."""
    for fact in said:
        if isinstance(fact, ENDINGS) and d.requested_at:
            yield _took("debate", (type(fact).__name__.removeprefix("Debate").lower(),), d.requested_at, now)
    begun = _begun(d) if d.started and not d.decided else []
    if not begun:
        return
    last, closing = max(begun, key=lambda one: one.at), _closing(standing.flow_of(d, d.rounds))
    over = d.rounds > last.round or (d.consensus is not None and last.step.id not in closing)
    if not over and any(_moves_on(fact, last) for fact in said):
        yield _took("step", (last.step.type,), last.at, now)
    arguing = [one.at for one in begun if one.round == d.rounds and one.step.id not in closing]
    if not over and arguing and last.step.id not in closing and any(_ends_round(fact, closing) for fact in said):
        yield _took("round", (), min(arguing), now)


def _took(what: str, labels: tuple[str, ...], since: datetime, now: datetime) -> Took:
    return Took(what, labels, max(0.0, (now - since).total_seconds()))


def _begun(d: Debate) -> list[Begun]:
    """The steps that were asked for. A first deadline is the moment of asking and the step's time."""
    firsts = ((round_, turns.step_of(d, found[0]), found[0].deadline) for (round_, _, _), found in d.slots.items())
    measured = (ruling for ruling in d.rulings.values() if ruling.kind == "consensus")
    rulings = ((ruling.round, _check(d, ruling.round), ruling.deadline) for ruling in measured)
    asked = [*firsts, *rulings]
    # The deadline of the whole debate may cut a step's time short.
    earliest = d.started_at or datetime.min.replace(tzinfo=UTC)
    return [Begun(n, step, max(earliest, end - timedelta(seconds=step.timeout_s))) for n, step, end in asked if step]


def _check(d: Debate, round_: int) -> Step | None:
    return next((step for step in standing.flow_of(d, round_).steps if step.type == "consensus_check"), None)


def _moves_on(fact: Fact, last: Begun) -> bool:
    if isinstance(fact, TurnRequested):
        return (fact.round, fact.step) != (last.round, last.step.id)
    if isinstance(fact, RulingRequested) and fact.kind == "consensus":
        return last.step.type != "consensus_check" or fact.round != last.round
    return isinstance(fact, _MOVES_ON)


def _ends_round(fact: Fact, closing: frozenset[str]) -> bool:
    if isinstance(fact, TurnRequested):
        return fact.step in closing
    return isinstance(fact, _MOVES_ON)


def _closing(flow: Flow) -> frozenset[str]:
    """The steps that come when the arguing is over."""
    return frozenset(step.id for step in flow.steps if step.type in CLOSING)
