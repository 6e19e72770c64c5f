"""How the commands speak to people and to shells. Results go to standard output, everything else through `say`."""

from __future__ import annotations

import click

NO_DECISION, USAGE, NO_SERVER = 1, 2, 3
"""Exit codes: the debate ended without a decision; wrong words or definitions; no server."""


def say(text: str) -> None:
    """A line for people, on standard error."""
    click.echo(text, err=True)
