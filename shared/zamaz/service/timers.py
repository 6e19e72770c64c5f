"""Durable wake timers of debates: JetStream message schedules in the service's own stream."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable
from datetime import UTC, datetime, timedelta

from nats.aio.client import Client as Nats

from zamaz import subjects
from zamaz.errors import LogUnavailable
from zamaz.headers import TRACE
from zamaz.inbox import Inbox
from zamaz.log import untraced
from zamaz.wire import publish

SOONEST = timedelta(milliseconds=20)


class Timers:
    """Arms wake timers of debates. Each fires as a message on the service's timer durable, with the traceparent
    (`trace`) of whoever armed it: the server hands the headers on."""

    def __init__(self, nc: Nats, service: str, size: int = 4096, *, trace: Callable[[], str] = untraced) -> None:
        self._inbox = Inbox(nc)
        self._trace = trace
        self._service = service
        self._size = size
        self._armed: OrderedDict[str, datetime] = OrderedDict()

    async def arm(self, debate: str, at: datetime) -> None:
        """Wake at `at`. An earlier timer of this debate that is armed already will do, since it looks again.

        Raises LogUnavailable when the timer cannot be stored.
        """
        now = datetime.now(UTC)
        armed = self._armed.get(debate)
        if armed and now < armed <= at:
            return
        at = max(at, now + SOONEST)
        await self._store(debate, at)
        self._armed[debate] = at
        self._armed.move_to_end(debate)
        if len(self._armed) > self._size:
            self._armed.popitem(last=False)

    async def _store(self, debate: str, at: datetime) -> None:
        at_ms = int(at.timestamp() * 1000)
        heads = {
            "Nats-Schedule": "@at " + at.isoformat(timespec="milliseconds").replace("+00:00", "Z"),
            "Nats-Schedule-Target": subjects.wake_fired(self._service, debate, at_ms),
        }
        if trace := self._trace():
            heads[TRACE] = trace
        subject = subjects.wake_schedule(self._service, debate, at_ms)
        for _ in range(3):
            ack = await publish(self._inbox, subject, b"", heads, timeout=1.0)
            if ack and not ack.error:
                return
        raise LogUnavailable(f"a wake timer of {debate} could not be armed")
