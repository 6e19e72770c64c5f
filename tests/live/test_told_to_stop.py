"""A service that is told to stop while the server is away ends in order all the same."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest

from zamaz import connection, provision
from zamaz.definition import default_folder, load

from conftest import Server
from live.processes import Process, staff

pytestmark = pytest.mark.live


async def logged(process: Process, word: str) -> None:
    async with asyncio.timeout(120):
        while not process.told(word):
            await asyncio.sleep(0.05)


@pytest.mark.parametrize("name", ["workflow", "debater"])
async def test_a_service_that_is_told_to_stop_without_a_server_ends_in_order(
    server: Server, tmp_path: Path, name: str
) -> None:
    nc = await connection.connect(server.url, "test", timeout=30)
    await provision.provision(nc, load(default_folder()).models.concurrency())
    await nc.close()
    with staff(tmp_path, server.url) as services:
        (process,) = services.hire(name)
        await logged(process, '"listening"')
        server.kill()
        await logged(process, '"event": "nats"')
        assert await asyncio.to_thread(process.stop) == 0
        assert process.told('"stopping"')
        assert "failed" not in process.log.read_text()
