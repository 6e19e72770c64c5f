"""Every ruling once more, from the positions that it was given on.

The free rules, and the default where nobody could rule, give the same for ever. What a model thought is on record and
taken from there; what it was asked about is read again. What a score is called is a word of the definitions, and no
fact holds those: it is taken as recorded.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime

from msgspec import structs

from zamaz.events import Fact, Recorded, subject_of
from zamaz.events.orchestration import ConsensusAssessed, RungPassed
from zamaz.refold import Difference, Facts, Replay, differing
from zamaz_orchestrator.ladder import DEFAULT, default
from zamaz_orchestrator.ruling import FOLDING, Cutoffs, Debate, Opinion, Question, assessed, question_of
from zamaz_orchestrator.rungs import rules

ANY = Cutoffs(1.0, 0.0)


def _differences(facts: Facts) -> Iterator[Difference]:
    if not facts:
        return
    debate = FOLDING.fold(facts, FOLDING.initial(facts[-1].debate))
    for heard in facts:
        if heard.debate == facts[-1].debate and isinstance(heard.fact, ConsensusAssessed):
            yield from _ruled(debate, heard, heard.fact)


def _ruled(debate: Debate, heard: Recorded, given: ConsensusAssessed) -> Iterator[Difference]:
    subject = subject_of(heard.debate, given)
    wanted = debate.wanted.get(given.ruling)
    if wanted is None:
        yield Difference(heard.seq, subject, "", "said", "asked for by nobody")
        return
    question = question_of(debate, wanted)
    opinion = _opinion(given, question)
    if opinion is None:
        yield Difference(heard.seq, subject, "rung", given.rung, f"passed up: {rules.rule(question)}")
        return
    again = assessed(wanted, question, opinion, _passed(given, question), ANY, given.latency_ms)
    yield from differing(heard.seq, subject, given, structs.replace(again, agreement=given.agreement))


def _opinion(given: ConsensusAssessed, question: Question) -> Opinion | None:
    """What its rung makes of the question; None where that cannot answer it."""
    if given.rung == DEFAULT:
        return default(question)
    if given.rung == rules.NAME:
        made = rules.rule(question)
        return made if isinstance(made, Opinion) else None
    return Opinion(
        rung=given.rung,
        score=given.score,
        confidence=given.confidence,
        why=given.why,
        areas_of_agreement=given.areas_of_agreement,
        areas_of_disagreement=given.areas_of_disagreement,
        groups={held.participant: held.group for held in given.positions},
        provider=given.provider,
        model=given.model,
        usage=given.usage,
    )


def _passed(given: ConsensusAssessed, question: Question) -> tuple[RungPassed, ...]:
    """The rungs that passed up, with the reason that the rules have for it now."""
    made = rules.rule(question)
    return tuple(
        structs.replace(one, why=made) if one.rung == rules.NAME and isinstance(made, str) else one
        for one in given.passed
    )


def _unsaid(_facts: Facts, _now: datetime) -> list[Fact]:
    """A ruling that is missing needs its rungs, and those are no part of the log."""
    return []


REPLAY = Replay(FOLDING.voice, _differences, _unsaid)
