"""Which definition is a request best served by?"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from zamaz.events import Part
from zamaz.events.orchestration import WorkflowSelected
from zamaz.events.workflow import RulingRequested
from zamaz_orchestrator.debate import Debate, in_time
from zamaz_orchestrator.kinds.complexity import Choice, Known, asked, shown
from zamaz_orchestrator.kinds.kind import DEFAULT, RULES, Kind, Opinion
from zamaz_orchestrator.port import MAX_OPTIONS, Answer, Inquiry, PassUp, inquiry, lines
from zamaz_orchestrator.selection import Assessed, Card, assess, select


class Said(Part, frozen=True, kw_only=True):
    """A definition's id."""

    workflow: str


class Workflow(Kind[Choice, Said]):
    """`cards` are the definitions that this service knows; `otherwise` is the one that needs no reason."""

    name = "workflow"
    fact = WorkflowSelected
    said = Said

    def __init__(self, cards: tuple[Card, ...] = (), otherwise: str = "") -> None:
        self.cards, self.otherwise = cards, otherwise

    def question(self, debate: Debate, wanted: RulingRequested) -> Choice:
        """The request, beside what there is to choose from, and its level as it was known when the workflow asked."""
        return Choice(request=asked(debate), cards=self.cards, level=_known(debate, wanted))

    def rule(self, question: Choice) -> Opinion[Said] | str:
        """By the definitions' own words, and by what the level asks for."""
        if not question.cards:
            return "there are no definitions to choose from"
        level = _level(question)
        found = select(question.request, question.cards, level, self.otherwise)
        return Opinion(RULES, Said(workflow=found.workflow), found.confidence, found.why)

    def inquiries(self, question: Choice, template: str, shows: int = 0) -> tuple[Inquiry, ...]:
        """The request, and a line for each definition."""
        if not 2 <= len(question.cards) <= MAX_OPTIONS:
            raise PassUp(f"there are {len(question.cards)} definitions to choose from", "no_evidence")
        about = [
            {"workflow": card.id, "description": card.description, "use_cases": card.use_cases}
            for card in question.cards
        ]
        options = tuple(card.id for card in question.cards)
        return (inquiry(template, options, {**shown(question.request, shows), "workflows": lines(about)}),)

    def conclude(self, question: Choice, answers: Sequence[Answer], model: str) -> Opinion[Said]:  # noqa: ARG002 - told
        """The definition that the model names."""
        (answer,) = answers
        return Opinion(
            "", Said(workflow=answer.option), answer.confidence, answer.why or f"so {model} says", answer.odds
        )

    def default(self, question: Choice) -> Opinion[Said]:  # noqa: ARG002 - whatever is asked
        """The one that is taken where none is named."""
        return Opinion(DEFAULT, Said(workflow=self.otherwise), 0.0, "nobody could say: the default workflow is taken")

    def told(self, wanted: RulingRequested, question: Choice, said: Said) -> dict[str, Any]:  # noqa: ARG002 - one name
        """With what its file says it costs and takes."""
        card = next((card for card in question.cards if card.id == said.workflow), Card(id=said.workflow))
        return {
            "workflow": said.workflow,
            "estimated_cost_usd": card.cost_usd,
            "estimated_duration_s": card.duration_s,
        }

    def recorded(self, question: Choice, fact: Any) -> Said:  # noqa: ARG002 - the fact says it
        """As the fact has it."""
        return Said(workflow=fact.workflow)

    def word(self, said: Said) -> str:
        """The definition's id."""
        return said.workflow


def _known(debate: Debate, wanted: RulingRequested) -> Known | None:
    seq, fact = debate.level or (0, None)
    if fact is None or not in_time(wanted, seq):
        return None
    return Known(complexity=fact.complexity, confidence=fact.confidence, rung=fact.rung)


def _level(question: Choice) -> Assessed:
    """What was ruled, whoever did; else what the rules see themselves."""
    known = question.level
    if known is None or known.rung == RULES:
        return assess(question.request, question.cards)
    return Assessed(known.complexity, known.confidence, f"so {known.rung} ruled")
