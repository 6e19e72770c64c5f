"""Every ruling once more, from what it was given on.

The free rules, and the default where nobody could rule, give the same for ever. What a model thought is on record and
taken from there; what it was asked about is read again. What a score is called, and which definitions there were to
choose from, are words of the definitions that no fact holds: they are taken as recorded.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from typing import Any

from msgspec import structs

from zamaz.events import Fact, Recorded, subject_of
from zamaz.events.orchestration import (
    RULINGS,
    ComplexityAssessed,
    ConsensusAssessed,
    Ruling,
    RungPassed,
    WorkflowSelected,
)
from zamaz.events.workflow import RulingRequested
from zamaz.refold import Difference, Facts, Replay, differing
from zamaz_orchestrator.debate import FOLDING, Debate
from zamaz_orchestrator.kinds import Cutoffs, kinds
from zamaz_orchestrator.kinds.kind import DEFAULT, RULES, Kind, Opinion

BY_DEFINITIONS = (ComplexityAssessed, WorkflowSelected)
"""Rulings that look at what definitions say of themselves, which no fact holds."""
_KINDS = {kind.fact: kind for kind in kinds(Cutoffs(1.0, 0.0)).values()}


def _differences(facts: Facts) -> Iterator[Difference]:
    if not facts:
        return
    debate = FOLDING.fold(facts, FOLDING.initial(facts[-1].debate))
    for heard in facts:
        if heard.debate == facts[-1].debate and isinstance(heard.fact, RULINGS):
            yield from _ruled(debate, heard, heard.fact)


def _ruled(debate: Debate, heard: Recorded, given: Ruling) -> Iterator[Difference]:
    subject, kind = subject_of(heard.debate, given), _KINDS[type(given)]
    wanted = debate.wanted.get(given.ruling)
    if wanted is None:
        yield Difference(heard.seq, subject, "", "said", "asked for by nobody")
        return
    question = kind.question(debate, wanted)
    opinion = _opinion(kind, given, question)
    if opinion is None:
        yield Difference(heard.seq, subject, "rung", given.rung, f"passed up: {kind.rule(question)}")
        return
    again = kind.fact_of(wanted, question, opinion, _passed(kind, given, question), given.latency_ms)
    yield from differing(heard.seq, subject, given, _as_named(given, again))


def _opinion(kind: Kind[Any, Any], given: Ruling, question: Any) -> Opinion[Any] | None:
    """What its rung makes of the question; None where that cannot answer it."""
    if isinstance(given, BY_DEFINITIONS):
        return kind.opinion_of(question, given)
    if given.rung == DEFAULT:
        return kind.default(question)
    if given.rung == RULES:
        made = kind.rule(question)
        return made if isinstance(made, Opinion) else None
    return kind.opinion_of(question, given)


def _passed(kind: Kind[Any, Any], given: Ruling, question: Any) -> tuple[RungPassed, ...]:
    """The rungs that passed up, with the reason that the rules have for it now."""
    made = given.passed and not isinstance(given, BY_DEFINITIONS) and kind.rule(question)
    return tuple(
        structs.replace(one, why=made) if isinstance(made, str) and one.rung == RULES else one for one in given.passed
    )


def _as_named(given: Ruling, again: Ruling) -> Ruling:
    """With the words that only the definitions of that day knew."""
    if isinstance(given, ConsensusAssessed):
        return structs.replace(again, agreement=given.agreement)
    if isinstance(given, ComplexityAssessed):
        return structs.replace(again, inputs_digest=given.inputs_digest)
    if isinstance(given, WorkflowSelected):
        estimates = {name: getattr(given, name) for name in ("estimated_cost_usd", "estimated_duration_s")}
        return structs.replace(again, inputs_digest=given.inputs_digest, **estimates)
    return again


def _unsaid(_facts: Facts, _now: datetime) -> list[Fact]:
    """A ruling that is missing needs its rungs, and those are no part of the log."""
    return []


def by_rules(facts: Facts, wanted: RulingRequested) -> Fact | None:
    """What costs nothing makes of a ruling that nobody was asked for: the rules, as sure as their rung has to be, or
    what is safe where nobody can say; None of what rests on definitions."""
    kind = next(known for known in _KINDS.values() if known.name == wanted.kind)
    if issubclass(kind.fact, BY_DEFINITIONS):
        return None
    debate = FOLDING.fold(facts, FOLDING.initial(facts[-1].debate))
    question = kind.question(debate, wanted)
    rungs = debate.started.ladder.get(wanted.kind, ()) if debate.started else ()
    made = kind.rule(question)
    sure = isinstance(made, Opinion) and any(r.rung == RULES and made.confidence >= r.threshold for r in rungs)
    opinion = made if isinstance(made, Opinion) and sure else kind.default(question)
    return kind.fact_of(wanted, question, opinion, (), 0)


REPLAY = Replay(FOLDING.voice, _differences, _unsaid)
