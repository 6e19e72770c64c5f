"""How well workflows do: endings taken together. Pure."""

from __future__ import annotations

from collections.abc import Iterable
from decimal import Decimal
from typing import NamedTuple

from zamaz.views.figures import Ended


class Effect(NamedTuple):
    """One workflow's debates. Shares are of the completed ones, 0..1; None where there is none. `usd` is what one has
    cost on average, of those that were not rejected."""

    workflow: str
    debates: int
    completed: int
    failed: int
    cancelled: int
    rejected: int
    consensus: float | None
    partial: float | None
    rounds: float | None
    seconds: float | None
    usd: Decimal | None


def effects(found: Iterable[Ended]) -> list[Effect]:
    """By workflow, those with the most debates first."""
    by: dict[str, list[Ended]] = {}
    for one in found:
        by.setdefault(one.workflow, []).append(one)
    made = [_effect(workflow, mine) for workflow, mine in by.items()]
    return sorted(made, key=lambda effect: (-effect.debates, effect.workflow))


def together(found: Iterable[Ended]) -> Effect:
    """All workflows as one."""
    return _effect("all", list(found))


def _effect(workflow: str, mine: list[Ended]) -> Effect:
    done = [one for one in mine if one.ending == "completed"]
    counts = {ending: sum(one.debates for one in mine if one.ending == ending) for ending in ENDINGS}
    completed, ran = counts["completed"], sum(one.debates for one in mine) - counts["rejected"]

    def share(of: Iterable[Ended]) -> float | None:
        return sum(one.debates for one in of) / completed if completed else None

    return Effect(
        workflow,
        ran + counts["rejected"],
        **counts,
        consensus=share(one for one in done if one.consensus),
        partial=share(one for one in done if one.partial),
        rounds=sum(one.rounds * one.debates for one in done) / completed if completed else None,
        seconds=sum(one.seconds for one in mine) / (ran + counts["rejected"]) if mine else None,
        usd=sum((one.usd for one in mine if one.ending != "rejected"), Decimal(0)) / ran if ran else None,
    )


ENDINGS = ("completed", "failed", "cancelled", "rejected")


def rounds_to_consensus(found: Iterable[Ended]) -> dict[int, int]:
    """How many debates agreed after so many rounds."""
    counts: dict[int, int] = {}
    for one in found:
        if one.consensus:
            counts[one.rounds] = counts.get(one.rounds, 0) + one.debates
    return dict(sorted(counts.items()))
