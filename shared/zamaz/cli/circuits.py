"""Open circuits of providers, for `zamaz models`: who is not called now, until when, and why that is so."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC, datetime

import msgspec
from nats.aio.client import Client as Nats
from nats.errors import Error as NatsError
from nats.js.errors import Error as JetStreamError

from zamaz import subjects
from zamaz.errors import LogError
from zamaz.inbox import Inbox
from zamaz.wire import DirectGets

TIMEOUT_S = 1.0


class Stands(msgspec.Struct, frozen=True):
    """A circuit as debaters keep it: `failures` in a row, and `until` when (seconds since 1970) nobody calls."""

    failures: int = 0
    until: float = 0.0


class Circuit(msgspec.Struct, frozen=True):
    """A provider's. `paused` tells whether its consumer delivers no turns; `until` is RFC 3339 in whole seconds, ""
    where it is closed."""

    state: str
    failures: int = 0
    until: str = ""
    paused: bool = False

    @property
    def words(self) -> str:
        """For people."""
        times = f"{self.failures} failure{'' if self.failures == 1 else 's'} in a row"
        if self.state == "closed":
            return f"closed, {times}" if self.failures else "closed"
        if self.state == "open":
            return f"open until {self.until} ({times}); its turns {'wait' if self.paused else 'are given back'} so long"
        return f"half open ({times}): the next call tries whether it is back"


def read(stands: Stands, paused: bool, now: datetime) -> Circuit:
    """What stands, at this moment."""
    if not stands.until:
        return Circuit("closed", stands.failures)
    until = datetime.fromtimestamp(stands.until, UTC)
    state = "open" if until > now else "half open"
    return Circuit(state, stands.failures, until.isoformat(timespec="seconds").replace("+00:00", "Z"), paused)


async def of(nc: Nats, providers: Iterable[str], now: datetime) -> dict[str, Circuit]:
    """The circuit of each provider that has a consumer, as far as the server tells of it."""
    gets = DirectGets(Inbox(nc))
    found: dict[str, Circuit] = {}
    for provider in filter(subjects.is_token, providers):
        try:
            info = await nc.jetstream().consumer_info(subjects.EVENTS, subjects.provider_durable(provider))
            cell = subjects.kv(subjects.LIMITS_BUCKET, subjects.circuit(provider))
            kept = await gets.one(subjects.LIMITS_STREAM, cell, TIMEOUT_S)
            stands = msgspec.json.decode(kept.data, type=Stands) if kept and kept.data else Stands()
        except (JetStreamError, NatsError, LogError, TimeoutError, msgspec.DecodeError):
            continue  # no server of ours, or one that tells us less: what is reached is told all the same
        found[provider] = read(stands, bool(info.paused), now)
    return found
