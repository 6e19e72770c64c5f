"""`zamaz replay`: whether what was recorded of a debate is what the services' deciders make of it."""

from __future__ import annotations

import json
import sys
from datetime import UTC, datetime
from importlib import metadata

import click
from rich.table import Table

from zamaz.cli.look import whole_id, wide_console
from zamaz.cli.server import debates
from zamaz.cli.settings import CliSettings
from zamaz.cli.text import clean, plain
from zamaz.cli.voice import DIFFERS, say
from zamaz.errors import ZamazError
from zamaz.events import Fact, Malformed, Recorded
from zamaz.refold import GROUP, Difference, Facts, Replay

LONGEST = 200
"""Characters of a value that are shown."""


def installed() -> list[Replay]:
    """What the installed services offer. Raises ZamazError where none does."""
    found = sorted(metadata.entry_points(group=GROUP), key=lambda entry: entry.name)
    if not found:
        raise ZamazError("no service is installed here, so nobody can decide anything again")
    return [entry.load() for entry in found]


def differences(facts: Facts, replays: list[Replay]) -> list[Difference]:
    """Of every voice that is offered, in the log's order."""
    found = [difference for replay in replays for difference in replay.differences(facts)]
    return sorted(found, key=lambda difference: difference.seq)


async def replaying(debate: str) -> None:
    """Say `identical`, or name each difference and end with 1."""
    settings, replays = CliSettings(), installed()
    async with debates(settings, say, services=False) as client:
        row = await whole_id(client, settings, debate)
        facts = (await client.log.load(row.id)).facts
    if unread := [heard for heard in facts if not isinstance(heard.fact, Fact)]:
        say(_unread(unread))
    for replay in replays:
        for fact in replay.unsaid(facts, datetime.now(UTC)):
            say(f"still to be said by {replay.voice}: {type(fact).__name__}")
    if found := differences(facts, replays):
        wide_console().print(_table(found))
        sys.exit(DIFFERS)
    voices = {replay.voice for replay in replays}
    own = [heard for heard in facts if heard.debate == row.id]
    decided = sum(heard.voice in voices for heard in own)
    told = f"{decided} of {len(own)} facts of {row.id}, those by {', '.join(sorted(voices))}"
    click.echo(f"identical: {told}, are what is decided of the log now")


def _unread(facts: list[Recorded]) -> str:
    names = ", ".join(str(h.seq) + (" (malformed)" if isinstance(h.fact, Malformed) else "") for h in facts)
    return f"facts that this version cannot read: {clean(names)}"


def _table(found: list[Difference]) -> Table:
    table = Table("position", "fact", "field", "recorded", "computed", box=None)
    for difference in found:
        recorded, computed = (plain(_shown(value)) for value in (difference.recorded, difference.computed))
        table.add_row(str(difference.seq), plain(difference.subject), difference.field, recorded, computed)
    return table


def _shown(value: object) -> str:
    text = value if isinstance(value, str) else json.dumps(value, ensure_ascii=False, default=str)
    return text if len(text) <= LONGEST else f"{text[:LONGEST]}…"
