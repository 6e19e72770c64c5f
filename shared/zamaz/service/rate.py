"""Requests and tokens a minute: a bucket that calls book from before they are made, each in its turn. Pure; seconds
since 1970 come in as `now`.

A minute's worth flows into it, less what it holds: one that holds a sixth lets no minute have more than the limit, one
that holds a whole minute's worth lets that go at once, and at most twice as much in any minute. A call of more tokens
than it holds goes when it is full. A clock that was set back gives nothing back.
"""

from __future__ import annotations

from typing import NamedTuple

import msgspec
from msgspec.structs import replace

MINUTE_S = 60.0


class Limit(msgspec.Struct, frozen=True):
    """A minute's worth (0: as many as one likes), the share of it that the bucket `holds`, and what `flows` back within
    a minute."""

    requests: int = 0
    tokens: int = 0
    holds: float = 1.0
    flows: float = 1.0

    def __bool__(self) -> bool:
        """Whether anything is limited."""
        return bool(self.requests or self.tokens)


class Level(msgspec.Struct, frozen=True):
    """How much is owed of requests and tokens, as of a time in seconds since 1970: booked, and not flowed in yet."""

    requests: float = 0.0
    tokens: float = 0.0
    at: float = 0.0


class Wait(NamedTuple):
    """The seconds until a call may be made, and what it waits for."""

    seconds: float = 0.0
    of: str = ""


def spread(requests: int, tokens: int) -> Limit:
    """So many in no minute more."""
    return Limit(requests, tokens, holds=1 / 6, flows=5 / 6)


def book(level: Level, limit: Limit, requests: int, tokens: int, now: float, patience: float) -> tuple[Level, Wait]:
    """The level after a call of so many requests and tokens, and its wait. Where that is more than `patience` seconds,
    nothing is booked."""
    settled = _settled(level, limit, now)
    waits = (
        Wait(_wait(settled.requests, limit.requests, requests, limit), "requests"),
        Wait(_wait(settled.tokens, limit.tokens, tokens, limit), "tokens"),
    )
    longest = max(waits, key=lambda wait: wait.seconds)
    if longest.seconds > patience:
        return level, longest
    return replace(
        settled,
        requests=settled.requests + requests if limit.requests else 0.0,
        tokens=settled.tokens + tokens if limit.tokens else 0.0,
    ), longest


def give_back(level: Level, limit: Limit, requests: int, tokens: int, now: float) -> Level:
    """What was booked and not used after all; a negative number books what was used beyond it."""
    settled = _settled(level, limit, now)
    return replace(settled, requests=max(0.0, settled.requests - requests), tokens=max(0.0, settled.tokens - tokens))


def _settled(level: Level, limit: Limit, now: float) -> Level:
    minutes = max(0.0, now - level.at) / MINUTE_S * limit.flows
    return Level(
        max(0.0, level.requests - minutes * limit.requests),
        max(0.0, level.tokens - minutes * limit.tokens),
        max(now, level.at),
    )


def _wait(owed: float, most: int, need: int, limit: Limit) -> float:
    """The seconds until the need fits in."""
    if not most:
        return 0.0
    holds = max(1.0, most * limit.holds)
    return max(0.0, owed + min(need, holds) - holds) / (most * limit.flows) * MINUTE_S
