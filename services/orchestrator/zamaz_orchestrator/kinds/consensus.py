"""How far do the positions of a round agree? Typed evidence first; a model fills in the pairs nobody spoke about."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Annotated, Any, ClassVar, cast

from msgspec import Meta, structs

from zamaz.events import Part
from zamaz.events.debater import ArgumentPresented
from zamaz.events.orchestration import Agreement, ConsensusAssessed, HeldPosition
from zamaz.events.workflow import RulingRequested
from zamaz_orchestrator.debate import Debate, answers_of, asked_of, seats_of
from zamaz_orchestrator.kinds import pairs
from zamaz_orchestrator.kinds.kind import DEFAULT, RULES, Kind, Opinion
from zamaz_orchestrator.kinds.pairs import Held, Question, Seen, Tally
from zamaz_orchestrator.port import (
    LONG_OUTPUT,
    Answer,
    Extras,
    Inquiry,
    PassUp,
    fitted,
    inquiry,
    lines,
    quoted,
    tersely,
    told,
)

OPTIONS: Mapping[str, float] = {"full": 1.0, "partial": 0.5, "none": 0.0}
"""What a model may answer, and what that is worth."""

AREAS, AREA_LENGTH = 3, 120
QUESTION_LENGTH, POSITION_LENGTH = 2000, 600
"""Characters of the question and of each position that a model is shown."""

_AREA = Annotated[str, Meta(max_length=AREA_LENGTH)]
EXTRAS: Extras = tuple(
    (name, Annotated[tuple[_AREA, ...], Meta(max_length=AREAS, description=f"at most {AREAS} short phrases {what}")])
    for name, what in (
        ("areas_of_agreement", "naming what they share"),
        ("areas_of_disagreement", "naming where they part"),
    )
)


@dataclass(frozen=True)
class Cutoffs:
    """Where a score (0..1) begins to be called `full`, and below which it is called `none`."""

    full_from: float
    none_below: float

    def agreement(self, score: float) -> Agreement:
        """The word for a score."""
        if score >= self.full_from:
            return "full"
        return "none" if score < self.none_below else "partial"


class Said(Part, frozen=True, kw_only=True):
    """A score (0..1), in what they agree and do not, and who says the same: seats by the number of their group."""

    score: float
    areas_of_agreement: tuple[str, ...] = ()
    areas_of_disagreement: tuple[str, ...] = ()
    groups: dict[str, int] = {}


class Consensus(Kind[Question, Said]):
    """`cutoffs` give a score its word, and no more."""

    name = "consensus"
    options, extras = tuple(OPTIONS), EXTRAS
    fact = ConsensusAssessed
    version: ClassVar[int] = 2
    said = Said

    def __init__(self, cutoffs: Cutoffs) -> None:
        self.cutoffs = cutoffs

    def question(self, debate: Debate, wanted: RulingRequested) -> Question:
        """Who holds what, and what each said of the others it saw."""
        answers = answers_of(debate, wanted)
        held = {name: _held(answer) for name, answer in answers.items() if answer.position}
        asked = asked_of(debate)
        return Question(
            question=asked.question,
            options=asked.options,
            held=tuple(held.values()),
            seen=tuple(seen for name in held for seen in _seen(debate, answers[name]) if seen.on in held),
            silent=tuple(name for name in seats_of(debate, wanted) if name not in held),
        )

    def rule(self, question: Question) -> Opinion[Said] | str:
        """The score, where every pair has typed evidence."""
        if len(question.held) < 2:
            return _too_few(question)
        counted = pairs.tally(question)
        if counted.unknown:
            return f"no evidence for {counted.unknown} of {len(counted.pairs)} pairs"
        why = f"all {len(counted.pairs)} pairs have typed evidence"
        return Opinion(RULES, _said(question, counted), 1.0, why)

    def inquiries(self, question: Question, template: str, shows: int = 0) -> tuple[Inquiry, ...]:
        """All positions at once."""
        if len(question.held) < 2:
            raise PassUp("fewer than two positions stand", "no_evidence")
        each = ((held.position, POSITION_LENGTH) for held in question.held)
        asked, *said = fitted(shows, (question.question, QUESTION_LENGTH), *each)
        options = question.options
        both = list(zip(question.held, said, strict=True))
        whole = [told(by=one.participant, choice=one.choice, verdict=one.verdict, says=text) for one, text in both]
        terse = [tersely(one.participant, text, one.choice, one.verdict) for one, text in both]
        data = {
            "request": quoted(tersely(asked, options) if shows else told(question=asked, options=options)),
            "question": quoted(asked),
            "options": quoted(list(options)),
            "positions": lines(terse if shows else whole),
        }
        return (inquiry(template, tuple(OPTIONS), data, EXTRAS, LONG_OUTPUT),)

    def conclude(self, question: Question, answers: Sequence[Answer], model: str) -> Opinion[Said]:
        """A model's answer beside the typed evidence: it overrules no stance and no cap."""
        (answer,) = answers
        counted = pairs.tally(question)
        known = len(counted.pairs) - counted.unknown
        basis = _said(question, counted, guess=answer.expected(OPTIONS))
        together = known == 0 and self.cutoffs.agreement(basis.score) == "full"
        said = structs.replace(
            basis,
            groups=dict.fromkeys(basis.groups, 0) if together else basis.groups,
            areas_of_agreement=basis.areas_of_agreement + tuple(answer.extras.get("areas_of_agreement", ())),
            areas_of_disagreement=basis.areas_of_disagreement + tuple(answer.extras.get("areas_of_disagreement", ())),
        )
        why = f"{model} judges {counted.unknown} pairs; {known} of {len(counted.pairs)} have typed evidence"
        return Opinion("", said, answer.confidence, why, answer.odds)

    def default(self, question: Question) -> Opinion[Said]:
        """The typed evidence that there is, and nothing assumed of the rest."""
        if len(question.held) < 2:
            few = _too_few(question)
            return Opinion(DEFAULT, few.said, 0.0, few.why)
        counted = pairs.tally(question)
        why = "rules alone: no model was reachable or sure enough; "
        why += f"{counted.unknown} of {len(counted.pairs)} pairs have no evidence and count 0"
        return Opinion(DEFAULT, _said(question, counted), 0.0, why)

    def told(self, wanted: RulingRequested, question: Question, said: Said) -> dict[str, Any]:
        """With every position, and which say the same."""
        positions = tuple(
            HeldPosition(participant=h.participant, position=h.position, group=said.groups.get(h.participant, n))
            for n, h in enumerate(question.held)
        )
        return {
            "round": wanted.round,
            "agreement": self.cutoffs.agreement(said.score),
            "score": said.score,
            "areas_of_agreement": said.areas_of_agreement,
            "areas_of_disagreement": said.areas_of_disagreement,
            "positions": positions,
        }

    def recorded(self, question: Question, fact: Any) -> Said:  # noqa: ARG002 - the fact says it all
        """As the fact has it."""
        given = cast(ConsensusAssessed, fact)
        return Said(
            score=given.score,
            areas_of_agreement=given.areas_of_agreement,
            areas_of_disagreement=given.areas_of_disagreement,
            groups={held.participant: held.group for held in given.positions},
        )

    def word(self, said: Said) -> str:
        """full, partial or none."""
        return self.cutoffs.agreement(said.score)

    def regret(self, ruled: Said, other: Said) -> float:
        """How far the scores lie apart."""
        return abs(ruled.score - other.score)


def _too_few(question: Question) -> Opinion[Said]:
    """One position agrees with nobody. That is known for certain, so nobody else need be asked."""
    found = "no position stands" if not question.held else f"only {question.held[0].participant} holds a position"
    return Opinion(RULES, _said(question, Tally(())), 1.0, f"{found}: agreement needs two")


def _said(question: Question, counted: Tally, guess: float = 0.0) -> Said:
    """What the tally says, in numbers and in words, with `guess` for each pair that is not known."""
    agreed, disagreed = pairs.areas(question, counted)
    return Said(
        score=counted.score(guess),
        areas_of_agreement=agreed,
        areas_of_disagreement=disagreed,
        groups=pairs.groups(question, counted),
    )


def _held(answer: ArgumentPresented) -> Held:
    return Held(
        participant=answer.participant,
        position=answer.position or "",
        choice=answer.choice,
        verdict=answer.verdict,
        confidence=answer.confidence,
    )


def _seen(debate: Debate, answer: ArgumentPresented) -> list[Seen]:
    """The stances of one answer, with the neutral labels turned back into names."""
    turn = debate.turns.get(answer.turn)
    labels = turn.labels if turn else {}
    named = ((labels.get(label, ""), stance) for label, stance in answer.on_others.items())
    return [
        Seen(of=answer.participant, on=name, stance=stance)
        for name, stance in named
        if name and name != answer.participant
    ]
