"""`zamaz erase`, `zamaz archive` and `zamaz import archive`: with an operator's key, where the server asks for keys."""

from __future__ import annotations

import asyncio
import contextlib
import sys
from collections import Counter
from collections.abc import AsyncIterator, Iterator
from datetime import UTC, date, datetime
from pathlib import Path

import click

from zamaz import chain
from zamaz.chain import NoExport
from zamaz.cli.look import every_row, whole_id
from zamaz.cli.server import debates
from zamaz.cli.settings import CliSettings
from zamaz.cli.steer import whoever
from zamaz.cli.text import clean
from zamaz.cli.voice import USAGE, say
from zamaz.client import Client
from zamaz.keeping import CannotLeave, Keeper
from zamaz.permissions import OPERATOR
from zamaz.views.debates import ARCHIVED

OVER = ("completed", "failed", "cancelled", "rejected", "imported", ARCHIVED)
"""What may be archived. One that is archived already is finished, should that have been interrupted."""


@contextlib.asynccontextmanager
async def _operating() -> AsyncIterator[tuple[Client, CliSettings, Keeper]]:
    settings = CliSettings()
    async with debates(settings, say, services=False, user=OPERATOR) as client:
        yield client, settings, Keeper(client.log)


async def erasing(debate: str, *, by: str, why: str) -> None:
    """Take one debate out of the log for good. Raises CannotLeave."""
    async with _operating() as (client, settings, keeper):
        row = await whole_id(client, settings, debate)
        erased = await keeper.erase(row.id, by=by or whoever(), why=why)
    click.echo(f"{row.id} is erased: {erased.facts} facts, whose chain ended in {erased.digest}")


async def archiving(before: str, folder: Path, *, by: str) -> None:
    """Move every debate that ended before a date into a folder. Ends with 2 where one could not be moved."""
    limit, refused = _date(before), 0
    async with _operating() as (client, settings, keeper):
        for row in await every_row(client, settings):
            if row.status not in OVER or not row.ended_at or row.ended_at[:10] >= limit.isoformat():
                continue
            if row.status == ARCHIVED and not await keeper.is_left_behind(row.id):
                continue
            try:
                file = await keeper.archive(row.id, folder, by=by or whoever())
            except CannotLeave as error:
                refused += 1
                say(clean(str(error)))
            else:
                click.echo(f"{row.id} is in {file}")
    if refused:
        sys.exit(USAGE)


def _date(text: str) -> date:
    try:
        return date.fromisoformat(text) if len(text) == 10 else datetime.fromisoformat(text).astimezone(UTC).date()
    except ValueError as error:
        raise CannotLeave(f"{text!r} is no date such as 2026-01-31") from error


async def restoring(paths: tuple[Path, ...]) -> None:
    """Put archives back: files, or folders of them. Ends with 2 where any is refused."""
    count: Counter[str] = Counter()
    async with _operating() as (_, _settings, keeper):
        for file in _files(paths):
            try:
                put = await keeper.restore(chain.read(await asyncio.to_thread(file.read_bytes)))
            except (CannotLeave, NoExport, OSError) as error:
                count["refused"] += 1
                say(clean(f"{file}: {error}"))
            else:
                count["already there" if put.stood == put.facts else "put back"] += 1
    click.echo(", ".join(f"{count[outcome]} {outcome}" for outcome in ("put back", "already there", "refused")))
    if count["refused"]:
        sys.exit(USAGE)


def _files(paths: tuple[Path, ...]) -> Iterator[Path]:
    for path in paths:
        yield from sorted((*path.glob("*.json"), *path.glob("*.json.gz"))) if path.is_dir() else (path,)
