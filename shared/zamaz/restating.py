"""What the calls of a log would have cost under other prices: the words between the command and whoever knows prices.

A cost service offers its `restating` under the entry point group `zamaz.restating`. Nothing is said, nothing changes.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from decimal import Decimal
from pathlib import Path
from typing import NamedTuple, Protocol

from zamaz.events import Recorded

GROUP = "zamaz.restating"


class Restated(NamedTuple):
    """One model's calls: what they cost as it is recorded, and what they would have cost, in dollars. Of `unknown`
    calls the other prices say nothing: they count as what is recorded."""

    provider: str
    model: str
    calls: int
    recorded_usd: Decimal
    restated_usd: Decimal
    unknown: int


class Restating(Protocol):
    """Hears facts of any debates, in the log's order."""

    filters: tuple[str, ...]
    """The subjects that it needs."""

    def hear(self, facts: Iterable[Recorded]) -> None:
        """Some more facts."""

    def models(self) -> list[Restated]:
        """Of all that was heard, by provider and model."""


Open = Callable[[Path, Path], Restating]
"""Of a folder of definitions, and a file like its prices.yaml. Raises DefinitionError."""
