"""prices.yaml: prices that the price library lacks, or has wrong for you."""

from __future__ import annotations

from decimal import Decimal
from typing import Annotated

from pydantic import BeforeValidator, Field

from zamaz.definition.yamlfile import Strict
from zamaz.events.cost import Rates


def _written_out(value: object) -> object:
    """A float would bring its binary rounding with it."""
    if isinstance(value, float):
        raise ValueError(f'write the dollars as text: "{value}"')
    return value


Dollars = Annotated[Decimal, BeforeValidator(_written_out), Field(ge=0, allow_inf_nan=False)]


class ModelPrice(Strict):
    """Dollars a million tokens. Without `cached_input`, cached input costs what all input costs."""

    input: Dollars
    cached_input: Dollars | None = None
    output: Dollars

    def rates(self) -> Rates:
        """As a priced call carries them."""
        cached = self.input if self.cached_input is None else self.cached_input
        return Rates(input=self.input, cached_input=cached, output=self.output)


class PricesFile(Strict):
    """prices.yaml: provider, then model, then dollars. What stands here wins over the library."""

    models: dict[str, dict[str, ModelPrice]] = {}
