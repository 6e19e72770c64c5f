"""`zamaz select`: the selection of a request that is not made, by the files of a folder of definitions."""

from __future__ import annotations

from zamaz.definition import Catalog, WorkflowFile, load
from zamaz.definition.explain import Calls, calls, plan_of
from zamaz.errors import DefinitionError
from zamaz.selecting import Found, Selection, Wanted
from zamaz_orchestrator.selection import Card, Request, assess, select

DEFAULT_WORKFLOW, RULES = "simple_debate", "rules"
UNKNOWN_SEATS = Calls(0, 0, 0)


def card_of(workflow: WorkflowFile, counted: Calls) -> Card:
    """A definition as a selection looks at it."""
    told = workflow.metadata
    return Card(
        id=workflow.id,
        description=workflow.description,
        decision_type=workflow.decision_type,
        use_cases=told.use_cases,
        complexity_indicators=told.complexity_indicators,
        calls=counted.all_rounds,
        cost_usd=told.cost_usd,
        duration_s=told.duration_s,
    )


def calls_of(workflow: WorkflowFile, catalog: Catalog) -> Calls:
    """How many calls its own seats take; UNKNOWN_SEATS where models.yaml does not know them."""
    try:
        return calls(plan_of(workflow, catalog.models, ()))
    except DefinitionError:
        return UNKNOWN_SEATS


async def selecting(wanted: Wanted) -> Selection:
    """The choice, with its reasons. Raises DefinitionError."""
    catalog = load(wanted.definitions)
    counted = {name: calls_of(workflow, catalog) for name, workflow in catalog.workflows.items()}
    cards = tuple(card_of(workflow, counted[name]) for name, workflow in catalog.workflows.items())
    request = Request(
        question=wanted.question,
        options=wanted.options,
        context_length=len(wanted.context),
        metadata=wanted.metadata,
    )
    level = assess(request, cards)
    chosen = select(request, cards, level, DEFAULT_WORKFLOW)
    card = next((card for card in cards if card.id == chosen.workflow), Card(id=chosen.workflow))
    took = counted.get(chosen.workflow, UNKNOWN_SEATS)
    return Selection(
        complexity=Found(level.complexity, RULES, level.confidence, level.why),
        workflow=Found(chosen.workflow, RULES, chosen.confidence, chosen.why),
        description=card.description,
        calls=(took.fewest, took.all_rounds, took.most),
        cost_usd=card.cost_usd,
        duration_s=card.duration_s,
    )
