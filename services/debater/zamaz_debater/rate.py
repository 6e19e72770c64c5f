"""Requests and tokens a minute: a bucket that calls book from before they are made, each in its turn.

In no minute are more than the limit booked: the bucket holds a sixth of it, and five sixths flow in a minute. A call
of more tokens than it holds goes when it is full.
"""

from __future__ import annotations

import msgspec

HOLDS = 1 / 6


class Limit(msgspec.Struct, frozen=True):
    """A minute's worth; 0: as many as one likes."""

    requests: int = 0
    tokens: int = 0


class Level(msgspec.Struct, frozen=True):
    """How much is owed of requests and tokens, as of a time in seconds since 1970: booked, and not flowed in yet."""

    requests: float = 0.0
    tokens: float = 0.0
    at: float = 0.0


def book(level: Level, limit: Limit, tokens: int, now: float, patience: float) -> tuple[Level, float]:
    """The level after a call of so many tokens, and the seconds until it may be made. Where those are more than
    `patience` nothing is booked."""
    passed = max(0.0, now - level.at)
    requests, wait_requests = _booked(level.requests, limit.requests, 1, passed)
    used, wait_tokens = _booked(level.tokens, limit.tokens, tokens, passed)
    wait = max(wait_requests, wait_tokens)
    if wait > patience:
        return level, wait
    return Level(requests, used, max(now, level.at)), wait


def _booked(owed: float, limit: int, need: int, passed: float) -> tuple[float, float]:
    """What is owed afterwards, and the seconds until the need fits in."""
    if not limit:
        return 0.0, 0.0
    holds, a_second = max(1.0, limit * HOLDS), limit * (1 - HOLDS) / 60
    owed = max(0.0, owed - passed * a_second)
    return owed + need, max(0.0, owed + min(need, holds) - holds) / a_second
