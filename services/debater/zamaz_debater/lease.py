"""This process' sign of life, with what it can reach. It is renewed from before the first pull until the end:
a debater that still has calls in the air must not look gone."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Mapping

from zamaz.alive import EVERY_S, Alive, Lease, Reach
from zamaz.errors import LogError
from zamaz_debater.providers.port import Provider

LOOK_AGAIN_S = 10.0
LOOK_PATIENCE_S = 3.0
_log = logging.getLogger("zamaz.debater")


class Presence:
    """Renews the lease each second and looks every ten at what can be reached."""

    def __init__(self, alive: Alive, by: str, providers: Mapping[str, Provider]) -> None:
        self._alive, self.by, self._providers = alive, by, providers
        self._lease = Lease()
        self._tasks: list[asyncio.Task[None]] = []

    async def start(self) -> None:
        """Look once, put the lease once, then go on with both."""
        await self._look()
        await self.renew()
        self._tasks = [asyncio.create_task(self._renewing()), asyncio.create_task(self._looking())]

    async def renew(self) -> None:
        """Put the lease now; a server that is away or refuses is asked again a second later."""
        try:
            await self._alive.renew(self.by, self._lease)
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

    async def _looking(self) -> None:
        while True:
            await asyncio.sleep(LOOK_AGAIN_S)
            await self._look()

    async def _look(self) -> None:
        found = await asyncio.gather(*(_reach(name, provider) for name, provider in self._providers.items()))
        self._lease = Lease(dict(zip(self._providers, found, strict=True)))


async def _reach(name: str, provider: Provider) -> Reach:
    try:
        async with asyncio.timeout(LOOK_PATIENCE_S):
            return await provider.reach()
    except TimeoutError:
        return Reach(ok=False, why=f"{name} did not answer within {LOOK_PATIENCE_S:g} s")
    except Exception:  # noqa: BLE001 - a bug in one adapter must not take the lease of all of them
        _log.exception("looking at %s failed", name)
        return Reach(ok=False, why=f"looking at {name} failed: see the debater's log")
