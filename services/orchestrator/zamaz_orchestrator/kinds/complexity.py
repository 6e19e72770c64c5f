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
from zamaz_orchestrator.port import Answer, Inquiry, fitted, inquiry, quoted, told
from zamaz_orchestrator.selection import LEVELS, Card, Request, assess

QUESTION_LENGTH, CONTEXT_LENGTH, SAID_LENGTH = 2000, 1000, 20
"""Characters of the question and of its context that a model is shown, and of what the request calls its level."""


class Asked(Request, frozen=True, kw_only=True):
    """A request, with the beginning of its context."""

    context: str = ""


class Known(Part, frozen=True, kw_only=True):
    """The level that a ruling gave the request, how sure it was of it (0..1), and which rung that was."""

    complexity: Level
    confidence: float
    rung: str


class Choice(Part, frozen=True, kw_only=True):
    """A request, the definitions that there are, and its level where that is ruled on already."""

    request: Asked
    cards: tuple[Card, ...] = ()
    level: Known | None = None


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
        said=str(request.metadata.get("complexity", ""))[:SAID_LENGTH],
    )


def shown(request: Asked, shows: int = 0) -> dict[str, str]:
    """A request as the data of a prompt, with that many characters of question and context (0: as many as it has)."""
    question, beginning = fitted(shows, (request.question, QUESTION_LENGTH), (request.context, CONTEXT_LENGTH))
    context = told(characters=request.context_length, beginning=beginning) if request.context_length else None
    return {
        "request": quoted(told(question=question, options=request.options, context=context)),
        "question": quoted(question),
        "options": quoted(list(request.options)),
        "context": quoted({"characters": request.context_length, "beginning": beginning}),
    }


class Complexity(Kind[Choice, Said]):
    """What the request says, the words that definitions claim, and size; a model where those do not tell. `cards` are
    the definitions that this service knows."""

    name = "complexity"
    options = LEVELS
    fact = ComplexityAssessed
    said = Said

    def __init__(self, cards: tuple[Card, ...] = ()) -> None:
        self.cards = cards

    def question(self, debate: Debate, wanted: RulingRequested) -> Choice:  # noqa: ARG002 - it is about the request
        """The request, beside the definitions that say what they are for."""
        return Choice(request=asked(debate), cards=self.cards)

    def rule(self, question: Choice) -> Opinion[Said] | str:
        """By signs that anybody can see."""
        found = assess(question.request, question.cards)
        return Opinion(RULES, Said(complexity=found.complexity), found.confidence, found.why)

    def inquiries(self, question: Choice, template: str, shows: int = 0) -> tuple[Inquiry, ...]:
        """The request as it is."""
        return (inquiry(template, LEVELS, shown(question.request, shows)),)

    def conclude(self, question: Choice, answers: Sequence[Answer], model: str) -> Opinion[Said]:  # noqa: ARG002 - told
        """The level that the model names."""
        (answer,) = answers
        said = Said(complexity=cast(Level, answer.option))
        return Opinion("", said, answer.confidence, answer.why or f"so {model} says", answer.odds)

    def default(self, question: Choice) -> Opinion[Said]:  # noqa: ARG002 - whatever is asked
        """moderate."""
        return Opinion(DEFAULT, Said(complexity="moderate"), 0.0, "nobody could say: moderate is assumed")

    def told(self, wanted: RulingRequested, question: Choice, said: Said) -> dict[str, Any]:  # noqa: ARG002 - one field
        """The level."""
        return {"complexity": said.complexity}

    def recorded(self, question: Choice, fact: Any) -> Said:  # noqa: ARG002 - the fact says it
        """As the fact has it."""
        return Said(complexity=fact.complexity)

    def word(self, said: Said) -> str:
        """The level."""
        return said.complexity

    def regret(self, ruled: Said, other: Said) -> float:
        """Half for each step between the levels."""
        return abs(LEVELS.index(ruled.complexity) - LEVELS.index(other.complexity)) / (len(LEVELS) - 1)
