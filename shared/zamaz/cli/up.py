"""`zamaz up` and `zamaz init`."""

from __future__ import annotations

import asyncio
import contextlib
import signal

from nats.aio.client import Client as Nats

from zamaz import connection, provision
from zamaz.cli.settings import CliSettings
from zamaz.cli.voice import say
from zamaz.definition import load
from zamaz.embedded import house
from zamaz.embedded.settings import EmbeddedSettings
from zamaz.permissions import INIT

UP_S = 60
"""How long a service may take to come up, on a busy machine."""


async def up(local_model: bool | None) -> None:
    """Run everything until SIGINT or SIGTERM."""
    settings, embedded = CliSettings(), EmbeddedSettings()
    catalog = load(settings.definitions)
    if settings.nats_url:
        await _reachable(settings)
    stop = asyncio.Event()
    for ending in (signal.SIGINT, signal.SIGTERM):
        asyncio.get_running_loop().add_signal_handler(ending, stop.set)
    running = house.whole(
        embedded,
        catalog,
        say,
        definitions=settings.definitions,
        url=settings.nats_url,
        port=house.usual_port(),
        local_model=local_model,
    )
    async with running as here:
        say(f"server    {here.url}")
        say(f"data      {here.home}")
        say(f"model     {'the bundled small model' if here.local_model else 'none of our own'}")
        for name, url in here.health.items():
            say(f"{name:<13} {url}/health {url}/metrics {url}/docs")
        nc = await connection.connect(here.url, "cli", timeout=10, creds=settings.nats_creds, nkey=settings.seed())
        waiting = asyncio.create_task(_lacking(here, nc))
        stopped = asyncio.create_task(stop.wait())
        await asyncio.wait({waiting, stopped}, return_when=asyncio.FIRST_COMPLETED)
        if not stop.is_set():
            say(waiting.result() or "ready: zamaz ask …   (Ctrl-C stops everything)")
        await stopped
        say("stopping …")
        with contextlib.suppress(asyncio.CancelledError):
            waiting.cancel()
        await nc.close()
    say("stopped")


async def _lacking(here: house.House, nc: Nats) -> str:
    """What did not come up in time, or ""."""
    if silent := await house.silent(here.health, UP_S):
        return f"{' and '.join(silent)} did not come up; see the logs in {here.home / 'logs'}"
    return "" if await house.debater_lives(nc, UP_S) else "no debater came up; see the logs"


async def _reachable(settings: CliSettings) -> None:
    """Ask before anything starts. Raises ServerUnreachable."""
    nc = await connection.connect(settings.nats_url, "cli", creds=settings.nats_creds, nkey=settings.seed())
    await nc.close()


async def init(max_bytes: int, replicas: int) -> None:
    """Provision the server of ZAMAZ_NATS_URL. Raises NotProvisioned, ServerUnreachable, DefinitionError."""
    settings = CliSettings()
    catalog = load(settings.definitions)
    url, seed = settings.nats_url or connection.DEFAULT_URL, settings.seed(INIT)
    nc = await connection.connect(url, INIT, creds=settings.nats_creds, nkey=seed)
    for line in await provision.provision(nc, catalog.models.concurrency(), max_bytes=max_bytes, replicas=replicas):
        say(line)
    await nc.close()
