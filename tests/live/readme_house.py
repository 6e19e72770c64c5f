"""The house that the README's commands and examples are tried on: one for all tests of a module."""

from __future__ import annotations

import asyncio
import contextlib
import os
import re
import sys
from collections.abc import AsyncIterator, Iterator
from dataclasses import dataclass, field
from pathlib import Path

import pytest

import zamaz
from zamaz import subjects
from zamaz.events import Recorded

from conftest import Server
from live.houses import clean_environment, wait_for_debaters
from live.processes import SERVICES, Staff, staff
from live.readme import ROOT
from servers.ports import free_port

BIN = Path(sys.executable).parent
SEATS = ("--participants", "script/agree,script/agree")
DEBATE = re.compile(r"^debate (\S+)$", re.MULTILINE)


@dataclass(frozen=True)
class Done:
    """A command that has ended."""

    out: str
    err: str

    @property
    def debate(self) -> str:
        """The id that `zamaz ask` names."""
        found = DEBATE.search(self.err)
        assert found, self.err
        return found[1]


@dataclass
class House:
    """A server, the four services, and a client. `ports` are those of the services' HTTP servers."""

    server: Server
    services: Staff
    folder: Path
    ports: dict[str, int] = field(default_factory=dict)
    client: zamaz.Client = field(init=False)

    def env(self, **more: str) -> dict[str, str]:
        """The environment of a command that is to find this house."""
        named = {"ZAMAZ_NATS_URL": self.server.url, "ZAMAZ_HOME": str(self.folder / "home")}
        return {**os.environ, "PATH": f"{BIN}{os.pathsep}{os.environ['PATH']}", **named, **more}

    def away(self, name: str, **more: str) -> dict[str, str]:
        """The environment of a newcomer: no server is named, and nothing runs in the home of that name.

        An address of a model server keeps the bundled one from being started: nobody asks it anything here.
        """
        found = self.env(ZAMAZ_HOME=str(self.folder / name), ZAMAZ_LOCAL_URL="http://127.0.0.1:1/v1", **more)
        del found["ZAMAZ_NATS_URL"]
        return found

    async def run(self, *command: str, code: int = 0, env: dict[str, str] | None = None, patience: float = 240) -> Done:
        """Run a command to its end, in the project's folder. It must end with `code`."""
        process = await self.start(*command, env=env)
        try:
            out, err = await asyncio.wait_for(process.communicate(), patience)
        finally:
            if process.returncode is None:
                process.kill()
                await process.wait()
        done = Done(out.decode(), err.decode())
        assert process.returncode == code, f"{command} ended with {process.returncode}\n{done.out}\n{done.err}"
        return done

    async def start(self, *command: str, env: dict[str, str] | None = None) -> asyncio.subprocess.Process:
        """Start a command whose output can be read while it runs."""
        return await asyncio.create_subprocess_exec(
            *command, cwd=ROOT, env=env or self.env(), stdin=asyncio.subprocess.DEVNULL,
            stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.PIPE,
        )  # fmt: skip

    async def facts(self, debate: str) -> list[Recorded]:
        return (await self.client.log.load(debate)).facts

    async def until(self, debate: str, kind: type[zamaz.Fact], count: int = 1) -> None:
        """Wait until so many facts of a type stand."""
        async with asyncio.timeout(120):
            while sum(isinstance(heard.fact, kind) for heard in await self.facts(debate)) < count:
                await asyncio.sleep(0.05)

    async def debated(self) -> str:
        """A debate that has ended with a decision."""
        debate = await self.client.request("Should we?", participants=("script/agree", "script/agree"))
        await self.client.completed(debate, timeout=120)
        return debate

    @contextlib.asynccontextmanager
    async def thinking(self) -> AsyncIterator[str]:
        """A debate whose first turns are asked, and answered when the block ends."""
        js = self.client.nc.jetstream()
        queue = (subjects.EVENTS, "debater-script")
        await js.pause_consumer(*queue, "2999-01-01T00:00:00Z")
        try:
            debate = await self.client.request("Should we?", participants=("script/agree", "script/agree"))
            await self.until(debate, zamaz.events.workflow.TurnRequested, 2)
            yield debate
        finally:
            await js.resume_consumer(*queue)


async def read_until(word: str, stream: asyncio.StreamReader | None, patience: float = 240) -> str:
    """What a running command has printed when a word comes."""
    assert stream
    told = ""
    while word not in told:
        line = (await asyncio.wait_for(stream.readline(), patience)).decode()
        assert line, f"it ended without {word!r}:\n{told}"
        told += line
    return told


@pytest.fixture(scope="module")
def running(tmp_path_factory: pytest.TempPathFactory) -> Iterator[House]:
    """A house of four processes, on a server that `zamaz init` made ready."""
    folder = tmp_path_factory.mktemp("readme")
    server = Server(folder / "nats")
    server.folder.mkdir()
    with pytest.MonkeyPatch.context() as patch, staff(folder, server.url) as services:
        clean_environment(patch)
        server.start()
        house = House(server, services, folder)
        try:
            asyncio.run(open_house(house))
            yield house
        finally:
            services.dismiss()
            server.stop()


async def open_house(house: House) -> None:
    await house.run("zamaz", "init")
    for name in SERVICES:
        house.ports[name] = free_port()
        house.services.env["ZAMAZ_HTTP_PORT"] = str(house.ports[name])
        house.services.hire(name)
    async with await zamaz.connect(house.server.url, timeout=30) as client:
        await wait_for_debaters(client.nc, 1)


@pytest.fixture
async def house(running: House) -> AsyncIterator[House]:
    """The module's house, with a client of the test's own."""
    async with await zamaz.connect(running.server.url, timeout=30) as running.client:
        yield running
