"""Every price, the bill, and what was reserved once more, at the rates that are on record: no price table is asked.
Pure."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from datetime import datetime
from decimal import Decimal
from typing import Literal

from msgspec.structs import replace

from zamaz.events import Fact, subject_of
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
from zamaz.events.spending import ModelRates
from zamaz.events.workflow import SpendRequested
from zamaz.refold import Difference, Facts, Refold, Replay
from zamaz_cost.ledger import DECIDER, Ledger, sizes
from zamaz_cost.pricing import Prices
from zamaz_cost.purse import Wanted, wanted

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


class Agreed:
    """The rates that a request for money was answered with."""

    name = ""

    def __init__(self, rates: Iterable[ModelRates]) -> None:
        self._rates = {(one.provider, one.model): one for one in rates}
        self._billing = {one.provider: one.billing for one in self._rates.values()}

    def billing(self, provider: str) -> Billing:
        """Whether the provider sends a bill."""
        found = self._billing.get(provider, "paid")
        return "paid" if found == "unpriced" else found

    def rates(
        self,
        provider: str,
        model: str,
        input_tokens: int,  # noqa: ARG002 - rates on record hold for the largest prompt
        at: datetime,  # noqa: ARG002 - and at the time of the request
    ) -> Rates | None:
        """The model's rates on record; None where it had none."""
        found = self._rates.get((provider, model))
        return None if found is None or found.billing == "unpriced" else found.rates


def _reservations(facts: Facts) -> Iterator[Difference]:
    """What was reserved that does not follow from the request, the rates on record, and what was priced by then."""
    asked = {heard.fact.number: n for n, heard in enumerate(facts) if isinstance(heard.fact, SpendRequested)}
    for n, heard in enumerate(facts):
        if isinstance(heard.fact, SpendReserved) and heard.fact.number in asked:
            fact, since = heard.fact, asked[heard.fact.number]
            again = [_amount(facts[:cut], fact) for cut in range(n, since, -1)]
            if fact.amount_usd not in again:
                yield Difference(heard.seq, subject_of(heard.debate, fact), "amount_usd", fact.amount_usd, again[0])


def _amount(facts: Facts, fact: SpendReserved) -> Decimal | None:
    ledger = DECIDER.fold(facts, DECIDER.initial(""))
    at, request = ledger.requests[fact.number]
    made = wanted(ledger, request, at, Agreed(fact.rates), refuse=False)
    return made.amount_usd if isinstance(made, Wanted) else None


def _differences(facts: Facts) -> Iterator[Difference]:
    yield from _REFOLD.differences(facts)
    yield from _reservations(facts)


REPLAY = Replay(DECIDER.voice, _differences, _REFOLD.unsaid)
