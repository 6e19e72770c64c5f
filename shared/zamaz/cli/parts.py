"""What is typed, as commands take it."""

from __future__ import annotations

from pathlib import Path

import click

from zamaz.errors import ZamazError


def split(_: click.Context, __: click.Parameter, value: tuple[str, ...]) -> tuple[str, ...]:
    """`a,b` and repeated options alike."""
    parts = tuple(part.strip() for one in value for part in one.split(",") if part.strip())
    if value and not parts:
        raise click.BadParameter("names nothing: give names separated by commas, or leave the option out")
    return parts


def named(_: click.Context, __: click.Parameter, value: str) -> str:
    """An id, or the beginning of one."""
    if not value.strip():
        raise click.BadParameter("is empty: give the debate's id, or its beginning (zamaz list)")
    return value


def material(file: Path | None) -> str:
    """What stands in a file that is debated on; "" without one. Raises ZamazError for what is no text."""
    if file is None:
        return ""
    try:
        return file.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise ZamazError(f"{file} cannot be read as UTF-8 text: {error}") from error
