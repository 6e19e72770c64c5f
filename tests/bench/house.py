"""The real house under measurement: a nats-server and the services, each in a process of its own."""

from __future__ import annotations

import asyncio
import contextlib
import os
import time
import urllib.request
from collections.abc import AsyncIterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from types import MappingProxyType

import zamaz
from zamaz import provision, subjects
from zamaz.alive import Alive
from zamaz.definition import default_folder, load
from zamaz.events import Recorded
from zamaz.replay import replay

from bench import machine, scripts
from conftest import Server
from live.processes import SERVICES, Process, Staff, staff
from servers.ports import free_port

PATIENCE_S = 120.0
LOOKED_AT_S = 1.0
CONNECT_S = 30.0


@dataclass
class House:
    """What runs. `health` holds each process' address by its log's name."""

    server: Server
    staff: Staff
    client: zamaz.Client
    scripts: list[str]
    health: dict[str, str] = field(default_factory=dict)

    def hire(self, name: str, kind: type[Process] = Process) -> Process:
        """Start one more process of a service."""
        port = str(free_port())
        own = {"ZAMAZ_NATS_URL": self.server.url, "ZAMAZ_HTTP_PORT": port, **self.staff.env}
        process = kind(name, self.staff.folder / f"{name}-{len(self.health)}.log", machine.environment(**own))
        process.start()
        self.staff.all.append(process)
        self.health[process.log.name] = f"http://127.0.0.1:{port}/health"
        return process

    def kill(self, process: Process) -> None:
        """Kill -9, and no more of it."""
        process.kill()
        self.staff.all.remove(process)

    async def listening(self, processes: Sequence[Process]) -> None:
        """Wait until each of them is healthy: a service says so once it hears."""
        deadline = time.monotonic() + PATIENCE_S
        for process in processes:
            while not await asyncio.to_thread(_healthy, self.health[process.log.name]):
                assert time.monotonic() < deadline, (
                    f"{process.log.name} is not healthy\n{process.log.read_text()[-4000:]}"
                )
                await asyncio.sleep(0.02)

    async def seated(self) -> None:
        """Wait until the workflow can find the scripts' seats: the debaters' leases stand and were looked at."""
        alive = Alive(self.client.nc)
        async with asyncio.timeout(PATIENCE_S):
            while len(await alive.leases()) < len(self.staff.of("debater")):
                await asyncio.sleep(0.05)
        await asyncio.sleep(LOOKED_AT_S)

    def pids(self) -> dict[str, int]:
        """The server's, the services' and the application's (this process'). Replicas go by their logs' names."""
        assert self.server.process is not None
        found = {"nats-server": self.server.process.pid}
        for process in self.staff.all:
            if process.process and process.process.poll() is None:
                found[process.name if process.name not in found else process.log.stem] = process.process.pid
        return {**found, "application": os.getpid()}

    async def newest(self) -> int:
        """The log's last sequence."""
        return int((await self.client.nc.jetstream().stream_info(subjects.EVENTS)).state.last_seq)

    async def facts(self, since: int = 1) -> list[Recorded]:
        """The debates' facts from a sequence on."""
        batches = replay(self.client.nc, since)
        return [heard async for batch in batches for heard in batch if heard.debate != subjects.LIBRARY]


def _healthy(url: str) -> bool:
    try:
        with urllib.request.urlopen(url, timeout=1) as reply:
            return bool(reply.status == 204 or reply.status == 200)
    except OSError:
        return False


@contextlib.asynccontextmanager
async def opened(
    folder: Path,
    *,
    sync: str = "2m",
    second: Sequence[str] = (),
    variants: int = scripts.VARIANTS,
    delay: float = 0.0,
    kinds: Mapping[str, type[Process]] = MappingProxyType({}),
) -> AsyncIterator[House]:
    """A house in `folder` that is ready to debate, ended in order. `delay` is each model call's time in seconds,
    `second` names services that get a second replica, `kinds` those that run as another kind of process.

    The server's folder stays, for whoever looks at its files.
    """
    async with contextlib.AsyncExitStack() as ending:
        server = Server(folder / "nats", sync=sync)
        server.folder.mkdir(parents=True)
        ending.callback(server.stop)
        server.start()
        names = scripts.write(folder / "scripts", variants, delay)
        client = await ending.enter_async_context(await zamaz.connect(server.url, timeout=CONNECT_S))
        await provision.provision(client.nc, load(default_folder()).models.concurrency())
        env = {"ZAMAZ_LOG_LEVEL": "WARNING", "ZAMAZ_STOP_PATIENCE": "15", "ZAMAZ_SCRIPTS": str(folder / "scripts")}
        house = House(server, ending.enter_context(staff(folder, server.url, **env)), client, names)
        for name in (*SERVICES, *second):
            house.hire(name, kinds.get(name, Process))
        await house.listening(house.staff.all)
        await house.seated()
        yield house
