"""How well workflows do: endings taken together. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from decimal import Decimal
from typing import NamedTuple

from zamaz.views.figures import Ended


class Effect(NamedTuple):
    """One workflow's debates. Shares are of the completed ones, 0..1; None where there is none."""

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


def effects(found: Iterable[Ended], usd: Mapping[str, Decimal]) -> list[Effect]:
    """By workflow, those with the most debates first. `usd` is what each has cost in all."""
    by: dict[str, list[Ended]] = {}
    for one in found:
        by.setdefault(one.workflow, []).append(one)
    made = [_effect(workflow, mine, usd.get(workflow)) for workflow, mine in by.items()]
    return sorted(made, key=lambda effect: (-effect.debates, effect.workflow))


def together(found: Iterable[Ended], usd: Decimal) -> Effect:
    """All workflows as one."""
    return _effect("all", list(found), usd)


def _effect(workflow: str, mine: list[Ended], usd: Decimal | None) -> Effect:
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
        usd=usd / ran if usd is not None and ran else None,
    )


ENDINGS = ("completed", "failed", "cancelled", "rejected")


def rounds_to_consensus(found: Iterable[Ended]) -> dict[int, int]:
    """How many debates agreed after so many rounds."""
    counts: dict[int, int] = {}
    for one in found:
        if one.consensus:
            counts[one.rounds] = counts.get(one.rounds, 0) + one.debates
    return dict(sorted(counts.items()))
