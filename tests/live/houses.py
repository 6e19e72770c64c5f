"""The four services on a server of their own, started once for all tests of a file; and waiting for debaters."""

from __future__ import annotations

import asyncio
import contextlib
import os
from collections.abc import Iterator
from pathlib import Path

import pytest
from nats.aio.client import Client as Nats

import zamaz
from zamaz import provision
from zamaz.alive import Alive
from zamaz.definition import default_folder, load
from zamaz.errors import LogError

from conftest import Server
from live.processes import SERVICES, Staff, staff

TOLD = ("ZAMAZ_", "OLLAMA_", "OTEL_", "NATS_", "MAKE", "MFLAGS")
"""What the environment may hold that would lead a command elsewhere."""


def clean_environment(patch: pytest.MonkeyPatch) -> None:
    """No server, no key and no Ollama: nothing is paid, whoever runs the tests."""
    for name in list(os.environ):
        if name.startswith(TOLD) or "_API_KEY" in name:
            patch.delenv(name)
    patch.setenv("OLLAMA_HOST", "127.0.0.1:1")


async def wait_for_debaters(nc: Nats, count: int = 1, patience: float = 120) -> None:
    """Wait until so many live, also on a server that is just coming back."""
    async with asyncio.timeout(patience):
        while await debaters_alive(nc) < count:
            await asyncio.sleep(0.1)


async def debaters_alive(nc: Nats) -> int:
    """How many debaters live; none while the server does not answer."""
    try:
        return len(await Alive(nc).leases())
    except LogError:
        return 0


@contextlib.contextmanager
def running_house(
    folder: Path, *names: str, definitions: Path | None = None, **env: str
) -> Iterator[tuple[Server, Staff]]:
    """A provisioned server and one process of each name (one of each service: none named), ready to debate by the
    shipped definitions or by other ones, and told nothing by this process' environment. Ended in order."""
    server = Server(folder / "nats")
    server.folder.mkdir(parents=True)
    more = {"ZAMAZ_DEFINITIONS": str(definitions)} if definitions else {}
    with (
        pytest.MonkeyPatch.context() as patch,
        contextlib.ExitStack() as ending,
        staff(folder, server.url, **more, **env) as services,
    ):
        clean_environment(patch)
        ending.callback(server.stop)
        server.start()
        asyncio.run(_opened(server, services, names or SERVICES, definitions or default_folder()))
        yield server, services


async def _opened(server: Server, services: Staff, names: tuple[str, ...], definitions: Path) -> None:
    async with await zamaz.connect(server.url, timeout=30) as client:
        await provision.provision(client.nc, load(definitions).models.concurrency())
        services.hire(*names)
        await wait_for_debaters(client.nc, 1)
