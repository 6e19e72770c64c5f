"""FastStream's broker, which can end while the server is away too."""

from __future__ import annotations

from types import TracebackType

from faststream.nats import NatsBroker
from nats.errors import ConnectionClosedError, ConnectionReconnectingError


class Broker(NatsBroker):
    """Where there is nobody to drain to, the connection is closed as it is. What was not acknowledged comes again."""

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
