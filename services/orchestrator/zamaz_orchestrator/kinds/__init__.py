"""The kinds of ruling, one file each: what is asked, how, by which rules for nothing, and what is safe to assume."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from zamaz_orchestrator.kinds.complexity import Complexity
from zamaz_orchestrator.kinds.consensus import Consensus
from zamaz_orchestrator.kinds.consensus import Cutoffs as Cutoffs
from zamaz_orchestrator.kinds.kind import Kind
from zamaz_orchestrator.kinds.next_move import NextMove
from zamaz_orchestrator.kinds.novelty import Novelty
from zamaz_orchestrator.kinds.quality import Quality
from zamaz_orchestrator.kinds.workflow import Workflow
from zamaz_orchestrator.selection import Card as Card

Kinds = Mapping[str, Kind[Any, Any]]


def kinds(cutoffs: Cutoffs, cards: tuple[Card, ...] = (), otherwise: str = "") -> Kinds:
    """Every kind by its name. `cards` are the definitions there are to choose from, `otherwise` the default one."""
    every: tuple[Kind[Any, Any], ...] = (
        Consensus(cutoffs),
        Complexity(cards),
        Workflow(cards, otherwise),
        NextMove(),
        Quality(),
        Novelty(),
    )
    return {kind.name: kind for kind in every}
