"""Debates that were held and stored: those of the project's tests, and those of files that are given."""

from __future__ import annotations

from decimal import Decimal
from pathlib import Path
from typing import NamedTuple

from zamaz.definition import default_folder
from zamaz.evals import Asked
from zamaz.events.orchestration import Agreement
from zamaz_orchestrator.evals import rows
from zamaz_orchestrator.reading.advice import advice_of
from zamaz_orchestrator.reading.finals import final_number

OWN = Path(__file__).resolve().parents[2] / "orchestrator" / "labelled"
FILES = (OWN / "answers.jsonl", OWN / "prose.json")


class Debate(NamedTuple):
    """Who said what in each round. `right` is the right number, or `label` how far the two answers agree."""

    id: str
    question: str
    rounds: tuple[dict[str, str], ...]
    right: Decimal | None = None
    label: Agreement | None = None

    def position(self, text: str) -> str:
        """What an answer holds, as its typed block would say it: the number, or the recommendation; "" for none."""
        if self.right is None:
            return advice_of(text).headline
        found = final_number(text)
        return "" if found is None else f"The answer is {found}."


def read(path: Path) -> tuple[Debate, ...]:
    """Every debate of a file. Raises Unread."""
    asked = Asked(str(path), path.read_bytes(), default_folder())
    if rows.holds_debates(asked):
        return tuple(Debate(one.id, one.question, one.rounds, right=one.right) for one in rows.stored(asked))
    return tuple(
        Debate(one.id or f"entry {n}", one.question, (one.responses,), label=one.label)
        for n, one in enumerate(rows.labelled(asked), 1)
    )
