"""Every price and the bill once more, at the rates that are on record: no price table is asked. Pure."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import Literal

from msgspec.structs import replace

from zamaz.events import Fact
from zamaz.events.cost import (
    AlertRaised,
    AlertSent,
    BudgetThresholdReached,
    CallPriced,
    Rates,
    Reserved,
    Settled,
    SpendRefused,
    SpendReserved,
)
from zamaz.refold import Facts, Refold, Replay
from zamaz_cost.ledger import DECIDER, Ledger, sizes
from zamaz_cost.pricing import Prices

Billing = Literal["paid", "local", "script"]


class OnRecord:
    """The prices of one debate's calls, as they were applied."""

    name = ""

    def __init__(self, ledger: Ledger) -> None:
        self._billing: dict[str, Billing] = {}
        self._rates: dict[tuple[str, str, int], Rates | None] = {}
        for call, price in ledger.priced.items():
            self._billing[price.provider] = price.basis if price.basis in ("local", "script") else "paid"
            for tokens in sizes(ledger, call):
                self._rates[price.provider, price.model, tokens] = price.rates

    def billing(self, provider: str) -> Billing:
        """Whether the provider sent a bill. Of one that is not on record nothing is known: it counts as paid."""
        return self._billing.get(provider, "paid")

    def rates(
        self,
        provider: str,
        model: str,
        input_tokens: int,
        at: datetime,  # noqa: ARG002 - rates on record stay
    ) -> Rates | None:
        """The rates that a call of so many tokens was priced at."""
        return self._rates.get((provider, model, input_tokens))


def _world(facts: Facts) -> Callable[[datetime], Prices]:
    prices = OnRecord(DECIDER.fold(facts, DECIDER.initial("")))
    return lambda _: prices


def _timeless(fact: Fact) -> Fact:
    """Which table it was is on record, and no matter of the debate."""
    return replace(fact, price_table="") if isinstance(fact, CallPriced) else fact


BUDGETED = (SpendReserved, SpendRefused, Reserved, Settled, BudgetThresholdReached, AlertRaised, AlertSent)
"""What rests on the budgets, and on what others have of them: on facts of other ids and on budgets.yaml."""

_REFOLD: Refold[Ledger, Prices] = Refold(DECIDER, _world, _timeless, given=BUDGETED)
REPLAY = Replay(DECIDER.voice, _REFOLD.differences, _REFOLD.unsaid)
