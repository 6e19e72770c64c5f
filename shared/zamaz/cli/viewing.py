"""The views, as commands use them: opened, caught up with the log, said where they had to be made anew."""

from __future__ import annotations

import contextlib
import fcntl
import hashlib
from collections.abc import Iterator
from pathlib import Path

from nats.errors import Error as NatsError
from nats.js.errors import Error as JetStreamError

from zamaz import subjects
from zamaz.cli.bar import bar
from zamaz.cli.settings import CliSettings
from zamaz.cli.voice import say
from zamaz.client import Client
from zamaz.connection import silence
from zamaz.errors import NotProvisioned
from zamaz.views import sqlite
from zamaz.views.budgets import BudgetsView
from zamaz.views.debates import DebatesView
from zamaz.views.following import catch_up
from zamaz.views.store import Store
from zamaz.views.view import View
from zamaz.views.views import Views
from zamaz.views.work import WorkView

EVERY: tuple[type[View], ...] = (DebatesView, WorkView, BudgetsView)
DEBATES: tuple[type[View], ...] = (DebatesView,)


async def opened(
    client: Client,
    settings: CliSettings,
    kinds: tuple[type[View], ...] = DEBATES,
    *,
    anew: str = "",
) -> Views:
    """The views of this server's log, caught up, with a bar where that takes a while; made anew first, for the reason
    `anew`.

    Raises NotProvisioned, ServerUnreachable, ViewUnavailable and LogUnavailable.
    """
    log = await _log_of(client)
    with _alone(settings):
        views = Views(store_of(settings, log), [kind() for kind in kinds], log)
        for name, why in views.anew.items():
            say(f"the view {name} is made anew: {why}")
        if anew:
            views.empty(anew)
        with bar() as told:
            await catch_up(views, client.log, told)
    return views


async def _log_of(client: Client) -> str:
    """Which log this is: one that was made anew is another one."""
    try:
        info = await client.nc.jetstream().stream_info(subjects.EVENTS)
    except JetStreamError as error:
        raise NotProvisioned("this server holds no debates yet: run `zamaz init`") from error
    except (NatsError, TimeoutError) as error:
        raise silence(client.nc, error) from error
    return hashlib.sha256(str(info.created).encode()).hexdigest()[:12]


def store_of(settings: CliSettings, log: str) -> Store:
    """The database of ZAMAZ_VIEWS_URL, else a SQLite file for each log. Raises ViewUnavailable."""
    if settings.views_url:
        from zamaz.views import postgres

        return postgres.store(settings.views_url)
    return sqlite.store(_folder(settings) / f"views-{log}.sqlite")


def _folder(settings: CliSettings) -> Path:
    folder = settings.home / "views"
    folder.mkdir(parents=True, exist_ok=True)
    return folder


@contextlib.contextmanager
def _alone(settings: CliSettings) -> Iterator[None]:
    """One writer a view; those of a PostgreSQL database wait for each other there."""
    with (_folder(settings) / "lock").open("a") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield
