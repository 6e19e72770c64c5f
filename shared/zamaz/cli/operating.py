"""The commands of an operator, which take debates out of the log."""

from __future__ import annotations

from pathlib import Path

import click

from zamaz.cli.parts import named
from zamaz.cli.running import run

BY = click.option("--by", default="", help="Who does it (default: the name you are logged in with).")


@click.command()
@click.argument("debate", callback=named)
@click.option("--why", required=True, help="Kept in the place of the debate.")
@BY
def erase(debate: str, why: str, by: str) -> None:
    """Take a debate that has ended out of the log for good. Needs an operator's key.

    That it was there, who erased it and why is left. Running it again finishes what was interrupted.
    """
    from zamaz.cli.keep import erasing

    run(erasing(debate, by=by, why=why))


@click.command()
@click.option("--before", required=True, metavar="DATE", help="Debates that ended before this day (UTC).")
@click.option(
    "--to", "folder", required=True, type=click.Path(file_okay=False, path_type=Path), help="The folder of the files."
)
@BY
def archive(before: str, folder: Path, by: str) -> None:
    """Move debates that have ended out of the log, each into a file with its hash chain. Needs an operator's key.

    `zamaz import archive` puts them back. Running it again finishes what was interrupted.
    """
    from zamaz.cli.keep import archiving

    run(archiving(before, folder, by=by))


COMMANDS: tuple[click.Command, ...] = (erase, archive)
