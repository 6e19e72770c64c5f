"""What the orchestrator is asked in a debate, what its free rules say to it, and what a model would be sent."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations
from typing import Any, NamedTuple

from msgspec import structs

from zamaz.definition import Catalog
from zamaz_orchestrator.choosing import cards_of
from zamaz_orchestrator.kinds import Cutoffs, Kinds, kinds
from zamaz_orchestrator.kinds.complexity import Asked, Choice, Known
from zamaz_orchestrator.kinds.course import Course, Stand
from zamaz_orchestrator.kinds.kind import RULES, Opinion
from zamaz_orchestrator.kinds.pairs import Held, Question
from zamaz_orchestrator.reading.likeness import likeness

from bench.cost.debates import Debate

THRESHOLD = 0.75
"""The consensus that a debate wants."""
ANSWERS = {
    "complexity": '{"why": "Several teams are touched and the change is hard to undo.", "answer": "complex", '
    '"confidence": 0.8}',
    "workflow": '{"why": "The choice has few consequences, so a short debate is enough.", "answer": "simple_debate", '
    '"confidence": 0.8}',
    "consensus": '{"areas_of_agreement": ["the service should be split", "a pilot comes first"], '
    '"areas_of_disagreement": ["when to begin"], "answer": "partial", "confidence": 0.8}',
    "next_move": '{"why": "Two of three have moved towards each other.", "focus": "", "off_question": "", '
    '"answer": "continue", "confidence": 0.7}',
}
"""An answer of ordinary length to each kind: its tokens are the output that a model is paid for."""


JUDGED = Known(complexity="complex", confidence=0.8, rung="cloud")
"""The answer of ANSWERS to how complex a request is: which workflow that asks for, is a matter of rules then."""


class Ruling(NamedTuple):
    """One question to the orchestrator. `prompt` is what a model would be sent; `ruled` whether the free rules answer,
    `full` whether that answer is a consensus (None where it is none)."""

    kind: str
    round: int
    prompt: str
    ruled: bool
    full: bool | None = None


@dataclass(frozen=True)
class Desk:
    """The orchestrator's kinds with the definitions' own rungs. `reads` lets the rules for prose rule on consensus,
    where a stored answer has no typed block."""

    catalog: Catalog
    reads: bool = True

    @property
    def kinds(self) -> Kinds:
        spec = self.catalog.orchestration.agreement
        return kinds(Cutoffs(spec.full_from, spec.none_below), cards_of(self.catalog), "simple_debate")

    def rulings(self, debate: Debate, *, auto: bool) -> Iterator[Ruling]:
        """What a debate asks: of its request, where that leaves the workflow open (`auto`); a consensus a round; and
        the next move after each but the last."""
        known = self.kinds
        if auto:
            choice = Choice(request=Asked(question=debate.question), cards=cards_of(self.catalog))
            level = self._ruling(known, "complexity", 0, choice)
            yield level
            yield self._ruling(known, "workflow", 0, choice if level.ruled else structs.replace(choice, level=JUDGED))
        scores: dict[str, float] = {}
        for n, said in enumerate(debate.rounds, 1):
            ruling = self._consensus(known, debate, n, said)
            yield ruling
            if ruling.full is not None:
                scores[str(n)] = 1.0 if ruling.full else 0.0
            if n < len(debate.rounds):
                yield self._ruling(known, "next_move", n, _course(debate, n, scores))

    def _consensus(self, known: Kinds, debate: Debate, n: int, said: Mapping[str, str]) -> Ruling:
        held = tuple(Held(participant=name, position=debate.position(text)) for name, text in said.items())
        question = Question(question=debate.question, held=tuple(one for one in held if one.position))
        made = self._ruling(known, "consensus", n, question)
        if made.ruled or not self.reads or debate.right is not None:
            return made
        found = [likeness(debate.question, one, other) for one, other in combinations(said.values(), 2)]
        if min(one.confidence for one in found) < self._threshold("consensus"):
            return made
        return made._replace(ruled=True, full=_reached([one.score for one in found]))

    def _ruling(self, known: Kinds, kind: str, n: int, question: Any) -> Ruling:
        rules = known[kind]
        opinion = rules.rule(question)
        sure = isinstance(opinion, Opinion) and opinion.confidence >= self._threshold(kind)
        full = opinion.said.score >= THRESHOLD if sure and kind == "consensus" else None  # type: ignore[union-attr]
        prompt = _prompt(rules.inquiries(question, self.catalog.prompts[kind])) if not _empty(question) else ""
        return Ruling(kind, n, prompt, sure or not prompt, full)

    def _threshold(self, kind: str) -> float:
        rungs = self.catalog.ladder()[kind]
        return next(rung.threshold for rung in rungs if rung.rung == RULES)


def _empty(question: Any) -> bool:
    """Whether nobody would be asked: fewer than two positions are known for certain to be no consensus."""
    return isinstance(question, Question) and len(question.held) < 2


def _reached(scores: Sequence[float]) -> bool:
    return sum(scores) / len(scores) >= THRESHOLD


def _prompt(inquiries: Sequence[Any]) -> str:
    return "\n".join(one.prompt for one in inquiries)


def _course(debate: Debate, n: int, scores: dict[str, float]) -> Course:
    stands = tuple(
        Stand(participant=name, round=round_, position=position)
        for round_ in (n - 1, n)
        if round_ >= 1
        for name, text in debate.rounds[round_ - 1].items()
        if (position := debate.position(text))
    )
    return Course(
        question=debate.question,
        round=n,
        max_rounds=len(debate.rounds),
        min_rounds=1,
        threshold=THRESHOLD,
        stands=stands,
        scores=dict(scores),
    )
