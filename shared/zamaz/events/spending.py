"""What money is asked for by: rates, planned calls, and the one arithmetic over them that two services share."""

from __future__ import annotations

from decimal import Decimal
from typing import Literal

from zamaz.events.base import Part

MILLION = Decimal(10**6)
SMALLEST = Decimal("1e-10")
"""Dollars are kept to ten decimal places."""

Billing = Literal["paid", "local", "script", "unpriced"]
Scope = Literal["debate", "requester", "day", "month", "all"]


class Rates(Part, frozen=True, kw_only=True):
    """Dollars a million tokens, as they were applied; `request` is dollars a call.

    A cache write costs what input costs and reasoning what output costs, where they have no rate of their own.
    """

    input: Decimal = Decimal(0)
    cached_input: Decimal = Decimal(0)
    output: Decimal = Decimal(0)
    cache_write: Decimal | None = None
    reasoning: Decimal | None = None
    request: Decimal = Decimal(0)


class Spending(Part, frozen=True, kw_only=True):
    """That a debate asks for money before it calls anybody. `limit_usd` is the debate's own budget, `requester` whose
    budgets it touches; not `limited`, it is only asked whether everybody has a price."""

    limit_usd: Decimal | None = None
    requester: str = ""
    limited: bool = True


class PlannedCall(Part, frozen=True, kw_only=True):
    """A call that may be made, at its largest: tokens in and out. `key` is the turn or ruling that has been asked for
    already, "" for `times` that may follow."""

    key: str = ""
    provider: str
    model: str
    input_tokens: int
    output_tokens: int
    times: int = 1


class ModelRates(Part, frozen=True, kw_only=True):
    """What a model costs at the most, for the prompts that were planned."""

    provider: str
    model: str
    billing: Billing = "paid"
    rates: Rates = Rates()


def worst_usd(call: PlannedCall, rates: Rates) -> Decimal:
    """Dollars that a planned call can cost at the most: nothing cached or all of it written to the cache, and every
    output token the dearest kind."""
    tokens_in = max(rates.input, rates.cache_write or rates.input) * call.input_tokens
    tokens_out = max(rates.output, rates.reasoning or rates.output) * call.output_tokens
    return rounded((tokens_in + tokens_out) / MILLION + rates.request) * call.times


def rounded(amount: Decimal) -> Decimal:
    """Dollars, to ten decimal places, without needless zeros."""
    return amount.quantize(SMALLEST).normalize() + Decimal(0)
