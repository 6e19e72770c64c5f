"""What became of each call of a model, read off the facts that tell of it. Pure.

A turn's call is `<turn>-<n>`; a ruling's is the ruling's id, the n-th rung that it passed `<ruling>-<n>`, its shadow
`<ruling>-shadow`. A ruling that came too late has an id of its own.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Literal

from zamaz.events.debater import FREE_FAILURES, ArgumentPresented, CallDiscarded, TurnFailed, Usage
from zamaz.events.orchestration import Ruling, RulingDiscarded, RulingShadowed, RungPassed

UNHEARD = frozenset({"timeout", "cancelled"})
"""Calls that we left before they had ended: they may have cost all that they were allowed."""

Uncounted = Literal["worst_case", "no_usage"]
Answer = ArgumentPresented | TurnFailed | CallDiscarded
Judged = Ruling | RulingShadowed | RulingDiscarded


@dataclass(frozen=True)
class Outcome:
    """What became of a call. Without `usage` it is `free`, or estimated as `uncounted` says."""

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
    call = _call(fact)
    passed: tuple[RungPassed, ...] = () if isinstance(fact, RulingShadowed) else fact.passed
    yield _asked(call, fact, at)
    for n, rung in enumerate(passed, 1):
        yield _asked(f"{call}-{n}", rung, at)


def _call(fact: Judged) -> str:
    if isinstance(fact, RulingShadowed):
        return f"{fact.ruling}-shadow"
    return fact.discard if isinstance(fact, RulingDiscarded) else fact.ruling


def _asked(call: str, one: Judged | RungPassed, at: datetime) -> Outcome:
    return Outcome(call, "", at, one.provider, one.model, one.usage, free=one.usage is None)


def takeover(call: str) -> int:
    """The n of `<turn>-<n>`."""
    number = call.rpartition("-")[2]
    return int(number) if number.isdecimal() else 0
