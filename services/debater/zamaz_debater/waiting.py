"""Turns that wait for a provider whose circuit is open. Where a reserve at another provider can speak for their seat,
they are let go: the workflow asks that one, and does not wait for a provider that may be long away. Where their time is
over before the circuit closes, it is said that nobody was asked, and why."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable
from datetime import UTC, datetime

from nats.aio.client import Client as Nats

from zamaz import provision, subjects
from zamaz.errors import LogError
from zamaz.events import Recorded
from zamaz.events.workflow import TurnRequested
from zamaz.inbox import Inbox
from zamaz.log import recorded
from zamaz.wire import DirectGets
from zamaz_debater import ends, turn
from zamaz_debater.pen import Pen

EVERY_S = 2.0
LEAST_S = 0.05
TIMEOUT_S = 5.0
_log = logging.getLogger("zamaz.debater")


class Waiting:
    """Looks at the queues behind open circuits, for as long as they are open."""

    def __init__(self, nc: Nats, pen: Pen, now: Callable[[], datetime]) -> None:
        self._nc, self._pen, self._now = nc, pen, now
        self._gets = DirectGets(Inbox(nc))
        self._until: dict[str, float] = {}
        self._looking: dict[str, asyncio.Task[None]] = {}

    def let_go(self, provider: str, until: float) -> None:
        """Its circuit is open until then (seconds since 1970)."""
        self._until[provider] = max(until, self._until.get(provider, 0.0))
        looking = self._looking.get(provider)
        if looking is None or looking.done():
            self._looking[provider] = asyncio.create_task(self._look(provider))

    async def _look(self, provider: str) -> None:
        while (left := self._left(provider)) > 0:
            again = min(EVERY_S, left)
            try:
                for heard in await self._queued(provider):
                    if isinstance(heard.fact, TurnRequested):
                        again = min(again, await self._let_go(heard.debate, heard.fact, heard.id))
            except LogError as error:
                _log.warning("the queue of %s could not be read: %s", provider, error)
            await asyncio.sleep(max(again, LEAST_S))

    def _left(self, provider: str) -> float:
        return self._until[provider] - self._now().timestamp()

    async def _queued(self, provider: str) -> list[Recorded]:
        """The turns that its consumer has not done with. Raises LogError."""
        done = await provision.done_upto(self._nc, subjects.EVENTS, subjects.provider_durable(provider))
        wanted = (subjects.provider_turns(provider),)
        page = await self._gets.matching(subjects.EVENTS, wanted, done + 1, TIMEOUT_S)
        return [heard for heard in map(recorded, page.messages) if heard and heard.seq > done]

    async def _let_go(self, debate: str, asked: TurnRequested, because: str) -> float:
        """Say that nobody is asked, if it is time to; else the seconds until it is."""
        d = (await self._pen.read(debate, 1)).state
        now, until = self._now(), datetime.fromtimestamp(self._until[asked.provider], UTC)
        at = turn.let_go_at(d, asked, now, until)
        if at is None:
            return EVERY_S
        if now < at:
            return (at - now).total_seconds()
        await self._pen.answered(debate, ends.shut_out(asked, now, until), because)
        return EVERY_S
