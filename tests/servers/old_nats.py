"""A stand-in at the network's edge: greets like a NATS server of a given version, and can do nothing else."""

from __future__ import annotations

import asyncio
import contextlib
import json
from collections.abc import AsyncIterator


@contextlib.asynccontextmanager
async def greeting(version: str) -> AsyncIterator[str]:
    """The address of a server that says it is `version`."""
    info = {"server_id": "OLD", "version": version, "proto": 1, "headers": True, "max_payload": 1048576}

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(b"INFO " + json.dumps(info).encode() + b"\r\n")
        while line := await reader.readline():
            if line.startswith(b"PING"):
                writer.write(b"PONG\r\n")
        writer.close()

    server = await asyncio.start_server(serve, "127.0.0.1", 0)
    async with server:
        host, port = server.sockets[0].getsockname()
        yield f"nats://{host}:{port}"
