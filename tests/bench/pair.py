"""The two bare services in processes of their own, and chains of messages through them."""

from __future__ import annotations

import asyncio
import contextlib
import os
import subprocess
import sys
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path

from nats.aio.client import Client as Nats
from nats.aio.msg import Msg

from bench import bare, floors
from bench.machine import environment
from conftest import Server

PATIENCE_S = 60.0


@dataclass
class Pair:
    """Asker and answerer on a server."""

    server: Server
    nc: Nats
    folder: Path
    processes: dict[str, subprocess.Popen[bytes]] = field(default_factory=dict)
    made: int = 0
    done: dict[str, asyncio.Event] = field(default_factory=dict)

    async def provision(self) -> None:
        """The stream, the durables and what hears the chains' ends."""
        js = self.nc.jetstream()
        await js.add_stream(name=bare.STREAM, subjects=["bare.>"])
        for part, filters in bare.PARTS.items():
            config = {"durable_name": part, "filter_subjects": list(filters), "ack_policy": "explicit"}
            await floors.api(self.nc, f"CONSUMER.DURABLE.CREATE.{bare.STREAM}.{part}", bare.STREAM, config)
        await self.nc.subscribe("bare.*.done.*", cb=self._done)

    async def _done(self, message: Msg) -> None:
        if event := self.done.pop(message.subject.split(".")[1], None):
            event.set()

    def start(self, part: str) -> datetime:
        """Start one of the two; when."""
        env = environment(PYTHONPATH=str(Path(__file__).parents[1]))
        command = [sys.executable, "-m", "bench.bare", self.server.url, part]
        began = datetime.now(UTC)
        with (self.folder / f"{part}.log").open("ab") as out:
            self.processes[part] = subprocess.Popen(command, env=env, stdout=out, stderr=out)
        return began

    def end(self, part: str) -> None:
        self.processes[part].kill()
        self.processes[part].wait()

    def pids(self) -> dict[str, int]:
        assert self.server.process is not None
        parts = {part: process.pid for part, process in self.processes.items()}
        return {"nats-server": self.server.process.pid, **parts, "application": os.getpid()}

    async def chain(self) -> str:
        """One chain from its request to its end; its name."""
        name = f"c{self.made}"
        self.made += 1
        ended = self.done[name] = asyncio.Event()
        await self.nc.jetstream().publish(f"bare.{name}.request.0", bare.ASK)
        await asyncio.wait_for(ended.wait(), PATIENCE_S)
        return name

    async def chains(self, count: int, at_once: int) -> list[str]:
        """Many of them, `at_once` in flight; their names."""
        gate = asyncio.Semaphore(at_once)

        async def gated() -> str:
            async with gate:
                return await self.chain()

        return list(await asyncio.gather(*(gated() for _ in range(count))))

    async def stamps(self) -> dict[str, dict[str, datetime]]:
        """When the server stored what: chain -> `<kind>.<n>` -> time."""
        found: dict[str, dict[str, datetime]] = {}

        def keep(message: Msg) -> None:
            _, chain, what = message.subject.split(".", 2)
            found.setdefault(chain, {})[what] = datetime.fromtimestamp(floors.nanoseconds(message) / 1e9, UTC)

        await floors.pulled(self.nc, bare.STREAM, keep)
        return found


@contextlib.asynccontextmanager
async def opened(folder: Path, server: Server, nc: Nats) -> AsyncIterator[Pair]:
    """Both services, hearing."""
    pair = Pair(server, nc, folder)
    await pair.provision()
    for part in bare.PARTS:
        pair.start(part)
    try:
        await pair.chain()
        yield pair
    finally:
        for part in bare.PARTS:
            pair.end(part)
