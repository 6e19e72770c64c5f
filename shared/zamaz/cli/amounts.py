"""Figures in words for people. Pure."""

from __future__ import annotations

from decimal import Decimal


def usd(amount: Decimal) -> str:
    """Dollars, with as many digits as a small sum needs."""
    size = abs(amount)
    digits = 2 if size == 0 or size >= 100 else 4 if size >= Decimal("0.001") else min(10, 1 - size.adjusted())
    return f"{'-' if amount < 0 else ''}${size:,.{digits}f}"


def percent(share: float | None) -> str | None:
    """A share (0..1)."""
    return None if share is None else f"{share:.0%}"


def milliseconds(ms: float) -> str:
    """A time in the unit that suits it."""
    return f"{ms / 1000:,.1f} s" if ms >= 1000 else f"{ms:,.0f} ms"
