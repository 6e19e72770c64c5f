"""Connecting to NATS the way every part of the project does."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

import nats
from nats.aio.client import Client as Nats

from zamaz import subjects
from zamaz.errors import ServerUnreachable, words

DEFAULT_URL = "nats://127.0.0.1:4222"
_log = logging.getLogger("zamaz.connection")

Hook = Callable[[], Awaitable[None]]


async def report(error: Exception) -> None:
    """Say what the server or the wire complained about; a refused publish arrives only here."""
    _log.warning("nats: %s", words(error))


def options(
    name: str, *, creds: Path | None = None, on_reconnect: Hook | None = None, on_loss: Hook | None = None
) -> dict[str, Any]:
    """nats-py's connect options for one part (`name` fixes the inbox prefix too)."""
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
    if on_reconnect:
        made["reconnected_cb"] = on_reconnect
    if on_loss:
        made["disconnected_cb"] = on_loss
    return made


async def connect(url: str, name: str, *, timeout: float = 2.0, creds: Path | None = None) -> Nats:
    """An open connection, or ServerUnreachable within about `timeout` seconds."""

    async def quiet(_: Exception) -> None:
        """The first connect's failures are raised, not logged."""

    once = {"allow_reconnect": False, "max_reconnect_attempts": 1, "reconnect_time_wait": 0.05}
    first = {**options(name, creds=creds), **once, "error_cb": quiet}
    try:
        probe = await asyncio.wait_for(nats.connect(url, connect_timeout=max(1, int(timeout)), **first), timeout)
        await probe.close()
        return await nats.connect(url, **options(name, creds=creds))
    except (OSError, TimeoutError, nats.errors.Error) as error:
        raise ServerUnreachable(f"no NATS server answers at {url}: {words(error)}") from error
