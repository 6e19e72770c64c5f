"""Durable wake timers: one a debate, as a JetStream message schedule in the service's own stream."""

from __future__ import annotations

from collections import OrderedDict
from datetime import UTC, datetime, timedelta

from nats.aio.client import Client as Nats

from zamaz import subjects
from zamaz.errors import LogUnavailable
from zamaz.wire import publish

LONGEST = timedelta(seconds=60)


class Timers:
    """Arms the one wake timer of a debate. It fires as a message on the service's timer durable."""

    def __init__(self, nc: Nats, service: str, size: int = 4096) -> None:
        self._nc = nc
        self._service = service
        self._size = size
        self._armed: OrderedDict[str, datetime] = OrderedDict()

    async def arm(self, debate: str, at: datetime | None) -> None:
        """Wake at `at`, and in any case within a minute. An earlier timer that is armed stays.

        Raises LogUnavailable when the timer cannot be stored.
        """
        now = datetime.now(UTC)
        wanted = min(at or now + LONGEST, now + LONGEST)
        armed = self._armed.get(debate)
        if armed and now < armed <= wanted:
            return
        await self._store(debate, max(wanted, now + timedelta(milliseconds=20)))
        self._armed[debate] = wanted
        self._armed.move_to_end(debate)
        if len(self._armed) > self._size:
            self._armed.popitem(last=False)

    def fired(self, debate: str) -> None:
        """The timer fired and is gone."""
        self._armed.pop(debate, None)

    async def _store(self, debate: str, at: datetime) -> None:
        heads = {
            "Nats-Schedule": "@at " + at.isoformat(timespec="milliseconds").replace("+00:00", "Z"),
            "Nats-Schedule-Target": subjects.wake_fired(self._service, debate),
        }
        subject = subjects.wake_schedule(self._service, debate)
        for _ in range(3):
            ack = await publish(self._nc, subject, b"", heads, timeout=1.0)
            if ack and not ack.error:
                return
        raise LogUnavailable(f"the wake timer of {debate} could not be armed")
