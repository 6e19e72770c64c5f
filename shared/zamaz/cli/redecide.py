"""`zamaz redecide`: recorded outcomes beside those of another rule."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator, Sequence
from importlib import metadata
from typing import NamedTuple

import click
from rich.table import Table

from zamaz.cli.look import every_row, whole_id, wide_console
from zamaz.cli.server import debates
from zamaz.cli.settings import CliSettings
from zamaz.cli.text import plain
from zamaz.cli.voice import say
from zamaz.client import Client
from zamaz.errors import ZamazError
from zamaz.otherwise import GROUP, RULERS, Change, Outcome, Redecide, Rule, recorded, silent

DECIDED = ("completed", "failed")
LONGEST = 60


class Pair(NamedTuple):
    """A debate's recorded outcome, and the one under the change."""

    debate: str
    was: Outcome
    would_be: Outcome

    @property
    def changed(self) -> bool:
        """Whether the two differ in anything."""
        return self.was != self.would_be


def installed() -> Redecide:
    """What the installed service offers. Raises ZamazError where none does."""
    for entry in metadata.entry_points(group=GROUP):
        found: Redecide = entry.load()
        return found
    raise ZamazError("the workflow service is not installed here, so nobody can decide anything again")


def rules() -> Rule:
    """Whoever is installed that can rule for nothing; else nobody."""
    for entry in metadata.entry_points(group=RULERS):
        found: Rule = entry.load()
        return found
    return silent


async def redeciding(ids: tuple[str, ...], change: Change, *, as_json: bool) -> None:
    """Show each debate of `ids`, or (none named) of all that were decided or failed."""
    settings, redecide, rule = CliSettings(), installed(), rules()
    pairs = []
    async with debates(settings, say, services=False) as client:
        async for debate in _wanted(client, settings, ids):
            facts = (await client.log.load(debate)).facts
            pairs.append(Pair(debate, recorded(facts), redecide(facts, change, rule)))
    for pair in pairs if as_json else ():
        told = {"was": pair.was._asdict(), "would_be": pair.would_be._asdict(), "changed": pair.changed}
        click.echo(json.dumps({"debate": pair.debate, **told}))
    if not as_json:
        wide_console().print(_table(pairs) if pairs else "no debates were decided yet")
        say(counted(pairs))


def counted(pairs: Sequence[Pair]) -> str:
    """How many would have ended otherwise, and how many would not have ended with what was answered."""
    still = sum(pair.changed and pair.would_be.state == "open" for pair in pairs)
    otherwise = f"{sum(pair.changed for pair in pairs) - still} of {len(pairs)} would have ended otherwise"
    return otherwise + (f"; {still} would not have ended on the answers that stand" if still else "")


async def _wanted(client: Client, settings: CliSettings, ids: tuple[str, ...]) -> AsyncIterator[str]:
    for beginning in ids:
        yield (await whole_id(client, settings, beginning)).id
    for row in [] if ids else await every_row(client, settings):
        if row.status in DECIDED:
            yield row.id


def _table(pairs: list[Pair]) -> Table:
    table = Table("id", "recorded", "", "would be", "", "changed", box=None)
    for pair in pairs:
        cells = [plain(text) for one in (pair.was, pair.would_be) for text in _told(one)]
        table.add_row(pair.debate, *cells, "yes" if pair.changed else "no")
    return table


def _told(outcome: Outcome) -> tuple[str, str]:
    """How it ended, and with what."""
    how = outcome.state if outcome.state != "completed" else outcome.why
    what = outcome.choice or outcome.decision or (outcome.why if outcome.state != "completed" else "")
    return how, what if len(what) <= LONGEST else f"{what[:LONGEST]}…"
