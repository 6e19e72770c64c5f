"""Several servers that share the load: the least busy of those that answer."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncGenerator, Awaitable, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from dataclasses import dataclass, field

from zamaz_orchestrator.port import PassUp

LOOK_AGAIN_S = 10.0
"""How long what was seen of a host is believed."""

Look = Callable[[str], Awaitable[tuple[str, ...] | None]]


@dataclass
class Host:
    """One server: its calls in flight, when it was last seen, and which models it has (None: it does not tell)."""

    address: str
    busy: int = 0
    looked: float = field(default=-LOOK_AGAIN_S)
    up: bool = True
    models: tuple[str, ...] | None = None

    def has(self, model: str) -> bool:
        """Whether it has a model, whose tag may be left out."""
        return self.models is not None and bool({model, f"{model}:latest"} & set(self.models))


class Hosts:
    """`look` answers what a host has, and raises ConnectionError where nobody answers."""

    def __init__(self, addresses: tuple[str, ...], look: Look) -> None:
        self._hosts = [Host(address) for address in addresses]
        self._look = look
        self._looking: dict[str, asyncio.Task[None]] = {}

    async def least_busy(self, model: str) -> AbstractAsyncContextManager[Host]:
        """The one to ask, counted as busy while it is. Those that have the model come first. Raises PassUp."""
        healthy = await self.healthy()
        best = min(healthy, key=lambda host: (host.models is not None and not host.has(model), host.busy))
        return _busy(best)

    async def healthy(self) -> list[Host]:
        """Those that answer. Raises PassUp where none does."""
        if not self._hosts:
            raise PassUp("OLLAMA_HOST is not set", "not_configured")
        await asyncio.gather(*(self._seen(host) for host in self._hosts))
        if not (healthy := [host for host in self._hosts if host.up]):
            nowhere = ", ".join(host.address for host in self._hosts)
            raise PassUp(f"no Ollama answers at {nowhere}", "unreachable") from ConnectionError(nowhere)
        return healthy

    def failed(self, host: Host) -> None:
        """A call went wrong: it is looked at again before the next one."""
        host.looked = -LOOK_AGAIN_S

    def look_again(self, address: str) -> None:
        """What a host has may have changed."""
        for host in self._hosts:
            if host.address == address:
                self.failed(host)

    async def _seen(self, host: Host) -> None:
        """One look at a time, whoever wants to know."""
        if time.monotonic() - host.looked < LOOK_AGAIN_S:
            return
        looking = self._looking.get(host.address)
        if looking is None or looking.done():
            looking = self._looking[host.address] = asyncio.create_task(self._see(host))
        await asyncio.shield(looking)

    async def _see(self, host: Host) -> None:
        try:
            host.models, host.up = await self._look(host.address), True
        except ConnectionError:
            host.models, host.up = None, False
        host.looked = time.monotonic()


@asynccontextmanager
async def _busy(host: Host) -> AsyncGenerator[Host, None]:
    host.busy += 1
    try:
        yield host
    finally:
        host.busy -= 1
