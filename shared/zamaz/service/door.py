"""How a service comes to its server: with its own key, and with patience for what others bring."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable

from faststream.nats.security import NatsCredentials, NatsNKey, NatsSecurity

from zamaz import connection
from zamaz.errors import NotProvisioned, ServerUnreachable
from zamaz.service.complaints import Patience
from zamaz.service.settings import ServiceSettings

ASK_AGAIN_S = 0.25
_log = logging.getLogger("zamaz.door")


class Door:
    """The server's door, for the service `name`."""

    def __init__(self, name: str, settings: ServiceSettings) -> None:
        self._name, self._url, self._creds = name, settings.nats_url, settings.nats_creds
        self._seed = connection.seed_file(settings.nats_nkey, name)

    def key(self) -> NatsSecurity | None:
        """The key as FastStream takes it."""
        if self._seed:
            return NatsNKey(self._seed)
        return NatsCredentials(self._creds) if self._creds else None

    async def knock(self) -> None:
        """Ask to be let in. Raises ServerUnreachable."""
        await connection.knock(self._url, self._name, creds=self._creds, nkey=self._seed)


async def wait_for(ready: Callable[[], Awaitable[None]]) -> None:
    """Ask until a server is there, knows our key, or holds our streams and consumers. What is in the way is said
    at once, and again every few seconds."""
    patience = Patience()
    while True:
        try:
            return await ready()
        except (NotProvisioned, ServerUnreachable) as problem:
            if patience.is_over(str(problem)):
                _log.warning("waiting: %s", problem)
        await asyncio.sleep(ASK_AGAIN_S)
