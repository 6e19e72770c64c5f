"""Limits of rate: so many requests and tokens a minute, as a bucket that fills by itself. Pure; seconds since 1970 come
in as `now`."""

from __future__ import annotations

from msgspec import structs

from zamaz.events import Part

MINUTE = 60.0


class Bucket(Part, frozen=True, kw_only=True):
    """What was taken and has not come back yet, as of `at`. Empty, all of a minute's share may be taken."""

    requests: float = 0.0
    tokens: float = 0.0
    at: float = 0.0


class Limits(Part, frozen=True, kw_only=True):
    """A minute's share of each; 0 is any number."""

    requests: int = 0
    tokens: int = 0

    def __bool__(self) -> bool:
        """Whether anything is limited."""
        return bool(self.requests or self.tokens)


def take(bucket: Bucket, limits: Limits, now: float, requests: int, tokens: int) -> tuple[Bucket, str]:
    """The bucket after taking, and "" where it could be taken; else the bucket as it is, and why not."""
    settled = _filled(bucket, limits, now)
    wanted = (("requests", limits.requests, requests), ("tokens", limits.tokens, tokens))
    for name, most, some in wanted:
        over = getattr(settled, name) + min(some, most) - most
        if most and over > 0:
            wait = over / most * MINUTE
            return bucket, f"its limit of {most} {name} a minute is used up for {wait:.1f} s"
    return structs.replace(settled, requests=settled.requests + requests, tokens=settled.tokens + tokens), ""


def give_back(bucket: Bucket, limits: Limits, now: float, tokens: int) -> Bucket:
    """What was taken and not used after all; a negative number takes what was used beyond it."""
    settled = _filled(bucket, limits, now)
    return structs.replace(settled, tokens=max(0.0, settled.tokens - tokens))


def _filled(bucket: Bucket, limits: Limits, now: float) -> Bucket:
    """What has come back since. A clock that was set back gives nothing back."""
    share = max(0.0, now - bucket.at) / MINUTE
    return Bucket(
        requests=max(0.0, bucket.requests - share * limits.requests),
        tokens=max(0.0, bucket.tokens - share * limits.tokens),
        at=max(now, bucket.at),
    )
