"""Which definition a question would get, and why, without starting anything.

A service that can tell offers a `Select` under the entry point group `zamaz.selectors`.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from decimal import Decimal
from pathlib import Path
from typing import Any, NamedTuple

GROUP = "zamaz.selectors"
AUTO = "auto"
"""What a request names instead of a workflow to leave the choice open. No definition may be called so."""


class Wanted(NamedTuple):
    """A request as it would be made, the folder of definitions, and whether models may be asked."""

    question: str
    definitions: Path
    context: str = ""
    options: tuple[str, ...] = ()
    metadata: dict[str, Any] = {}
    models: bool = True


class Found(NamedTuple):
    """One choice: what, by which rung, how sure (0..1), why, and why the rungs before it passed."""

    what: str
    rung: str
    confidence: float
    why: str
    passed: tuple[str, ...] = ()


class Selection(NamedTuple):
    """The choices. `calls` are those of its own seats: with the earliest consensus, with all rounds, and at most;
    dollars and seconds are what its file estimates, where it does."""

    complexity: Found
    workflow: Found
    description: str
    calls: tuple[int, int, int]
    cost_usd: Decimal | None = None
    duration_s: float | None = None


Select = Callable[[Wanted], Awaitable[Selection]]
