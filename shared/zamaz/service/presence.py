"""A process' sign of life among its kind: it is renewed from before the first pull until the end, so that one that
still has calls in the air does not look gone."""

from __future__ import annotations

import asyncio
import logging
import os
import re
import secrets
import socket
from collections.abc import Callable

from zamaz.alive import EVERY_S, Alive, Lease
from zamaz.errors import LogError

_log = logging.getLogger("zamaz.service")


class Presence:
    """Renews the lease of the process `by` each second, with whatever `lease` says by then."""

    def __init__(self, alive: Alive, by: str, lease: Callable[[], Lease] = Lease) -> None:
        self._alive, self.by, self._lease = alive, by, lease
        self._task: asyncio.Task[None] | None = None

    async def start(self) -> None:
        """Put the lease once, then go on with it."""
        await self.renew()
        self._task = asyncio.create_task(self._renewing())

    async def renew(self) -> None:
        """Put the lease now; a server that is away or refuses is asked again a second later."""
        try:
            await self._alive.renew(self.by, self._lease())
        except LogError as error:
            _log.warning("the lease was not taken: %s", error)

    async def reconnected(self) -> None:
        """The server came back, perhaps without any lease."""
        await self._alive.reconnected()
        await self.renew()

    async def _renewing(self) -> None:
        loop = asyncio.get_running_loop()
        while True:
            began = loop.time()
            await self.renew()
            await asyncio.sleep(max(0.1, EVERY_S - (loop.time() - began)))


def process() -> str:
    """A token for this process that no other has ever had."""
    host = re.sub(r"[^A-Za-z0-9_-]", "-", socket.gethostname())[:32]
    return f"{host or 'host'}-{os.getpid()}-{secrets.token_hex(4)}"
