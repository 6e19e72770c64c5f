"""How the commands speak to people and to shells. Results go to standard output, everything else through `say`."""

from __future__ import annotations

import sys

import click

NO_DECISION, DIFFERS, USAGE, NO_SERVER, LEFT = 1, 1, 2, 3, 130
"""Exit codes: the debate ended without a decision; a check found differences; wrong words or definitions; no server;
left by Ctrl-C."""


def say(text: str) -> None:
    """A line for people, on standard error."""
    click.echo(text, file=sys.stderr)  # as it is now: a live screen puts itself in its place
