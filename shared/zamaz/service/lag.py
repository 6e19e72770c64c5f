"""How far behind a service is: asked of the server when somebody scrapes, and at no other time."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence

from nats.aio.client import Client as Nats

from zamaz.errors import NotProvisioned, ServerUnreachable
from zamaz.provision import Feed, backlog
from zamaz.service.metrics import Metrics

FRESH_S = 1.0


class Lag:
    """The backlog of a service's own durables. All replicas of a service tell the same of each."""

    def __init__(self, metrics: Metrics, feeds: Sequence[Feed]) -> None:
        self._metrics, self._feeds = metrics, feeds
        self._looked = -FRESH_S

    async def look(self, nc: Nats) -> None:
        """Set the gauges, at most once a second. While the server does not tell, there are none."""
        now = asyncio.get_running_loop().time()
        if now - self._looked < FRESH_S:
            return
        self._looked = now
        try:
            found = await asyncio.gather(*(backlog(nc, feed) for feed in self._feeds))
        except (NotProvisioned, ServerUnreachable):
            self._metrics.waiting.clear()
            self._metrics.in_work.clear()
            return
        for feed, behind in zip(self._feeds, found, strict=True):
            self._metrics.waiting(feed.durable).set(behind.waiting)
            self._metrics.in_work(feed.durable).set(behind.in_work)
