"""Connecting to NATS the way every part of the project does."""

from __future__ import annotations

import asyncio
import logging
import re
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any, Literal

import nats
from nats.aio.client import Client as Nats
from nats.errors import SlowConsumerError

from zamaz import subjects
from zamaz.errors import NotAdmitted, ServerUnreachable, words
from zamaz.incoming import Connection

DEFAULT_URL = "nats://127.0.0.1:4222"
_log = logging.getLogger("zamaz.connection")

Hook = Callable[[], Awaitable[None]]
Kind = Literal["permission", "authorization", "slow_consumer", "other"]

# nats-py hands these on as plain errors with the server's words, in lower case once the connection stands.
_REFUSED = re.compile(r'permissions violation for (?:publish|subscription)[^"]* "([^"]+)"')
_NOT_ADMITTED = re.compile(r"authorization (?:violation|timeout)|authentication (?:timeout|expired|revoked)")


async def opened(servers: str | list[str], **options: Any) -> Connection:
    """A connection, opened as `nats.connect` opens one, and with what that raises."""
    nc = Connection()
    await nc.connect(servers, **options)
    return nc


def refused_subject(error: BaseException | None) -> str:
    """The subject, in lower case, that an error says the server's permissions refuse; "" for other errors."""
    found = _REFUSED.search(str(error).lower())
    return found[1] if found else ""


def refuses(nc: Nats, subject: str) -> bool:
    """Whether the last that the server complained about is that we may not publish `subject`."""
    return nc.last_error is not None and refused_subject(nc.last_error) == subject.lower()


def silence(nc: Nats, error: BaseException) -> ServerUnreachable:
    """What to raise for a request without an answer: NotAdmitted where the server refused what we said, or the
    inbox that the answer would come to."""
    if refused := refused_subject(nc.last_error):
        return NotAdmitted(f"the server does not allow this key to use {refused}")
    return ServerUnreachable(f"JetStream does not answer: {words(error)}")


def kind(error: Exception) -> Kind:
    """What sort of complaint of the server or the wire this is."""
    if refused_subject(error):
        return "permission"
    if _NOT_ADMITTED.search(str(error).lower()):
        return "authorization"
    return "slow_consumer" if isinstance(error, SlowConsumerError) else "other"


async def report(error: Exception) -> None:
    """Say what the server or the wire complained about; a refused publish arrives only here."""
    _log.warning("nats: %s", words(error))


def place(url: str) -> str:
    """Where a server's address points to, without the password that may stand in it."""
    return re.sub(r"//[^/@]*@", "//", url)


def seed_name(user: str) -> str:
    """The file of a user's seed, as `zamaz keys` names it."""
    return f"{user}.nk"


def seed_file(nkey: Path | None, user: str) -> Path | None:
    """The seed of `user`: `nkey` itself, or the one in it where it is the folder that `zamaz keys` made."""
    return nkey / seed_name(user) if nkey and nkey.is_dir() else nkey


def public_key(seed: Path) -> str:
    """The public key of a seed file. Raises NotAdmitted for a file that holds no seed."""
    try:
        import nkeys

        found: bytes = nkeys.from_seed(bytearray(seed.read_bytes().strip())).public_key
    except ModuleNotFoundError as error:
        raise NotAdmitted('keys need one package more: pip install "zamaz-debate[nkeys]"') from error
    except OSError as error:
        raise NotAdmitted(f"the key {seed} cannot be read: {error.strerror}") from error
    except (ValueError, nkeys.NkeysError) as error:
        raise NotAdmitted(f"{seed} holds no seed of an nkey") from error
    return found.decode()


def options(
    name: str,
    *,
    creds: Path | None = None,
    nkey: Path | None = None,
    on_reconnect: Hook | None = None,
    on_loss: Hook | None = None,
) -> dict[str, Any]:
    """nats-py's connect options for one part (`name` fixes the inbox prefix too). `nkey` is a seed file."""
    made: dict[str, Any] = {
        "name": f"zamaz-{name}",
        "inbox_prefix": subjects.inbox(name),
        "max_reconnect_attempts": -1,
        "reconnect_time_wait": 0.1,
        "ping_interval": 5,
        "error_cb": report,
    }
    if creds:
        made["user_credentials"] = str(creds)
    if nkey:
        made["nkeys_seed"] = str(nkey)
    if on_reconnect:
        made["reconnected_cb"] = on_reconnect
    if on_loss:
        made["disconnected_cb"] = on_loss
    return made


async def knock(
    url: str, name: str, *, timeout: float = 2.0, creds: Path | None = None, nkey: Path | None = None
) -> None:
    """Ask once, within about `timeout` seconds, to be let in.

    Raises ServerUnreachable where nobody answers, NotAdmitted where the key is refused or is none.
    """

    async def quiet(_: Exception) -> None:
        """What goes wrong here is raised, not logged."""

    if nkey:
        public_key(nkey)
    once = {"allow_reconnect": False, "max_reconnect_attempts": 1, "reconnect_time_wait": 0.05}
    first = {**options(name, creds=creds, nkey=nkey), **once, "error_cb": quiet}
    try:
        nc = await asyncio.wait_for(opened(url, connect_timeout=max(1, int(timeout)), **first), timeout)
        await nc.close()
    except (OSError, TimeoutError, nats.errors.Error) as error:
        if kind(error) == "authorization":
            which = f"refuses the key {nkey or creds}" if nkey or creds else "wants a key"
            raise NotAdmitted(f"the NATS server at {place(url)} {which}") from error
        raise ServerUnreachable(f"no NATS server answers at {place(url)}: {words(error)}") from error


async def connect(
    url: str, name: str, *, timeout: float = 2.0, creds: Path | None = None, nkey: Path | None = None
) -> Nats:
    """An open connection that reconnects by itself. Raises as `knock` does."""
    await knock(url, name, timeout=timeout, creds=creds, nkey=nkey)
    try:
        return await opened(url, **options(name, creds=creds, nkey=nkey))
    except (OSError, TimeoutError, nats.errors.Error) as error:
        raise ServerUnreachable(f"no NATS server answers at {place(url)}: {words(error)}") from error
