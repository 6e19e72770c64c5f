"""What the rulings of one debate have cost, by the rung that was asked: out of the prices in the log. Pure."""

from __future__ import annotations

from collections.abc import Iterable
from decimal import Decimal

from zamaz.events.cost import CallPriced
from zamaz.events.orchestration import Ruling, RulingDiscarded, RulingShadowed, RungAsked
from zamaz.events.rungs import calls_of


def spent_by(rung: str, facts: Iterable[object]) -> Decimal:
    """Dollars that calls of `rung` have cost. A call that is not priced yet is not among them."""
    listed = list(facts)
    calls = {fact.call for fact in listed if isinstance(fact, RungAsked) and fact.rung == rung}
    told = (fact for fact in listed if isinstance(fact, Ruling | RulingShadowed | RulingDiscarded))
    calls |= {one.call for fact in told for one in calls_of(fact) if one.rung == rung}
    prices = (fact for fact in listed if isinstance(fact, CallPriced))
    return sum((price.amount_usd for price in prices if price.call in calls), Decimal(0))
