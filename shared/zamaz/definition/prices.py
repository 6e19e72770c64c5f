"""prices.yaml: prices that the price library lacks, or has wrong for you."""

from __future__ import annotations

from decimal import Decimal
from typing import Annotated

from pydantic import BeforeValidator, ConfigDict, Field

from zamaz.definition.yamlfile import Strict
from zamaz.events.cost import Rates


def _written_out(value: object) -> object:
    """A float would bring its binary rounding with it."""
    if isinstance(value, float):
        raise ValueError(f'write the dollars as text: "{value}"')
    return value


_WRITTEN = Annotated[int, Field(ge=0)] | Annotated[str, Field(pattern=r"^\s*(\d+(\.\d*)?|\.\d+)([eE][+-]?\d+)?\s*$")]
Dollars = Annotated[
    Decimal,
    Field(ge=0, allow_inf_nan=False),
    BeforeValidator(_written_out, json_schema_input_type=_WRITTEN),
]


class ModelPrice(Strict):
    """Dollars a million tokens, written as text: "0.50"."""

    input: Dollars
    """What goes in."""
    cached_input: Dollars | None = None
    """What goes in and was cached; all input costs the same, unless given."""
    output: Dollars
    """What comes out, reasoning included."""
    cache_write: Dollars | None = None
    """What goes in and was written to the provider's cache; as all input, unless given."""
    reasoning: Dollars | None = None
    """What comes out and was only thought; as all output, unless given."""
    request: Dollars = Decimal(0)
    """For each call, whatever its size: dollars, not millionths."""

    def rates(self) -> Rates:
        """As a priced call carries them."""
        cached = self.input if self.cached_input is None else self.cached_input
        return Rates(
            input=self.input,
            cached_input=cached,
            output=self.output,
            cache_write=self.cache_write,
            reasoning=self.reasoning,
            request=self.request,
        )


class PricesFile(Strict):
    """prices.yaml: provider, then model, then dollars. What stands here wins over the library."""

    model_config = ConfigDict(json_schema_extra={"title": "Prices"})

    models: dict[str, dict[str, ModelPrice]] = {}
    """Provider (as in models.yaml), then model, then dollars. What stands here wins over the library."""
