"""`zamaz fork` and `zamaz diff`."""

from __future__ import annotations

import asyncio
import contextlib
import sys
from pathlib import Path
from typing import Any

import click
from rich.table import Table

from zamaz.cli.beside import beside
from zamaz.cli.look import whole_id, wide_console
from zamaz.cli.moment import check, until
from zamaz.cli.server import debates
from zamaz.cli.settings import CliSettings
from zamaz.cli.steer import NOT_YET, PATIENCE_S, whoever
from zamaz.cli.text import clean, plain
from zamaz.cli.voice import NO_DECISION, say
from zamaz.client import Client
from zamaz.errors import ForkRefused
from zamaz.events.workflow import DebateRejected, DebateStarted


async def forking(debate: str, at: str, changes: dict[str, str], *, by: str, why: str) -> None:
    """Say the fork, and tell whether it started; ends with 1 where it was rejected. Raises ForkRefused, NoMoment."""
    check(at)
    settings = CliSettings()
    typed = {key: await asyncio.to_thread(_value, key, text) for key, text in changes.items()}
    async with debates(settings, say, services=False) as client:
        row = await whole_id(client, settings, debate)
        place = int(at) if at.isascii() and at.isdigit() else until((await client.log.load(row.id)).facts, at)[-1].seq
        made = await client.fork(row.id, place, typed, by=by or whoever(), why=why)
        told = await _opening(client, made)
    if isinstance(told, DebateRejected):
        click.echo(clean(f"{made} was rejected ({told.reason}): {told.why}"))
        sys.exit(NO_DECISION)
    click.echo(f"{made} goes on from {row.id} at {place}: zamaz watch {made}" + ("" if told else f" ({NOT_YET})"))


def _value(key: str, text: str) -> Any:
    """A change as its key wants it. What cannot be read so stays text, and is refused with the key's own words."""
    if key == "context" and text.startswith("@"):
        try:
            return Path(text[1:]).read_text(encoding="utf-8")
        except (OSError, UnicodeDecodeError) as error:
            raise ForkRefused(f"{text[1:]} cannot be read as text: {error}") from error
    kind: Any = int if key.startswith("rounds.") else float if key == "threshold" else str
    with contextlib.suppress(ValueError):
        return kind(text)
    return text


async def _opening(client: Client, debate: str) -> DebateStarted | DebateRejected | None:
    """How the workflow takes the fork up; None where it has not within a moment."""
    with contextlib.suppress(TimeoutError):
        async with asyncio.timeout(PATIENCE_S), contextlib.aclosing(client.log.follow(debate)) as facts:
            async for heard in facts:
                if heard.debate == debate and isinstance(heard.fact, DebateStarted | DebateRejected):
                    return heard.fact
    return None


async def comparing(one: str, other: str) -> None:
    """Print what differs."""
    settings = CliSettings()
    async with debates(settings, say, services=False) as client:
        rows = [await whole_id(client, settings, beginning) for beginning in (one, other)]
        loaded = [(await client.log.load(row.id)).facts for row in rows]
    table = Table("", *(row.id for row in rows), box=None)
    for line in beside(*loaded):
        table.add_row(plain(line.what), plain(line.one), plain(line.other))
    wide_console().print(table)
