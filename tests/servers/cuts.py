"""Not a network: a TCP proxy on loopback whose connections can be cut, refused, held and made deaf."""

from __future__ import annotations

import asyncio
import contextlib

CHUNK = 65536


class Line:
    """Everything that comes to `port` goes on to a server's port, as long as the line is whole."""

    def __init__(self, target: int) -> None:
        self.port = 0
        self._target = target
        self._up, self._down = asyncio.Event(), asyncio.Event()
        self._refusing = False
        self._open: set[asyncio.StreamWriter] = set()
        self._server: asyncio.Server | None = None
        self.mend()

    @property
    def url(self) -> str:
        """For a NATS client."""
        return f"nats://127.0.0.1:{self.port}"

    async def start(self) -> None:
        """Listen on any free port."""
        self._server = await asyncio.start_server(self._came, "127.0.0.1", 0)
        self.port = self._server.sockets[0].getsockname()[1]

    async def stop(self) -> None:
        """Listen no more, and cut what is open."""
        if self._server:
            self._server.close()
        self.cut()

    def cut(self) -> None:
        """Break every connection; new ones are taken."""
        for writer in list(self._open):
            writer.transport.abort()

    def refuse(self) -> None:
        """Break every connection, and every new one too, until `mend`."""
        self._refusing = True
        self.cut()

    def hold(self) -> None:
        """Half-open: connections stand and nothing flows, until `mend` lets it go on."""
        self._up.clear()
        self._down.clear()

    def deafen(self) -> None:
        """What the client says reaches the server; nothing comes back until `mend`."""
        self._down.clear()

    def mend(self) -> None:
        """Whole again; what was held flows on."""
        self._refusing = False
        self._up.set()
        self._down.set()

    async def _came(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            if not self._refusing:
                await self._join(reader, writer)
        finally:
            writer.transport.abort()

    async def _join(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            back, onward = await asyncio.open_connection("127.0.0.1", self._target)
        except OSError:
            return
        ends = {writer, onward}
        self._open |= ends
        ways = [_pump(reader, onward, self._up), _pump(back, writer, self._down)]
        pumps = [asyncio.create_task(way) for way in ways]
        try:
            await asyncio.wait(pumps, return_when=asyncio.FIRST_COMPLETED)
        finally:
            for pump in pumps:
                pump.cancel()
            self._open -= ends
            onward.transport.abort()


async def _pump(source: asyncio.StreamReader, sink: asyncio.StreamWriter, gate: asyncio.Event) -> None:
    with contextlib.suppress(OSError):
        while data := await source.read(CHUNK):
            await gate.wait()
            sink.write(data)
            await sink.drain()
