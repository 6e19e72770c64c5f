"""What of a request is wrong whoever reads it: the client that makes it, and the workflow that takes it. Pure."""

from __future__ import annotations

from decimal import Decimal, InvalidOperation

from zamaz.events.spending import rounded

MOST = Decimal(10**9)
MOST_OPTIONS, LONGEST_OPTION = 20, 200


def dollars(written: str | float, called: str = "budget_usd") -> Decimal:
    """A budget as a request has it. Raises ValueError, saying what is wrong."""
    try:
        amount = Decimal(str(written).strip())
    except InvalidOperation:
        amount = Decimal("NaN")
    if not (amount.is_finite() and 0 <= amount <= MOST):
        raise ValueError(f'{called} {str(written)[:40]!r} is no amount of dollars: write "1.50"')
    return rounded(amount)


def check_options(options: tuple[str, ...]) -> None:
    """Raises ValueError for options that are no choice."""
    different = len({option.strip().casefold() for option in options}) == len(options)
    if options and not (2 <= len(options) <= MOST_OPTIONS and different):
        raise ValueError(f"options must be 2 to {MOST_OPTIONS} different ones, or none")
    if not all(0 < len(option.strip()) <= LONGEST_OPTION for option in options):
        raise ValueError(f"every option must have 1 to {LONGEST_OPTION} characters")
