"""FastStream's broker, which can end while the server is away too."""

from __future__ import annotations

from types import TracebackType

from faststream.nats import NatsBroker
from nats.aio.client import Client as Nats
from nats.errors import ConnectionClosedError, ConnectionReconnectingError

from zamaz import connection


class Broker(NatsBroker):
    """On a connection of ours. Where there is nobody to drain to, it is closed as it is. What was not acknowledged
    comes again."""

    async def _connect(self) -> Nats:
        opened = await connection.opened(**self._connection_kwargs)
        self.config.connect(opened)
        return opened

    async def stop(
        self,
        exc_type: type[BaseException] | None = None,
        exc_val: BaseException | None = None,
        exc_tb: TracebackType | None = None,
    ) -> None:
        """End the subscribers and the connection."""
        try:
            await super().stop(exc_type, exc_val, exc_tb)
        except (ConnectionClosedError, ConnectionReconnectingError):
            await self.connection.close()
