"""What became of each call of a model, read off the facts that tell of it. Pure.

A turn's call is `<turn>-<n>`; what a ruling's are called, is in `zamaz.events.rungs`.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Literal

from zamaz.events.debater import FREE_FAILURES, ArgumentPresented, CallDiscarded, CallStarted, TurnFailed, Usage
from zamaz.events.orchestration import Ruling, RulingDiscarded, RungAsked
from zamaz.events.rungs import Judged, calls_of

UNHEARD = frozenset({"timeout", "cancelled"})
"""Calls that we left before they had ended: they may have cost all that they were allowed."""

Uncounted = Literal["worst_case", "no_usage"]
Answer = ArgumentPresented | TurnFailed | CallDiscarded
Begun = CallStarted | RungAsked


@dataclass(frozen=True)
class Outcome:
    """What became of a call of a turn, or of a ruling (`turn` names either; "" where a ruling is still to come).
    Without `usage` it is `free`, or estimated as `uncounted` says."""

    call: str
    turn: str
    at: datetime
    provider: str
    model: str
    usage: Usage | None
    free: bool = False
    uncounted: Uncounted = "no_usage"


def answered(fact: Answer, at: datetime) -> Outcome:
    """Of a turn's call, as a debater tells it."""
    call = fact.call or fact.turn
    made = Outcome(call, fact.turn, at, fact.provider, fact.model, fact.usage)
    if isinstance(fact, ArgumentPresented) or fact.kind is None:
        return made
    free = fact.usage is None and (fact.kind in FREE_FAILURES or not fact.call)
    return replace(made, free=free, uncounted="worst_case" if fact.kind in UNHEARD else "no_usage")


def judged(fact: Judged, at: datetime) -> Iterator[Outcome]:
    """Of each model that the orchestrator asked for a ruling: what carries no usage asked nobody, or a cache."""
    settled = fact.ruling if isinstance(fact, Ruling) else ""
    # Whoever finds a call whose asker is gone says so under the call's own name.
    lost = isinstance(fact, RulingDiscarded) and fact.discard == fact.call
    why: Uncounted = "worst_case" if lost else "no_usage"
    for one in calls_of(fact):
        free = one.usage is None
        yield Outcome(one.call, settled, at, one.provider, one.model, one.usage, free=free, uncounted=why)


def asked_for(begun: Begun) -> str:
    """The turn or ruling that a call was to answer."""
    return begun.turn if isinstance(begun, CallStarted) else begun.ruling


def takeover(call: str) -> int:
    """The n of `<turn>-<n>` or `<ruling>-asked-<n>`."""
    number = call.rpartition("-")[2]
    return int(number) if number.isdecimal() else 0
