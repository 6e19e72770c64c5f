"""What a workflow file says of itself, for whoever chooses among several."""

from __future__ import annotations

import re
from decimal import Decimal

from pydantic import Field

from zamaz.definition.yamlfile import Strict, seconds

_DOLLARS = re.compile(r"\s*\$?\s*(\d{1,9}(?:\.\d{1,9})?)\s*(?:USD)?\s*", re.IGNORECASE)


class MetadataSpec(Strict):
    """What it is for. Nothing here changes how a debate runs; a selection among workflows reads it."""

    use_cases: tuple[str, ...] = Field(default=(), max_length=50)
    """What it is good for, in a few words each."""
    complexity_indicators: tuple[str, ...] = Field(default=(), max_length=200)
    """Words in a question that speak for it."""
    estimated_cost: float | str = ""
    """Dollars that a debate costs: 0.25, or "$0.25"."""
    estimated_duration: float | str = ""
    """How long a debate takes: minutes, or 90s, 20m, PT20M."""
    tags: tuple[str, ...] = Field(default=(), max_length=50)
    """Words to sort it by."""

    @property
    def cost_usd(self) -> Decimal | None:
        """The estimate in dollars, where it is a number."""
        found = _DOLLARS.fullmatch(str(self.estimated_cost))
        return Decimal(found[1]) if found else None

    @property
    def duration_s(self) -> float | None:
        """The estimate in seconds, where it is a duration."""
        if isinstance(self.estimated_duration, (int, float)):
            return self.estimated_duration * 60.0
        try:
            return seconds(self.estimated_duration)
        except ValueError:
            return None
