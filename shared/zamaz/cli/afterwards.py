"""The commands that read a debate once more: all of it stands in the log, and nothing is said into it."""

from __future__ import annotations

from pathlib import Path
from typing import get_args

import click

from zamaz.cli.parts import named
from zamaz.cli.running import run
from zamaz.events.voting import ProtocolName
from zamaz.otherwise import Change


@click.command()
@click.argument("debate", callback=named)
@click.option(
    "--format", "kind", type=click.Choice(["md", "json", "html"]), default="md", show_default=True,
    help="json: every fact as stored, with a hash chain over them.",
)  # fmt: skip
@click.option("-o", "--out", type=click.Path(dir_okay=False, path_type=Path), help="A file (default: print it).")
def export(debate: str, kind: str, out: Path | None) -> None:
    """A debate as a document: decision, reasons, dissent, positions, arguments, bill and log positions."""
    from zamaz.cli.export import exporting

    run(exporting(debate, kind, out))


@click.command()
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option("--head", default="", help="What the chain must end in, as the export said.")
@click.option("--against-log", is_flag=True, help="Compare with the log as well; without it no server is needed.")
def verify(file: Path, head: str, against_log: bool) -> None:
    """Check the hash chain of FILE, an export as JSON, and name every fact that is not as it was exported."""
    from zamaz.cli.verify import verifying

    run(verifying(file, head=head, against_log=against_log))


@click.command()
@click.argument("debate", callback=named)
def replay(debate: str) -> None:
    """Decide a debate once more from its facts alone, and name what was recorded otherwise. Nothing is written."""
    from zamaz.cli.replay import replaying

    run(replaying(debate))


@click.command()
@click.argument("ids", nargs=-1)
@click.option("--all", "every", is_flag=True, help="Every debate that has ended with a decision or failed.")
@click.option("--threshold", type=click.FloatRange(0, 1), help="The score from which on there is consensus.")
@click.option("--protocol", type=click.Choice(get_args(ProtocolName)), help="How it is decided without consensus.")
@click.option("--json", "as_json", is_flag=True, help="One JSON object a debate.")
def redecide(
    ids: tuple[str, ...], every: bool, threshold: float | None, protocol: ProtocolName | None, as_json: bool
) -> None:
    """What another rule would have made of the answers that stand in IDS. Nothing is asked or written: it is free.

    Where other answers would have been asked for, the debate is shown as open.
    """
    from zamaz.cli.redecide import redeciding

    if bool(ids) == every:
        raise click.UsageError("name debates, or --all of them")
    if threshold is None and protocol is None:
        raise click.UsageError("what is to be otherwise? --threshold or --protocol")
    run(redeciding(ids, Change(threshold, protocol), as_json=as_json))


COMMANDS: tuple[click.Command, ...] = (export, verify, replay, redecide)
