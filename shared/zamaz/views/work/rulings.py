"""How the orchestrator's facts change the rows of the work view."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from zamaz.events import Fact, Recorded
from zamaz.events.orchestration import (
    ComplexityAssessed,
    ConsensusAssessed,
    NextMoveAdvised,
    NoveltyJudged,
    QualityJudged,
    Ruling,
    RulingShadowed,
    WorkflowSelected,
)
from zamaz.events.workflow import RulingRequested
from zamaz.views.work.fold import Folding, add, tokens
from zamaz.views.work.tables import AGREEMENT, RULING, RULINGS, SHADOWS

CACHE = "cache"
MILLION = 1_000_000


def _said(word: str, true: str, false: str) -> Callable[[Any], str]:
    return lambda fact: true if getattr(fact, word) else false


KINDS: dict[type[Ruling], tuple[str, Callable[[Any], str]]] = {
    ConsensusAssessed: ("consensus", lambda fact: str(fact.agreement)),
    ComplexityAssessed: ("complexity", lambda fact: str(fact.complexity)),
    WorkflowSelected: ("workflow", lambda fact: str(fact.workflow)),
    NextMoveAdvised: ("next_move", lambda fact: str(fact.move)),
    QualityJudged: ("quality", _said("met", "met", "not met")),
    NoveltyJudged: ("novelty", _said("novel", "novel", "repeated")),
}
"""What each ruling is about, and what it says in a word."""


def asked(folding: Folding, fact: RulingRequested, heard: Recorded) -> None:
    """A ruling that is wanted."""
    reads = sum(folding.known.outputs.get((heard.debate, turn), 0) for turn in fact.turns)
    told = {"kind": fact.kind, "round": fact.round, "reads": reads, "asked_at": heard.stamp}
    folding.batch.put(RULINGS, (heard.debate, fact.ruling), told)
    folding.outcome(heard, RULING, "", f"{fact.kind} asked", tokens(None), reads)


def ruled(folding: Folding, fact: Ruling, heard: Recorded) -> None:
    """A ruling that was given, and by which rungs it was not."""
    kind, said = KINDS[type(fact)]
    told = {
        "kind": kind,
        "rung": fact.rung,
        "passed": ", ".join(passed.rung for passed in fact.passed),
        "said": said(fact),
        "provider": fact.provider,
        "model": fact.model,
        "confidence": fact.confidence,
        "cached": int(fact.cached),
        "latency_ms": fact.latency_ms,
        **tokens(fact.usage),
        "ended_at": heard.stamp,
    }
    folding.batch.put(RULINGS, (heard.debate, fact.ruling), told)
    for passed in fact.passed:
        folding.outcome(heard, RULING, passed.rung, f"{kind} passed", tokens(None))
    name = CACHE if fact.cached else fact.rung
    folding.outcome(heard, RULING, name, f"{kind} answered", tokens(fact.usage))
    folding.histogram(heard, RULING, name, fact.latency_ms, kind)


def shadowed(folding: Folding, fact: RulingShadowed, heard: Recorded) -> None:
    """What another rung makes of it."""
    agrees = -1 if fact.agrees is None else int(fact.agrees)
    regret = round((fact.regret or 0.0) * MILLION)
    day = heard.stamp[:10]
    told = {"day": day, "kind": fact.kind, "ruled_by": fact.ruled_by, "rung": fact.rung}
    folding.batch.put(SHADOWS, (heard.debate, fact.ruling), {**told, "agrees": agrees, "regret": regret})
    counts = {"asked": 1, "judged": int(agrees >= 0), "agreed": int(agrees == 1), "regret": regret}
    add(folding.batch, AGREEMENT, (day,), (fact.kind, fact.ruled_by, fact.rung), counts)


CHANGES: dict[type[Fact], Callable[[Folding, Any, Recorded], None]] = {
    RulingRequested: asked,
    RulingShadowed: shadowed,
    **dict.fromkeys(KINDS, ruled),
}
