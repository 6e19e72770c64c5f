"""Rows for people and for programs: a table, JSON, or comma-separated values."""

from __future__ import annotations

import csv
import json
import sys
from collections.abc import Iterable, Sequence
from decimal import Decimal
from typing import Any

import click
from rich.console import Console
from rich.table import Column, Table

from zamaz.cli.amounts import usd
from zamaz.cli.text import clean


def as_json(rows: Iterable[dict[str, Any]]) -> None:
    """One object a line."""
    for row in rows:
        click.echo(json.dumps(row, default=str))


def as_csv(rows: Sequence[dict[str, Any]]) -> None:
    """A line of names, then a line a row."""
    writer = csv.DictWriter(sys.stdout, list(rows[0]) if rows else [], lineterminator="\n")
    writer.writeheader()
    writer.writerows(rows)


def as_table(title: str, rows: Sequence[dict[str, Any]], *, none: str) -> None:
    """A table; numbers on the right. `none` is said where there are no rows."""
    console = Console()
    console = console if console.is_terminal else Console(width=160)
    if not rows:
        console.print(none)
        return
    columns = [Column(name.replace("_", " "), justify="right" if _counts(rows, name) else "left") for name in rows[0]]
    table = Table(*columns, box=None, title=title, title_justify="left")
    for row in rows:
        table.add_row(*(_shown(value) for value in row.values()))
    console.print(table)


def _counts(rows: Sequence[dict[str, Any]], name: str) -> bool:
    return all(isinstance(row[name], int | float | Decimal | None) for row in rows)


def _shown(value: object) -> str:
    if value is None:
        return "-"
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, Decimal):
        return usd(value)
    return f"{value:,.0f}" if isinstance(value, int | float) else clean(str(value))
