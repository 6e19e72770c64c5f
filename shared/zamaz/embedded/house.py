"""The whole house on one machine: server, streams, model and services, started and stopped in order."""

from __future__ import annotations

import asyncio
import contextlib
import fcntl
import socket
import sys
import urllib.request
from collections.abc import AsyncIterator, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from nats.aio.client import Client as Nats

from zamaz import connection, provision
from zamaz.alive import Alive
from zamaz.definition import Catalog
from zamaz.embedded import model_server, nats_server
from zamaz.embedded.child import Child, Say
from zamaz.embedded.run import installed
from zamaz.embedded.settings import EmbeddedSettings, has_value, inherited
from zamaz.errors import LogError, ZamazError

PATIENCE_S = 15.0
URL_FILE = "url"


class HouseTaken(ZamazError):
    """The folder belongs to another running house."""


@dataclass
class House:
    """What runs: the server's address, and the processes in the order in which they were started."""

    url: str
    home: Path
    children: list[Child] = field(default_factory=list)
    health: dict[str, str] = field(default_factory=dict)
    local_model: bool = False


def free_port() -> int:
    """A loopback port that is free now."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@contextlib.contextmanager
def _only_one(home: Path) -> Iterator[None]:
    """Hold the folder's lock. Raises ZamazError when another house stands on it."""
    home.mkdir(parents=True, exist_ok=True)
    with (home / "lock").open("a") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            raise HouseTaken(f"another zamaz runs on {home}: use that one, end it, or set ZAMAZ_HOME") from error
        yield


def usual_port() -> int:
    """NATS' own port where it is free, so that clients find the house without being told; else any free one."""
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", 4222))
        except OSError:
            return free_port()
        return 4222


def needs_local_model(catalog: Catalog, settings: EmbeddedSettings) -> bool:
    """Whether the bundled model must sit in: no key, no Ollama, or a model file was named.

    Raises ZamazError where the named file is none.
    """
    if settings.local_url:
        return False
    if settings.local_gguf:
        return bool(model_server.weights(settings))
    if not model_server.available(settings):
        return False
    providers = catalog.models.providers.values()
    if any(p.key_env and has_value(p.key_env) for p in providers):
        return False
    return not _ollama_answers(settings)


def _ollama_answers(settings: EmbeddedSettings) -> bool:
    address = settings.ollama_host or "127.0.0.1:11434"
    url = address if "://" in address else f"http://{address}"
    return _answers(f"{url.rstrip('/')}/api/tags")


def _answers(url: str) -> bool:
    try:
        with urllib.request.urlopen(url, timeout=0.5) as reply:  # noqa: S310 - http(s) only
            return bool(reply.status in (200, 204))
    except (OSError, ValueError):
        return False


async def _server(settings: EmbeddedSettings, say: Say, port: int) -> tuple[Child, str]:
    home = settings.home
    command = nats_server.command(home, port=port, sync=settings.nats_sync)
    child = Child("nats-server", command, inherited(), home / "logs" / "nats-server.log", say)
    child.start()
    for _ in range(200):
        if nats_server.address(home):
            return child, f"nats://127.0.0.1:{port}"
        await asyncio.sleep(0.05)
    await child.stop(1)
    raise ZamazError(f"nats-server did not start; its log is {home / 'nats.log'}")


@contextlib.asynccontextmanager
async def server_only(settings: EmbeddedSettings, catalog: Catalog, say: Say) -> AsyncIterator[House]:
    """The server with its streams, and nothing else: enough to read what stands in the log.

    Raises HouseTaken where another one holds the folder.
    """
    with _only_one(settings.home):
        async with _own_server(settings, catalog, say, free_port()) as house:
            yield house


@contextlib.asynccontextmanager
async def _own_server(settings: EmbeddedSettings, catalog: Catalog, say: Say, port: int) -> AsyncIterator[House]:
    child, url = await _server(settings, say, port)
    try:
        nc = await connection.connect(url, "init", timeout=10)
        await provision.provision(nc, catalog.models.concurrency())
        await nc.close()
        yield House(url, settings.home, [child])
    finally:
        await child.stop(PATIENCE_S)


@contextlib.asynccontextmanager
async def whole(
    settings: EmbeddedSettings,
    catalog: Catalog,
    say: Say,
    *,
    definitions: Path,
    url: str = "",
    port: int = 0,
    local_model: bool | None = None,
) -> AsyncIterator[House]:
    """Everything. With `url`, on that server instead of one of our own, which listens on `port` (0: any free
    one). `local_model` None: where needed. Raises HouseTaken where another one holds the folder."""
    async with contextlib.AsyncExitStack() as stack:
        stack.enter_context(_only_one(settings.home))
        house = House(url, settings.home)
        if not url:
            own = _own_server(settings, catalog, say, port or free_port())
            house = await stack.enter_async_context(own)
        wanted = needs_local_model(catalog, settings) if local_model is None else local_model
        env = {"ZAMAZ_NATS_URL": house.url, "ZAMAZ_DEFINITIONS": str(definitions)}
        started: list[Child] = []
        stack.push_async_callback(_stop_all, started)
        if wanted:
            model, address = await _model(settings, say)
            started.append(model)
            env["ZAMAZ_LOCAL_URL"] = address
            house.local_model = True
        for name in installed():
            port = free_port()
            house.health[name] = f"http://127.0.0.1:{port}"
            started.append(_service(name, settings.home, {**env, "ZAMAZ_HTTP_PORT": str(port)}, say))
        house.children += started
        if not url:
            stack.enter_context(_announced(house))
        yield house


@contextlib.contextmanager
def _announced(house: House) -> Iterator[None]:
    """Others on this machine find the whole house by its address."""
    file = house.home / "run" / URL_FILE
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(house.url, encoding="utf-8")
    try:
        yield
    finally:
        file.unlink(missing_ok=True)


def _service(name: str, home: Path, env: dict[str, str], say: Say) -> Child:
    command = [sys.executable, "-m", "zamaz.embedded.run", name]
    child = Child(name, command, inherited(**env), home / "logs" / f"{name}.log", say)
    child.start()
    return child


async def _model(settings: EmbeddedSettings, say: Say) -> tuple[Child, str]:
    port = free_port()
    command = [sys.executable, "-m", "zamaz.embedded.model_server", str(port)]
    child = Child("model", command, inherited(), settings.home / "logs" / "model.log", say)
    child.start()
    url = f"http://127.0.0.1:{port}/v1"
    for _ in range(300):
        if await asyncio.to_thread(_answers, f"{url}/models"):
            return child, url
        await asyncio.sleep(0.1)
    await child.stop(1)
    raise ZamazError(f"the model server did not start; its log is {child.log}")


async def _stop_all(children: list[Child]) -> None:
    """Services first and together, then what they lean on."""
    services = [child for child in children if child.name != "model"]
    await asyncio.gather(*(child.stop(PATIENCE_S) for child in services))
    await asyncio.gather(*(child.stop(PATIENCE_S) for child in children if child.name == "model"))


async def debater_lives(nc: Nats, patience: float) -> bool:
    """Whether a debater tells what it can reach, within `patience` seconds."""
    alive = Alive(nc)
    for _ in range(max(1, int(patience * 10))):
        try:
            if await alive.reach():
                return True
        except LogError:
            pass
        await asyncio.sleep(0.1)
    return False


async def silent(health: Mapping[str, str], patience: float) -> list[str]:
    """The services that do not answer on their HTTP port, or answer that they cannot work, within `patience` seconds:
    those of `health`, which maps each to its address."""
    waiting = dict(health)
    deadline = asyncio.get_running_loop().time() + patience
    while waiting and asyncio.get_running_loop().time() < deadline:
        for name, url in list(waiting.items()):
            if await asyncio.to_thread(_answers, f"{url}/health"):
                del waiting[name]
        await asyncio.sleep(0.1 if waiting else 0)
    return list(waiting)


def running_url(home: Path) -> str:
    """The address of the house that runs on this folder, or ""."""
    try:
        return (home / "run" / URL_FILE).read_text(encoding="utf-8").strip()
    except OSError:
        return ""
