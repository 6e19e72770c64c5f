"""Options that take several values."""

from __future__ import annotations

import click


def split(_: click.Context, __: click.Parameter, value: tuple[str, ...]) -> tuple[str, ...]:
    """`a,b` and repeated options alike."""
    parts = tuple(part.strip() for one in value for part in one.split(",") if part.strip())
    if value and not parts:
        raise click.BadParameter("names nothing: give names separated by commas, or leave the option out")
    return parts
