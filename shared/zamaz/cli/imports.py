"""`zamaz import legacy`: the existing application's stored debates, each as one fact, once however often it is run."""

from __future__ import annotations

import sys
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Literal

import click

from zamaz import subjects
from zamaz.cli.server import debates
from zamaz.cli.settings import CliSettings
from zamaz.cli.text import clean
from zamaz.cli.voice import USAGE, say
from zamaz.compat import legacy
from zamaz.errors import Conflict, LogRefused, RecordRefused
from zamaz.events.client import ImportedRecord
from zamaz.log import Log

Outcome = Literal["imported", "already there", "refused"]


async def importing(paths: tuple[Path, ...]) -> None:
    """Import every file, and those that lie in each folder. Exits with 2 where any is refused.

    Raises LogUnavailable where the log cannot be reached or is full: what is imported until then stays.
    """
    count: Counter[Outcome] = Counter()
    async with debates(CliSettings(), say, services=False) as client:
        for file in _files(paths):
            count[await _imported(client.log, file)] += 1
    told: tuple[Outcome, ...] = ("imported", "already there", "refused")
    click.echo(", ".join(f"{count[outcome]} {outcome}" for outcome in told))
    if count["refused"]:
        sys.exit(USAGE)


def _files(paths: tuple[Path, ...]) -> Iterator[Path]:
    for path in paths:
        yield from sorted(path.glob("*.json")) if path.is_dir() else (path,)


async def _imported(log: Log, file: Path) -> Outcome:
    """What became of one file; the reason of a refusal is said."""
    try:
        return await _say(log, _record(file))
    except (RecordRefused, LogRefused) as error:
        say(clean(f"{file}: {error}"))
        return "refused"


def _record(file: Path) -> ImportedRecord:
    try:
        return legacy.read(file.read_bytes())
    except OSError as error:
        raise RecordRefused(error.strerror or "it cannot be read") from error


async def _say(log: Log, record: ImportedRecord) -> Outcome:
    """Say the record where nobody has said anything on its id."""
    debate = legacy.debate_of(record)
    try:
        stands = await log.append(debate, legacy.fact_of(record), after=0, over=subjects.voice_of("client", debate))
    except Conflict as error:
        raise RecordRefused(f"a debate stands under the id {debate} already") from error
    if not stands.ours:
        raise RecordRefused(f"another record was imported under the id {debate}")
    return "imported" if stands.new else "already there"
