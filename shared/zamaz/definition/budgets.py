"""budgets.yaml: how much may be spent, by whom and until when."""

from __future__ import annotations

from decimal import Decimal
from functools import cached_property
from typing import Annotated, Literal
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from pydantic import ConfigDict, Field, field_validator

from zamaz.definition.prices import Dollars
from zamaz.definition.yamlfile import Strict

EVERYBODY = "*"
Percent = Annotated[int, Field(ge=1, le=100)]


class LimitsSpec(Strict):
    """How much may be spent in a day, in a month, and in all; nothing where nothing is said."""

    day: Dollars | None = None
    """In one day of `zone`: dollars, written as text."""
    month: Dollars | None = None
    """In one month of `zone`."""
    all: Dollars | None = None
    """Ever."""

    def limits(self) -> dict[Literal["day", "month", "all"], Decimal]:
        """Those that are set, the shortest span first."""
        spans: tuple[Literal["day", "month", "all"], ...] = ("day", "month", "all")
        return {span: limit for span in spans if (limit := getattr(self, span)) is not None}


class BudgetsFile(LimitsSpec):
    """How much all debates together may spend, each of them, and each requester."""

    model_config = ConfigDict(json_schema_extra={"title": "Budgets"})

    debate: Dollars | None = None
    """In one debate, also where its request names a larger budget."""
    requesters: dict[str, LimitsSpec] = {}
    """By requester; "*" is everybody who is not named, each of them."""
    zone: str = "UTC"
    """Where days and months begin, by its name in the IANA database: Europe/Berlin."""
    unpriced: Literal["refuse", "allow"] = "refuse"
    """refuse: a debate that would call a paid model without a price fails before the call."""
    thresholds: tuple[Percent, ...] = (50, 80, 100)
    """At which shares of a budget BudgetThresholdReached is said: percent of what was really spent."""

    @field_validator("zone")
    @classmethod
    def _known(cls, value: str) -> str:
        if value != "UTC":
            try:
                ZoneInfo(value)
            except (ZoneInfoNotFoundError, ValueError) as error:
                raise ValueError(
                    f"{value!r} is no time zone that is known here: write one like Europe/Berlin"
                ) from error
        return value

    @cached_property
    def tz(self) -> ZoneInfo | None:
        """The zone; None for UTC, which needs no database."""
        return None if self.zone == "UTC" else ZoneInfo(self.zone)

    def of(self, requester: str) -> LimitsSpec:
        """The limits of one requester; a debate without one has those of everybody."""
        return self.requesters.get(requester) or self.requesters.get(EVERYBODY) or LimitsSpec()

    def limits_any(self, requester: str) -> bool:
        """Whether a debate of this requester touches a budget that it shares."""
        return bool(self.limits() or self.of(requester).limits())
