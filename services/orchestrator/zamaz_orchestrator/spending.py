"""What the rulings of one debate have cost, by the rung that was asked: out of the prices in the log. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from decimal import Decimal

from zamaz.events.cost import CallPriced
from zamaz.events.orchestration import RULINGS, RulingDiscarded, RulingShadowed, RungPassed


def spent_by(rung: str, facts: Iterable[object]) -> Decimal:
    """Dollars that calls of `rung` have cost. A call that is not priced yet is not among them."""
    listed = list(facts)
    calls = {call for fact in listed for call, asked in calls_of(fact) if asked == rung}
    prices = (fact for fact in listed if isinstance(fact, CallPriced))
    return sum((price.amount_usd for price in prices if price.call in calls), Decimal(0))


def calls_of(fact: object) -> Iterator[tuple[str, str]]:
    """The calls that a fact stands for, as the bill names them, with the rungs that they went to."""
    if isinstance(fact, RULINGS):
        yield fact.ruling, fact.rung
        yield from _passed(fact.ruling, fact.passed)
    elif isinstance(fact, RulingDiscarded):
        yield fact.discard, fact.rung
        yield from _passed(fact.discard, fact.passed)
    elif isinstance(fact, RulingShadowed):
        yield f"{fact.ruling}-shadow", fact.rung


def _passed(call: str, passed: tuple[RungPassed, ...]) -> Iterator[tuple[str, str]]:
    yield from ((f"{call}-{n}", one.rung) for n, one in enumerate(passed, 1))
