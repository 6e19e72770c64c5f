"""`zamaz eval consensus | stopping`: figures on files that hold the right answers."""

from __future__ import annotations

import asyncio
import json
from importlib import metadata
from pathlib import Path

import click
from rich.table import Table as Shown

from zamaz.cli.look import wide_console
from zamaz.cli.settings import CliSettings
from zamaz.cli.text import plain
from zamaz.cli.voice import say
from zamaz.errors import ZamazError
from zamaz.evals import GROUP, Asked, Evaluate, Table


def installed(name: str) -> Evaluate:
    """What the installed service offers. Raises ZamazError where none does."""
    for entry in metadata.entry_points(group=GROUP, name=name):
        found: Evaluate = entry.load()
        return found
    raise ZamazError(f"the orchestrator service is not installed here, so nobody can measure {name}")


async def evaluating(name: str, path: Path, rungs: tuple[str, ...], *, as_json: bool) -> None:
    """Measure on one file, and show tables (notes on standard error), or one JSON object."""
    measure = installed(name)
    report = await measure(Asked(str(path), await asyncio.to_thread(path.read_bytes), CliSettings().definitions, rungs))
    if as_json:
        click.echo(json.dumps(report.figures))
        return
    console = wide_console()
    for table in report.tables:
        console.print(_shown(table))
    for note in report.notes:
        say(note)


def _shown(table: Table) -> Shown:
    shown = Shown(*table.head, title=table.title, title_justify="left", box=None)
    for row in table.rows:
        shown.add_row(*(plain(cell) for cell in row))
    return shown
