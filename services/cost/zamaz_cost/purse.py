"""What a debate's request for money comes to, and how its spending falls upon what was reserved. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from zamaz.events.cost import SpendRefused, SpendReserved
from zamaz.events.spending import ModelRates, PlannedCall, Scope, worst_usd
from zamaz.events.workflow import SpendRequested
from zamaz_cost.calls import asked_for
from zamaz_cost.ledger import Ledger
from zamaz_cost.pricing import Prices

NOTHING = Decimal(0)


@dataclass(frozen=True)
class Wanted:
    """`amount_usd` more than was reserved before, by the `rates` of the planned calls."""

    amount_usd: Decimal
    rates: tuple[ModelRates, ...]


def wanted(
    ledger: Ledger, request: SpendRequested, at: datetime, prices: Prices, *, refuse: bool
) -> Wanted | SpendRefused:
    """What a request comes to: all that the debate has spent and may spend, less what it has reserved.

    Refused is what the debate's own budget does not hold, and, to `refuse`, a paid model without a price. The calls
    that are priced meanwhile count as what they cost.
    """
    rates: dict[tuple[str, str], ModelRates] = {}
    for call in sorted(request.calls, key=lambda call: call.input_tokens):
        rates[call.provider, call.model] = found = _rates(call, at, prices)
        if found.billing == "unpriced" and refuse:
            return _unpriced(request.number, found)
    settled = {outcome.turn or outcome.call for outcome in ledger.outcomes.values()} - _in_the_air(ledger)
    ahead = sum(
        (
            worst_usd(call, rates[call.provider, call.model].rates)
            for call in request.calls
            if not call.key or call.key not in settled
        ),
        NOTHING,
    )
    kept, spent = reserved_usd(ledger), spent_usd(ledger)
    amount = max(NOTHING, spent + ahead - kept)
    if request.limit_usd is not None and kept + amount > request.limit_usd and amount > 0:
        committed = max(kept, spent)  # after an overrun, what was spent
        more = spent + ahead - committed
        return refusal(request.number, "debate", "the debate's budget", more, request.limit_usd, committed)
    return Wanted(amount, tuple(rates.values()))


def _in_the_air(ledger: Ledger) -> set[str]:
    """Turns and rulings with a call of which nobody knows yet what it cost: an earlier one may be settled already."""
    ended = ledger.outcomes.keys() | ledger.priced.keys()
    return {asked_for(begun) for call, (_, begun) in ledger.started.items() if call not in ended}


def _rates(call: PlannedCall, at: datetime, prices: Prices) -> ModelRates:
    billing = prices.billing(call.provider)
    if billing != "paid":
        return ModelRates(provider=call.provider, model=call.model, billing=billing)
    if rates := prices.rates(call.provider, call.model, call.input_tokens, at):
        return ModelRates(provider=call.provider, model=call.model, rates=rates)
    return ModelRates(provider=call.provider, model=call.model, billing="unpriced")


def _unpriced(number: int, found: ModelRates) -> SpendRefused:
    model = f"{found.provider}/{found.model}"
    why = (
        f"no price is known for {model}: write it in prices.yaml, or allow unpriced models in budgets.yaml; "
        "a model that sends no bill is billing: local in models.yaml"
    )
    return SpendRefused(number=number, scope="unpriced", why=why)


def refusal(
    number: int, scope: Scope, whose: str, amount: Decimal, limit: Decimal, committed: Decimal, budget: str = ""
) -> SpendRefused:
    """That a budget is too small, with the figures."""
    left = limit - committed
    rest = f"has ${_plain(left)} left" if left >= 0 else f"is overdrawn by ${_plain(-left)}"
    why = f"{whose} (${_plain(limit)}) {rest}, and the next calls may cost ${_plain(amount)}"
    return SpendRefused(
        number=number, scope=scope, why=why, budget=budget, amount_usd=amount, limit_usd=limit, left_usd=left
    )


def _plain(amount: Decimal) -> str:
    """Dollars, without needless zeros."""
    return f"{amount.normalize():f}"


def spent_usd(ledger: Ledger) -> Decimal:
    """What every call that is priced has cost."""
    return sum((price.amount_usd for price in ledger.priced.values()), NOTHING)


def reserved_usd(ledger: Ledger) -> Decimal:
    """All that was reserved for the debate, whatever of it is spent."""
    return sum((kept.amount_usd for kept in ledger.reserved.values()), NOTHING)


def shares(reserved: Mapping[int, SpendReserved], spent: Decimal) -> dict[int, Decimal]:
    """What each reservation has paid: they are used up in their order, and the last one bears what is above."""
    paid: dict[int, Decimal] = {}
    numbers = sorted(reserved)
    for number in numbers:
        last = number == numbers[-1]
        paid[number] = spent if last else min(spent, reserved[number].amount_usd)
        spent -= paid[number]
    return paid


def unanswered(ledger: Ledger) -> Iterable[int]:
    """The requests for money that wait for an answer, in order; of a debate that is over none does."""
    asked = () if ledger.over else sorted(ledger.requests)
    return (number for number in asked if number not in ledger.reserved and number not in ledger.refused)
