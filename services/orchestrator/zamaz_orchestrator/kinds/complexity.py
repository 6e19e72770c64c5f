"""How much debate does a question deserve?"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, cast

from zamaz.events import Part
from zamaz.events.flow import Complexity as Level
from zamaz.events.orchestration import ComplexityAssessed
from zamaz.events.workflow import RulingRequested
from zamaz_orchestrator.debate import Debate, asked_of
from zamaz_orchestrator.kinds.kind import DEFAULT, RULES, Kind, Opinion
from zamaz_orchestrator.likeness import words_of
from zamaz_orchestrator.port import Answer, Inquiry, inquiry, quoted

LEVELS: tuple[Level, ...] = ("simple", "moderate", "complex")
QUESTION_LENGTH, CONTEXT_LENGTH = 2000, 1000
"""Characters of the question and of its context that a model is shown."""

FEW_WORDS, MANY_WORDS, LONG_CONTEXT, MANY_OPTIONS = 12, 120, 20_000, 5


class Asked(Part, frozen=True, kw_only=True):
    """A request: its question and options, the beginning of its context and how many characters that has in all."""

    question: str
    options: tuple[str, ...] = ()
    context: str = ""
    context_length: int = 0


class Said(Part, frozen=True, kw_only=True):
    """The level."""

    complexity: Level


def asked(debate: Debate) -> Asked:
    """What was requested, as far as a choice before the debate looks at it."""
    request = asked_of(debate)
    return Asked(
        question=request.question,
        options=request.options,
        context=request.context[:CONTEXT_LENGTH],
        context_length=debate.context_length,
    )


def shown(request: Asked) -> dict[str, str]:
    """A request as the data of a prompt."""
    return {
        "question": quoted(request.question[:QUESTION_LENGTH]),
        "options": quoted(list(request.options)),
        "context": quoted({"characters": request.context_length, "beginning": request.context}),
    }


class Complexity(Kind[Asked, Said]):
    """Size tells the extremes; what lies between is for a model."""

    name = "complexity"
    fact = ComplexityAssessed
    said = Said

    def question(self, debate: Debate, wanted: RulingRequested) -> Asked:  # noqa: ARG002 - it is about the request
        """The request."""
        return asked(debate)

    def rule(self, question: Asked) -> Opinion[Said] | str:
        """By size alone, where that leaves no doubt."""
        words = len(words_of(question.question))
        large = [
            f"{words} words" * (words >= MANY_WORDS),
            f"a context of {question.context_length} characters" * (question.context_length >= LONG_CONTEXT),
            f"{len(question.options)} options" * (len(question.options) >= MANY_OPTIONS),
        ]
        if told := [size for size in large if size]:
            return Opinion(RULES, Said(complexity="complex"), 0.7, "its size: " + ", ".join(told))
        if words <= FEW_WORDS and not question.context_length and len(question.options) == 2:
            return Opinion(RULES, Said(complexity="simple"), 0.6, f"{words} words, two options and no context")
        return "its size alone does not tell"

    def inquiries(self, question: Asked, template: str) -> tuple[Inquiry, ...]:
        """The request as it is."""
        return (inquiry(template, LEVELS, shown(question)),)

    def conclude(self, question: Asked, answers: Sequence[Answer], model: str) -> Opinion[Said]:  # noqa: ARG002 - told
        """The level that the model names."""
        (answer,) = answers
        said = Said(complexity=cast(Level, answer.option))
        return Opinion("", said, answer.confidence, answer.why or f"so {model} says", answer.odds)

    def default(self, question: Asked) -> Opinion[Said]:  # noqa: ARG002 - whatever is asked
        """moderate."""
        return Opinion(DEFAULT, Said(complexity="moderate"), 0.0, "nobody could say: moderate is assumed")

    def told(self, wanted: RulingRequested, question: Asked, said: Said) -> dict[str, Any]:  # noqa: ARG002 - one field
        """The level."""
        return {"complexity": said.complexity}

    def recorded(self, question: Asked, fact: Any) -> Said:  # noqa: ARG002 - the fact says it
        """As the fact has it."""
        return Said(complexity=fact.complexity)

    def word(self, said: Said) -> str:
        """The level."""
        return said.complexity

    def regret(self, ruled: Said, other: Said) -> float:
        """Half for each step between the levels."""
        return abs(LEVELS.index(ruled.complexity) - LEVELS.index(other.complexity)) / (len(LEVELS) - 1)
