"""Numbers as people say them."""

from __future__ import annotations


def duration(seconds: float) -> str:
    """`45 s`, `1 min 30 s` or `1 h`, without losing a second."""
    hours, rest = divmod(seconds, 3600)
    minutes, left = divmod(rest, 60)
    parts = [f"{number:g} {unit}" for number, unit in ((hours, "h"), (minutes, "min"), (left, "s")) if number]
    return " ".join(parts) or "0 s"


def rounds(number: int) -> str:
    """`1 round`, `3 rounds`."""
    return f"{number} round{'s' if number != 1 else ''}"


def times(number: int) -> str:
    """`once`, `twice`, `3 times`."""
    return {1: "once", 2: "twice"}.get(number, f"{number} times")


def listed(names: list[str]) -> str:
    """`a`, `a and b`, `a, b and c`."""
    return " and ".join(filter(None, (", ".join(names[:-1]), names[-1]))) if names else ""
