"""The real house, each service twice, with a line that can be cut between every process and the server."""

from __future__ import annotations

import asyncio
import contextlib
import shutil
import signal
import zlib
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import zamaz
from zamaz import provision
from zamaz.definition import Catalog, default_folder, load

from chaos.trouble import Post
from conftest import Server
from live.houses import wait_for_debaters
from live.processes import SERVICES, Staff
from servers.asgi import serving
from servers.counting import BLOCK, Till, Wish
from servers.cuts import Line

REPLICAS = 2
START_PATIENCE_S = 180.0
DEFAULT_WORKFLOW = "two_rounds"
STANCES = ("agree", "agree", "partly", "disagree")
POSITIONS = ("Do it.", "Do it.", "Leave it.")
BUSY_ONE_IN = 12


@dataclass
class Moody(Till):
    """Answers that differ from call to call, and are for ever the same for the same call."""

    def wish(self, call: str, asked: dict[str, Any]) -> Wish:
        """A position, views of the others and a delay, all out of the call's name; now and then it is busy."""
        mood = zlib.crc32(call.encode())
        turn, _, n = call.rpartition("-")
        likes = zlib.crc32(turn.encode())
        seconds = 0.1 + (mood % 97) / 97 * 1.4
        if mood % BUSY_ONE_IN == 0 and n == "1":
            return Wish(503, {}, seconds)
        position = POSITIONS[likes % len(POSITIONS)]
        views = {label: STANCES[(likes >> 3) % len(STANCES)] for label in _labels(asked)}
        more = {"argument": f"Said in {call}.", "position": position, "on_others": views}
        return Wish(200, BLOCK | more, seconds)


def _labels(asked: dict[str, Any]) -> list[str]:
    """Whom an answer must judge, by its schema."""
    schema = asked.get("response_format", {}).get("json_schema", {}).get("schema", {})
    return list(schema.get("properties", {}).get("on_others", {}).get("properties", {}))


@dataclass
class House:
    """What runs. `client` and `server` are reached without a line."""

    server: Server
    client: zamaz.Client
    services: Staff
    till: Till
    catalog: Catalog
    definitions: Path
    posts: list[Post] = field(default_factory=list)


def definitions(folder: Path) -> Path:
    """The run's own definitions, with the prompts and scripts that come along."""
    shutil.copytree(Path(__file__).parent / "definitions", folder)
    for name in ("prompts", "scripts"):
        shutil.copytree(default_folder() / name, folder / name)
    return folder


@contextlib.asynccontextmanager
async def house(folder: Path) -> AsyncIterator[House]:
    """Everything, in a folder that is empty; all of it is ended again, whatever state it is in."""
    own = definitions(folder / "definitions")
    catalog = load(own)
    (folder / "nats").mkdir()
    server = Server(folder / "nats", sync="always")
    till = Moody()
    async with contextlib.AsyncExitStack() as stack:
        stack.callback(_end, server)
        await asyncio.to_thread(server.start)
        address = stack.enter_context(serving(till.app))
        client = await stack.enter_async_context(await zamaz.connect(server.url, timeout=30))
        await provision.provision(client.nc, catalog.models.concurrency())
        env = {
            "ZAMAZ_CUSTOM_URL": f"{address}/v1",
            "ZAMAZ_DEFINITIONS": str(own),
            "ZAMAZ_DEFAULT_WORKFLOW": DEFAULT_WORKFLOW,
        }
        services = Staff(folder, server.url, env)
        made = House(server, client, services, till, catalog, own)
        stack.push_async_callback(_dismissed, made)
        for name in SERVICES * REPLICAS:
            await _hire(made, name)
        await wait_for_debaters(client.nc, REPLICAS, START_PATIENCE_S)
        yield made


async def _hire(made: House, name: str) -> None:
    line = Line(made.server.port)
    await line.start()
    (process,) = made.services.hire(name, url=line.url)
    made.posts.append(Post(process, line))


async def _dismissed(made: House) -> None:
    """In a thread, for the lines must go on to carry what is said last."""
    for post in made.posts:
        post.line.mend()
    await asyncio.to_thread(made.services.dismiss)
    for post in made.posts:
        await post.line.stop()


def _end(server: Server) -> None:
    if server.process and server.process.poll() is None:
        server.process.send_signal(signal.SIGCONT)
    server.stop()
