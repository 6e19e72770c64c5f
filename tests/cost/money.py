"""What the stories of budgets share: requests for money, and files of budgets."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from zamaz.definition import BudgetsFile
from zamaz.events.spending import PlannedCall
from zamaz.events.workflow import SpendRequested

CENT = PlannedCall(provider="dear", model="m", input_tokens=0, output_tokens=100)
"""A hundred tokens at $100 a million."""


def wants(number: int = 1, cents: int = 1, limit: str | None = None, **more: Any) -> SpendRequested:
    """So many calls of a cent each."""
    calls = (PlannedCall(provider="dear", model="m", input_tokens=0, output_tokens=100, times=cents),)
    return SpendRequested(
        number=number, **{"calls": calls, "limit_usd": None if limit is None else Decimal(limit), **more}
    )


def file(**limits: Any) -> BudgetsFile:
    return BudgetsFile.model_validate(limits)
