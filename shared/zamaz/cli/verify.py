"""`zamaz verify`: whether an export is still what was exported."""

from __future__ import annotations

import asyncio
import sys
from pathlib import Path

import click

from zamaz import chain
from zamaz.chain import Chain, Fault
from zamaz.cli.server import debates
from zamaz.cli.settings import CliSettings
from zamaz.cli.text import clean
from zamaz.cli.voice import DIFFERS, say
from zamaz.errors import ZamazError
from zamaz.subjects import token


async def verifying(file: Path, *, head: str, against_log: bool) -> None:
    """Name whatever is wrong with a file, and end with 1 if anything is. Raises NoExport and ZamazError."""
    try:
        made = chain.read(await asyncio.to_thread(file.read_bytes))
    except OSError as error:
        raise ZamazError(f"{file} cannot be read: {error.strerror}") from error
    found = list(chain.faults(made))
    if head and head != made.head:
        found.append(Fault("the file", f"its chain ends in {made.head}, not in {head}"))
    if against_log:
        found += await _against_log(made)
    for fault in found:
        click.echo(clean(str(fault)))
    if found:
        sys.exit(DIFFERS)
    where = " and stands so in the log" if against_log else ""
    click.echo(f"{made.debate}: every one of {made.count} facts is as it was exported{where}; head {made.head}")


async def _against_log(made: Chain) -> list[Fault]:
    debate = token(made.debate)
    async with debates(CliSettings(), say, services=False) as client:
        log = await client.log.stored(debate)
    later = sum(fact.seq > max((one.seq for one in made.facts), default=0) for fact in log)
    if later:
        say(f"the log holds {later} facts of {debate} that came after this export")
    return list(chain.against(made, log))
