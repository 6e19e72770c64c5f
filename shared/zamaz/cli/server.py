"""Finding the debates: the server that was named, the house that runs here, or one started for the while."""

from __future__ import annotations

import asyncio
import contextlib
import fcntl
from collections.abc import AsyncIterator, Callable, Iterator
from pathlib import Path
from typing import IO

from nats.aio.client import Client as Nats
from nats.errors import Error as NatsError

from zamaz import connection, subjects
from zamaz.cli.settings import CliSettings
from zamaz.client import Client
from zamaz.definition import load
from zamaz.embedded import house
from zamaz.embedded.settings import EmbeddedSettings
from zamaz.errors import NotAdmitted, ServerUnreachable
from zamaz.permissions import CLIENT

Say = Callable[[str], None]
PATIENCE_S = 60


class Host(Client):
    """The client of a command that started the server itself: when the command goes, the server goes."""


@contextlib.asynccontextmanager
async def debates(
    settings: CliSettings, say: Say, *, services: bool, local_model: bool | None = None, user: str = CLIENT
) -> AsyncIterator[Client]:
    """A client on whatever server there is.

    Where none answers, our own is started for as long as the block runs: with every service (`services`), or
    alone; the client is a Host then. `user` is whose key is taken out of a folder of keys. A server that was named
    (ZAMAZ_NATS_URL) and does not answer raises ServerUnreachable.
    """
    async with contextlib.AsyncExitStack() as stack:
        for n in range(PATIENCE_S):
            if there := await found(settings, user):
                with _in_use(settings.home):
                    async with there:
                        yield there
                return
            if services and n == 0:
                say("no house runs here: starting one for the while")
            try:
                started = await stack.enter_async_context(_stage(settings, say, services, local_model))
                break
            except house.HouseTaken as taken:
                # Another one is just starting, or only looks something up.
                if n == PATIENCE_S // 20:
                    say(f"waiting: {taken}")
                await asyncio.sleep(1)
        else:
            raise house.HouseTaken(f"another zamaz holds {settings.home} and does not let go; set ZAMAZ_HOME")
        async with Host(await connection.connect(started.url, "cli"), "cli") as client:
            yield client
        _wait_for_others(settings.home, say)


def _stage(
    settings: CliSettings, say: Say, services: bool, local_model: bool | None
) -> contextlib.AbstractAsyncContextManager[house.House]:
    catalog, embedded = load(settings.definitions), EmbeddedSettings()
    if not services:
        return house.server_only(embedded, catalog, say)
    return house.whole(embedded, catalog, say, definitions=settings.definitions, local_model=local_model)


async def found(settings: CliSettings, user: str = CLIENT) -> Client | None:
    """A client on the server that was named, or on one with debates that runs here; None where none does.

    Raises ServerUnreachable where the one that was named does not answer, NotAdmitted where a key was given and is
    refused. Without a key, a server that wants one is some other project's.
    """
    name = "cli" if user == CLIENT else user
    if settings.nats_url:
        nc = await connection.connect(settings.nats_url, name, creds=settings.nats_creds, nkey=settings.seed(user))
        return Client(nc, name)
    for url in filter(None, (house.running_url(settings.home), connection.DEFAULT_URL)):
        try:
            nc = await connection.connect(url, name, timeout=1.0, creds=settings.nats_creds, nkey=settings.seed(user))
        except NotAdmitted:
            if settings.nats_creds or settings.nats_nkey:
                raise
            continue
        except ServerUnreachable:
            continue
        if await _has_debates(nc):
            return Client(nc, name)
        await nc.close()
    return None


async def _has_debates(nc: Nats) -> bool:
    """Whether this server holds our log: some other project's may stand on the default port."""
    try:
        await nc.jetstream(timeout=1).stream_info(subjects.EVENTS)
    except (NatsError, TimeoutError):
        return False
    return True


def _users(home: Path) -> IO[str]:
    home.mkdir(parents=True, exist_ok=True)
    return (home / "users").open("a")


@contextlib.contextmanager
def _in_use(home: Path) -> Iterator[None]:
    """Tell whoever started the embedded server that somebody else leans on it."""
    with _users(home) as lock:
        fcntl.flock(lock, fcntl.LOCK_SH)
        yield


def _wait_for_others(home: Path, say: Say) -> None:
    with _users(home) as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            say("another zamaz still uses this server; waiting for it")
            fcntl.flock(lock, fcntl.LOCK_EX)
