"""What one call costs: its tokens at the rates of its model, or an estimate that says so. Pure."""

from __future__ import annotations

from datetime import datetime
from decimal import Decimal
from typing import Literal, Protocol

from msgspec import structs

from zamaz.events.cost import CallPriced, Rates
from zamaz.events.debater import Usage
from zamaz.events.spending import MILLION, rounded
from zamaz_cost.calls import Begun, Outcome

BYTES_A_TOKEN = 3
"""Fewer than real text has, so that an estimate is rather too high."""


class Prices(Protocol):
    """The price table, as the ledger asks it."""

    @property
    def name(self) -> str:
        """Which prices these are: version and digest."""

    def billing(self, provider: str) -> Literal["paid", "local", "script"]:
        """Whether the provider sends a bill at all."""

    def rates(self, provider: str, model: str, input_tokens: int, at: datetime) -> Rates | None:
        """Dollars a million tokens, or None when no table knows the model."""


def priced(begun: Begun | None, outcome: Outcome, prices: Prices) -> CallPriced:
    """The price of one call, with what it rests on. `begun` is its start, where one is known."""
    provider = outcome.provider or (begun.provider if begun else "")
    models = [model for model in (outcome.model, begun.model if begun else "") if model] or [""]
    made = CallPriced(call=outcome.call, provider=provider, model=models[0], amount_usd=Decimal(0), basis="usage")
    billing = prices.billing(provider)
    if billing != "paid":
        return structs.replace(made, basis=billing)
    usage = _worst_case(begun) if outcome.usage is None else outcome.usage
    for model in models:
        if rates := prices.rates(provider, model, usage.input, outcome.at):
            basis = "usage" if outcome.usage is not None and not outcome.usage.estimated else outcome.uncounted
            amount = amount_of(usage, rates)
            return structs.replace(
                made, model=model, amount_usd=amount, rates=rates, price_table=prices.name, basis=basis
            )
    return structs.replace(made, price_table=prices.name, basis="unpriced")


def _worst_case(begun: Begun | None) -> Usage:
    """As many tokens as the call could have used: its whole prompt, and every output token it was allowed."""
    return Usage(input=longest(begun), output=begun.max_output_tokens if begun else 0)


def longest(begun: Begun | None) -> int:
    """No fewer input tokens than a call's prompt can have."""
    return -(-begun.prompt_bytes // BYTES_A_TOKEN) if begun else 0


def amount_of(usage: Usage, rates: Rates) -> Decimal:
    """Dollars, to ten decimal places. What was read from the cache or written to it, and what was thought, have rates
    of their own and are counted once: as parts of the input and of the output."""
    cached = min(usage.cached_input, usage.input)
    written = min(usage.cache_write, usage.input - cached)
    thought = min(usage.reasoning, usage.output)
    total = (usage.input - cached - written) * rates.input + cached * rates.cached_input
    total += written * (rates.input if rates.cache_write is None else rates.cache_write)
    total += (usage.output - thought) * rates.output
    total += thought * (rates.output if rates.reasoning is None else rates.reasoning)
    return rounded(total / MILLION + rates.request)
