"""Whether a debate may be taken out of the log: nothing may be said of it any more. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta

from zamaz.events import ENDINGS, Fact, Recorded
from zamaz.events.client import DebateForked, DebateImported, DebateRequested
from zamaz.events.cost import DebateBilled
from zamaz.events.debater import ArgumentPresented, CallDiscarded, CallStarted, TurnFailed
from zamaz.events.orchestration import RungAsked
from zamaz.events.rungs import Judged, calls_of
from zamaz.events.workflow import DebateRejected, RulingRequested, TurnRequested

LATE = timedelta(minutes=1)
"""How long after its deadline a call of a debater that lives has ended for certain."""


def why_not(debate: str, facts: Sequence[Recorded], now: datetime) -> str:
    """Why a debate cannot be erased or archived yet, and what to do; "" where it can. `facts` are its own."""
    said = [heard.fact for heard in facts if isinstance(heard.fact, Fact)]
    first = next((fact for fact in said if isinstance(fact, DebateRequested | DebateForked | DebateImported)), None)
    if isinstance(first, DebateImported) or any(isinstance(fact, DebateRejected) for fact in said):
        return ""
    if not any(isinstance(fact, ENDINGS) for fact in said):
        return f"{debate} has not ended: wait for it, or end it first (zamaz abort {debate} --why …)"
    if until := _in_flight(said, now):
        return (
            f"{debate} has calls in flight, whose answers would still be stored: try again after {until:%H:%M:%S} UTC"
        )
    if not any(isinstance(fact, DebateBilled) for fact in said):
        return f"the bill of {debate} does not stand yet: is a cost service running?"
    return ""


def _in_flight(said: Sequence[Fact], now: datetime) -> datetime | None:
    """Until when a call may still be answered; None where every one has ended, or must have."""
    ended = {fact.call for fact in said if isinstance(fact, ArgumentPresented | TurnFailed | CallDiscarded)}
    ended |= {one.call for fact in said if isinstance(fact, Judged) for one in calls_of(fact)}
    open_calls = (fact for fact in said if isinstance(fact, CallStarted | RungAsked) and fact.call not in ended)
    awaited = {fact.turn if isinstance(fact, CallStarted) else fact.ruling for fact in open_calls}
    asked = (fact for fact in said if isinstance(fact, TurnRequested | RulingRequested))
    ends = [fact.deadline + LATE for fact in asked if _key(fact) in awaited]
    last = max(ends, default=now)
    return last if last > now else None


def _key(fact: TurnRequested | RulingRequested) -> str:
    return fact.turn if isinstance(fact, TurnRequested) else fact.ruling


def running_fork(debate: str, fork: str, facts: Sequence[Recorded]) -> str:
    """Why a fork holds its parent back: it has not ended. `facts` are the fork's own."""
    forked = any(isinstance(heard.fact, DebateForked) and heard.fact.parent == debate for heard in facts)
    if not forked or any(isinstance(heard.fact, ENDINGS) for heard in facts):
        return ""
    return f"{fork} was forked from {debate} and has not ended: end it first (zamaz abort {fork} --why …)"
