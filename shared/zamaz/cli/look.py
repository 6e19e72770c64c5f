"""`zamaz list`, `show` and `dead-letters`: what stands in the log and in the debates view."""

from __future__ import annotations

import json
from decimal import Decimal

import click
import msgspec
from msgspec.structs import replace
from nats.js import JetStreamContext
from nats.js.api import RawStreamMsg
from nats.js.errors import Error as JetStreamError
from rich.console import Console
from rich.table import Column, Table

from zamaz import subjects
from zamaz.cli import moment, spent
from zamaz.cli.amounts import usd
from zamaz.cli.area import area
from zamaz.cli.screen import Screen
from zamaz.cli.server import debates
from zamaz.cli.settings import CliSettings
from zamaz.cli.text import plain
from zamaz.cli.told.apart import WAITS
from zamaz.cli.viewing import opened
from zamaz.cli.voice import say
from zamaz.client import Client
from zamaz.errors import ZamazError
from zamaz.events import Fact, Recorded, to_builtins
from zamaz.views import sqlite
from zamaz.views.debates import IMPORTED, WAITING, DebatesView, Row, beginning_with, newest
from zamaz.views.views import Views


async def listing(most: int, status: str, *, as_json: bool) -> None:
    """The newest debates, as a table or as JSON lines."""
    settings = CliSettings()
    async with debates(settings, say, services=False) as client:
        views = await opened(client, settings)
    with views.store.transaction() as read:
        rows = newest(read, most, status)
    if as_json:
        for row in rows:
            click.echo(json.dumps(row._asdict()))
        return
    table = Table(Column("id", no_wrap=True, min_width=36), "when", "status", "question", "decision", "cost", box=None)
    for row in rows:
        table.add_row(
            row.id,
            row.requested_at[:16].replace("T", " "),
            status_of(row),
            plain(row.question[:60]),
            plain(row.decision[:60]),
            _cost(row),
        )
    wide_console().print(table if rows else "no debates yet")


def wide_console() -> Console:
    """A terminal's own width; lines that are not folded where a program reads them."""
    console = Console()
    return console if console.is_terminal else Console(width=240)


def status_of(row: Row) -> str:
    """A row's status in words, with its round or why it ended."""
    if row.status == IMPORTED:
        return IMPORTED
    status = WAITS if row.status == WAITING else row.status
    reason = f" ({row.stop_reason})" if row.stop_reason else f" (round {row.rounds})" if row.rounds else ""
    return status + reason + (" partial" if row.partial else "")


def _cost(row: Row) -> str:
    return f"{usd(Decimal(row.cost_usd))}{'' if row.cost_final else '…'}" if row.cost_usd else ""


async def whole_id(client: Client, settings: CliSettings, beginning: str) -> Row:
    """The one debate whose id begins so. Raises ZamazError for none or several."""
    views = await opened(client, settings)
    with views.store.transaction() as read:
        found = beginning_with(read, beginning)
    exact = [row for row in found if row.id == beginning]
    if len(found) == 1 or exact:
        return (exact or found)[0]
    if found:
        raise ZamazError(f"several debates begin with {beginning}: {', '.join(row.id for row in found)}")
    raise ZamazError(f"there is no debate {beginning}")


async def every_row(client: Client, settings: CliSettings) -> list[Row]:
    """Every debate there is, the newest first."""
    views = await opened(client, settings)
    with views.store.transaction() as read:
        return newest(read, -1)


async def showing(debate: str, *, as_json: bool, at: str = "") -> None:
    """One debate, as it went; with `at`, as it stood then. Raises NoMoment."""
    if at:
        moment.check(at)
    settings = CliSettings()
    async with debates(settings, say, services=False) as client:
        row = await whole_id(client, settings, debate)
        facts = (await client.log.load(row.id)).facts
    if at:
        facts = moment.until(facts, at)
        row = next(iter(as_it_stood(facts, row.id)), row)
    if as_json:
        for heard in facts:
            body = to_builtins(heard.fact) if isinstance(heard.fact, Fact) else {"type": type(heard.fact).__name__}
            click.echo(json.dumps({"seq": heard.seq, "time": heard.stamp, "voice": heard.voice, **body}))
        return
    console = Console()
    console.print(f"[bold]{row.id}[/]  {row.requested_at}  {status_of(row)}  {_cost(row)}")
    screen = Screen(console)
    for heard in facts:
        screen.show(heard)
    for line in spent.told(spent.rounds(facts), spent.rulings(facts)):
        console.print(line, style="dim", highlight=False)
    if at and facts and not screen.scene.ending:
        console.print(area(screen.scene, facts[-1].at, console.height))


def as_it_stood(facts: list[Recorded], debate: str) -> list[Row]:
    """The row of a debate of which no more than these facts are known. In the beginning that a fork shares with its
    parent all of them are the parent's: it is the fork that is looked at there too."""
    shared = all(heard.debate != debate for heard in facts)
    views = Views(sqlite.store(None), [DebatesView()])
    views.take([replace(heard, debate=debate) for heard in facts] if shared else facts)
    with views.store.transaction() as read:
        return newest(read, 1)


class _Advisory(msgspec.Struct):
    stream: str = ""
    consumer: str = ""
    stream_seq: int = 0
    deliveries: int = 0
    reason: str = ""
    timestamp: str = ""


async def dead() -> None:
    """Each delivery that was given up: when, by whom, after how many tries, and of what."""
    table = Table("when", "consumer", "tries", "subject", "why", box=None)
    async with debates(CliSettings(), say, services=False) as client:
        js = client.nc.jetstream()
        info = await js.stream_info(subjects.DEAD_LETTERS)
        for seq in range(info.state.first_seq, info.state.last_seq + 1):
            if letter := await _message(js, subjects.DEAD_LETTERS, seq):
                told = msgspec.json.decode(letter.data or b"{}", type=_Advisory)
                fact = await _message(js, told.stream, told.stream_seq)
                name = (fact.subject or "") if fact else "(erased)"
                table.add_row(told.timestamp[:19], told.consumer, str(told.deliveries), plain(name), plain(told.reason))
    wide_console().print(table if table.row_count else "no dead letters")


async def _message(js: JetStreamContext, stream: str, seq: int) -> RawStreamMsg | None:
    try:
        return await js.get_msg(stream, seq)
    except JetStreamError:
        return None
