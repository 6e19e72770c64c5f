"""`zamaz export`: a debate as a document for people, or as its facts with a hash chain over them."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from pathlib import Path

import click

from zamaz import chain
from zamaz.chain import Chain
from zamaz.cli.document import markdown, page
from zamaz.cli.document.account import document
from zamaz.cli.look import whole_id
from zamaz.cli.server import debates
from zamaz.cli.settings import CliSettings
from zamaz.cli.voice import say
from zamaz.errors import ZamazError
from zamaz.events import Recorded

FORMATS: dict[str, Callable[[Chain, Sequence[Recorded]], str]] = {
    "md": lambda made, inherited: markdown.written(document(made, inherited)),
    "json": lambda made, _: chain.write(made),
    "html": lambda made, inherited: page.written(document(made, inherited)),
}
"""What is written of a debate, and of the facts that it inherits: those are in its parent's own export."""


async def exporting(debate: str, kind: str, out: Path | None) -> None:
    """Write one debate as it stands now. The same facts give the same bytes."""
    settings = CliSettings()
    async with debates(settings, say, services=False) as client:
        row = await whole_id(client, settings, debate)
        made = chain.chained(row.id, await client.log.stored(row.id))
        inherited = [heard for heard in (await client.log.load(row.id)).facts if heard.debate != row.id]
    text = FORMATS[kind](made, inherited)
    if out is None:
        click.echo(text, nl=False)
        return
    try:
        await asyncio.to_thread(out.write_text, text, encoding="utf-8", newline="\n")
    except OSError as error:
        raise ZamazError(f"{out} cannot be written: {error.strerror}") from error
    say(f"{out}: {made.count} facts of {row.id}; the chain ends in {made.head}")
