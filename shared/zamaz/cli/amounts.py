"""Figures in words for people. Pure."""

from __future__ import annotations

from decimal import Decimal


def usd(amount: Decimal) -> str:
    """Dollars, with as many digits as a small sum needs."""
    return f"${amount:,.2f}" if amount == 0 or amount >= 100 else f"${amount:,.4f}"


def percent(share: float | None) -> str | None:
    """A share (0..1)."""
    return None if share is None else f"{share:.0%}"


def milliseconds(ms: float) -> str:
    """A time in the unit that suits it."""
    return f"{ms / 1000:,.1f} s" if ms >= 1000 else f"{ms:,.0f} ms"
