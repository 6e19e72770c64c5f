"""The price table: what people wrote in prices.yaml, then the price library's own data. Nothing is fetched."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path

import genai_prices
from genai_prices.types import TieredPrices

from zamaz import definition
from zamaz.definition import ModelsFile, PricesFile, ProviderSpec
from zamaz.definition.models import Billing
from zamaz.events.cost import Rates

FILE = "prices.yaml"
THOUSAND = Decimal(1000)
DIGITS = 12
"""Hex digits of the file's sha256 in the table's name."""


class PriceTable:
    """What a call costs. `name` says which prices these are: the library's version and the file's digest."""

    def __init__(self, providers: Mapping[str, ProviderSpec], written: PricesFile, digest: str) -> None:
        self._providers = providers
        self._written = written
        self.name = f"genai-prices {genai_prices.__version__}" + (f" + {FILE} {digest[:DIGITS]}" if digest else "")

    def billing(self, provider: str) -> Billing:
        """Whether the provider sends a bill. One that models.yaml does not know may: it counts as paid."""
        found = self._providers.get(provider)
        return found.billing if found else "paid"

    def rates(self, provider: str, model: str, input_tokens: int, at: datetime) -> Rates | None:
        """Dollars a million tokens for a prompt of that length at that time; None when no table knows the model."""
        if written := self._written.models.get(provider, {}).get(model):
            return written.rates()
        found = self._providers.get(provider)
        library, when = (found.price_as, found.price_when) if found else (provider, {})
        return _library_rates(library, model, input_tokens, at, when) if library and model else None

    def warm(self) -> None:
        """Load the library's data, about half a second of work."""
        _library_rates("openai", "gpt-4o", 0, datetime.now(UTC))


def _library_rates(
    provider: str, model: str, input_tokens: int, at: datetime, when: Mapping[str, str] | None = None
) -> Rates | None:
    usage = genai_prices.Usage(input_tokens=input_tokens)
    try:
        found = genai_prices.calc_price(
            usage, model, provider_id=provider, genai_request_timestamp=at, price_context=dict(when or {})
        ).model_price
    except LookupError:
        return None

    def rate(key: str) -> Decimal | None:
        return _tier(getattr(found, key), input_tokens)

    tokens_in, tokens_out, cached, calls = (
        rate(key) for key in ("input_mtok", "output_mtok", "cache_read_mtok", "requests_kcount")
    )
    if tokens_in is None or tokens_out is None:
        return None
    return Rates(
        input=tokens_in,
        cached_input=tokens_in if cached is None else cached,
        output=tokens_out,
        cache_write=rate("cache_write_mtok"),
        reasoning=rate("output_reasoning_mtok"),
        request=Decimal(0) if calls is None else calls / THOUSAND,
    )


def _tier(price: Decimal | TieredPrices | None, input_tokens: int) -> Decimal | None:
    """A tier that begins below the prompt's length applies to all of the call's tokens."""
    if not isinstance(price, TieredPrices):
        return price
    reached = [tier.price for tier in price.tiers if input_tokens > tier.start]
    return reached[-1] if reached else price.base


def load(folder: Path) -> PriceTable:
    """The table of a definitions folder; prices.yaml may be missing. Raises DefinitionError."""
    providers = definition.read(folder / "models.yaml", ModelsFile).providers
    path = folder / FILE
    if not path.exists():
        return PriceTable(providers, PricesFile(), "")
    written = definition.read(path, PricesFile)
    return PriceTable(providers, written, hashlib.sha256(path.read_bytes()).hexdigest())
