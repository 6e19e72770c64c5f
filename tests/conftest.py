"""Real servers for the live tests: one nats-server a test that asks for it, on loopback, in a temporary folder."""

from __future__ import annotations

import asyncio
import signal
import subprocess
import time
from collections.abc import AsyncIterator, Iterator
from dataclasses import dataclass, field
from pathlib import Path

import pytest
from nats.aio.client import Client as Nats

from zamaz import connection, provision
from zamaz.embedded import nats_server
from zamaz.embedded.house import free_port

PROVIDERS = {"script": 64, "local": 4, "custom": 16}


@dataclass
class Server:
    """A nats-server that can be killed and started again on the same port and folder."""

    folder: Path
    port: int = field(default_factory=free_port)
    sync: str = "2m"
    process: subprocess.Popen[bytes] | None = None

    @property
    def url(self) -> str:
        return f"nats://127.0.0.1:{self.port}"

    def command(self) -> list[str]:
        return nats_server.command(self.folder, port=self.port, sync=self.sync)

    def start(self) -> None:
        command = self.command()
        with (self.folder / "server.out").open("ab") as out:
            self.process = subprocess.Popen(command, stdout=out, stderr=out)
        deadline = time.monotonic() + 60
        while not nats_server.address(self.folder):
            assert time.monotonic() < deadline, (self.folder / "nats.log").read_text()
            time.sleep(0.02)

    def kill(self) -> None:
        assert self.process is not None
        self.process.send_signal(signal.SIGKILL)
        self.process.wait()

    def stop(self) -> None:
        if self.process and self.process.poll() is None:
            self.process.terminate()
            self.process.wait(timeout=15)


@pytest.fixture
def server(tmp_path: Path) -> Iterator[Server]:
    """A running nats-server, not provisioned."""
    made = Server(tmp_path / "nats")
    made.folder.mkdir()
    made.start()
    yield made
    made.stop()


@pytest.fixture
async def nc(server: Server) -> AsyncIterator[Nats]:
    """A connection to a provisioned server."""
    client = await connection.connect(server.url, "test", timeout=10)
    await provision.provision(client, PROVIDERS)
    yield client
    await asyncio.wait_for(client.close(), 10)
