"""What a kind of ruling is: how its question is read out of a debate, asked, answered for nothing, and told."""

from __future__ import annotations

import hashlib
from abc import ABC, abstractmethod
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, ClassVar, Generic, TypeVar

import msgspec

from zamaz.events import Part
from zamaz.events.debater import Usage
from zamaz.events.orchestration import Ruling, RungPassed
from zamaz.events.workflow import RulingKind, RulingRequested
from zamaz_orchestrator.debate import Debate
from zamaz_orchestrator.port import WHY, Answer, Extras, Inquiry

RULES, DEFAULT = "rules", "default"

Q = TypeVar("Q", bound=Part)
S = TypeVar("S", bound=Part)


@dataclass(frozen=True)
class Opinion(Generic[S]):
    """A rung's answer: what it `said`, how sure it is (0..1) and why. `provider` and `model` name who was asked, if
    anybody, and `call` under which name it was announced; `odds` are the probabilities of the options, where they are
    known."""

    rung: str
    said: S
    confidence: float
    why: str
    odds: Mapping[str, float] = field(default_factory=dict)
    provider: str = ""
    model: str = ""
    usage: Usage | None = None
    cached: bool = False
    call: str = ""


class Kind(ABC, Generic[Q, S]):
    """One kind of ruling. `version` changes with the shape or the meaning of its question or its answer; `options` are
    a model's, where they are always the same, and `extras` what else it is asked for."""

    options: ClassVar[tuple[str, ...]] = ()
    extras: ClassVar[Extras] = WHY
    name: ClassVar[RulingKind]
    fact: ClassVar[type[Ruling]]
    version: ClassVar[int] = 1
    said: type[S]

    @abstractmethod
    def question(self, debate: Debate, wanted: RulingRequested) -> Q:
        """The typed question, out of the fold alone."""

    @abstractmethod
    def rule(self, question: Q) -> Opinion[S] | str:
        """What the free rules make of it, or why they pass it up."""

    @abstractmethod
    def inquiries(self, question: Q, template: str, shows: int = 0) -> tuple[Inquiry, ...]:
        """What a model is asked, each with its own options; it is shown `shows` characters of what others wrote (0: as
        many as the kind allows). Raises PassUp where there is nothing to ask about."""

    @abstractmethod
    def conclude(self, question: Q, answers: Sequence[Answer], model: str) -> Opinion[S]:
        """What a model's answers, one for each inquiry, amount to beside what the rules know. Raises PassUp."""

    @abstractmethod
    def default(self, question: Q) -> Opinion[S]:
        """The safe answer when nobody could say."""

    @abstractmethod
    def told(self, wanted: RulingRequested, question: Q, said: S) -> dict[str, Any]:
        """The fields of the fact that are this kind's own."""

    @abstractmethod
    def recorded(self, question: Q, fact: Any) -> S:
        """What a fact of this kind said."""

    @abstractmethod
    def word(self, said: S) -> str:
        """What was said, in a word."""

    def regret(self, ruled: S, other: S) -> float:
        """How far `ruled` is off if `other` is right, 0..1."""
        return 0.0 if self.word(ruled) == self.word(other) else 1.0

    def second(self, question: Q) -> Sequence[tuple[str, str]]:  # noqa: ARG002 - those that have one need it
        """Pairs of texts whose likeness in meaning is a second signal; none: that cannot help here."""
        return ()

    def seconded(self, question: Q, likeness: Sequence[float]) -> Opinion[S] | str:  # noqa: ARG002 - as above
        """What that signal (-1..1 for each pair) makes of the question together with the rules, never alone; or why
        it passes up."""
        return "nearness of meaning says nothing about this"

    def fact_of(
        self,
        wanted: RulingRequested,
        question: Q,
        opinion: Opinion[S],
        passed: tuple[RungPassed, ...],
        latency_ms: int,
    ) -> Ruling:
        """The ruling as the log carries it."""
        return self.fact(
            ruling=wanted.ruling,
            rung=opinion.rung,
            passed=passed,
            provider=opinion.provider,
            model=opinion.model,
            confidence=opinion.confidence,
            why=opinion.why,
            inputs_digest=digest(question),
            latency_ms=latency_ms,
            usage=opinion.usage,
            cached=opinion.cached,
            odds=dict(opinion.odds),
            call=opinion.call,
            **self.told(wanted, question, opinion.said),
        )

    def opinion_of(self, question: Q, fact: Any) -> Opinion[S]:
        """The opinion that a ruling in the log rests on."""
        return Opinion(
            rung=fact.rung,
            said=self.recorded(question, fact),
            confidence=fact.confidence,
            why=fact.why,
            odds=fact.odds,
            provider=fact.provider,
            model=fact.model,
            usage=fact.usage,
            cached=fact.cached,
            call=fact.call,
        )


def digest(question: Part) -> str:
    """sha256 of a question's canonical JSON, 64 hex digits: the same inputs give the same digest."""
    return hashlib.sha256(msgspec.json.encode(question, order="sorted")).hexdigest()


def least(answers: Sequence[Answer]) -> float:
    """Several answers are as sure as the least sure of them."""
    return min(answer.confidence for answer in answers)
