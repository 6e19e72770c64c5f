"""Measuring what rules and models are worth, on files that hold the right answers: no log is read or written.

A service that can measure something offers an `Evaluate` under the entry point group `zamaz.evals`, by its name.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any, NamedTuple

GROUP = "zamaz.evals"


class Asked(NamedTuple):
    """What is to be measured: the file's bytes (and its name, for errors), the folder of definitions, and the rungs
    that may rule, cheapest first (none named: the free rules)."""

    file: str
    data: bytes
    definitions: Path
    rungs: tuple[str, ...] = ()


class Table(NamedTuple):
    """Figures for people."""

    title: str
    head: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]


class Report(NamedTuple):
    """What was found: tables and notes for people, and the same figures as plain JSON values."""

    tables: tuple[Table, ...]
    notes: tuple[str, ...]
    figures: dict[str, Any]


Evaluate = Callable[[Asked], Awaitable[Report]]
