"""What this process can reach, for its lease: looked at every ten seconds."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Mapping

from zamaz.alive import Lease, Reach
from zamaz_debater.providers.port import Provider

LOOK_AGAIN_S = 10.0
LOOK_PATIENCE_S = 3.0
_log = logging.getLogger("zamaz.debater")


class Outlook:
    """Which of the providers answer."""

    def __init__(self, providers: Mapping[str, Provider]) -> None:
        self._providers = providers
        self._seen = Lease()
        self._task: asyncio.Task[None] | None = None

    async def start(self) -> None:
        """Look once, then go on with it."""
        await self._look()
        self._task = asyncio.create_task(self._looking())

    def lease(self) -> Lease:
        """As it was seen last."""
        return self._seen

    async def _looking(self) -> None:
        while True:
            await asyncio.sleep(LOOK_AGAIN_S)
            await self._look()

    async def _look(self) -> None:
        found = await asyncio.gather(*(_reach(name, provider) for name, provider in self._providers.items()))
        self._seen = Lease(dict(zip(self._providers, found, strict=True)))


async def _reach(name: str, provider: Provider) -> Reach:
    try:
        async with asyncio.timeout(LOOK_PATIENCE_S):
            return await provider.reach()
    except TimeoutError:
        return Reach(ok=False, why=f"{name} did not answer within {LOOK_PATIENCE_S:g} s")
    except Exception:  # noqa: BLE001 - a bug in one adapter must not take the lease of all of them
        _log.exception("looking at %s failed", name)
        return Reach(ok=False, why=f"looking at {name} failed: see the debater's log")
