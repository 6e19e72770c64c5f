"""`zamaz select`: the selection of a request that is not made, by the files of a folder of definitions."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, cast

from msgspec import structs

from zamaz.definition import Catalog, WorkflowFile, load
from zamaz.definition.catalog import prompt_digest
from zamaz.definition.explain import Calls, calls, plan_of
from zamaz.errors import DefinitionError
from zamaz.events.flow import Complexity, RungSetting
from zamaz.selecting import Found, Selection, Wanted
from zamaz_orchestrator.cache import Prompt
from zamaz_orchestrator.debate import NOBODY
from zamaz_orchestrator.kinds import Cutoffs, kinds
from zamaz_orchestrator.kinds.complexity import CONTEXT_LENGTH, Asked, Choice, Known
from zamaz_orchestrator.kinds.kind import Kind, Opinion
from zamaz_orchestrator.ladder import Case, Ladder
from zamaz_orchestrator.port import PassUp
from zamaz_orchestrator.rungs import judges_of
from zamaz_orchestrator.selection import Card
from zamaz_orchestrator.settings import OrchestratorSettings

UNKNOWN_SEATS = Calls(0, 0, 0)
PATIENCE_S = 3600.0


def cards_of(catalog: Catalog) -> tuple[Card, ...]:
    """The definitions, as a selection looks at them."""
    return tuple(_card(workflow, calls_of(workflow, catalog)) for workflow in catalog.workflows.values())


def _card(workflow: WorkflowFile, counted: Calls) -> Card:
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
    """The choice as the service would make it, with its reasons. Raises DefinitionError."""
    settings, catalog = OrchestratorSettings(), load(wanted.definitions)
    cards, spec = cards_of(catalog), catalog.orchestration.agreement
    known = kinds(Cutoffs(spec.full_from, spec.none_below), cards, settings.default_workflow)
    request = Asked(
        question=wanted.question,
        options=wanted.options,
        context=wanted.context[:CONTEXT_LENGTH],
        context_length=len(wanted.context),
        said=str(wanted.metadata.get("complexity", "")),
    )
    ladder = Ladder(judges_of(settings, catalog.models) if wanted.models else {})
    try:
        asking = _Asking(ladder, catalog, catalog.ladder(settings.reachable(catalog.models)), models=wanted.models)
        choice = Choice(request=request, cards=cards)
        level = await asking.about(known["complexity"], choice)
        chosen = await asking.about(known["workflow"], structs.replace(choice, level=_known(level)))
    finally:
        await ladder.close()
    card = next((card for card in cards if card.id == chosen.what), Card(id=chosen.what))
    took = calls_of(catalog.workflows[card.id], catalog) if card.id in catalog.workflows else UNKNOWN_SEATS
    return Selection(
        complexity=level,
        workflow=chosen,
        description=card.description,
        calls=(took.fewest, took.all_rounds, took.most),
        cost_usd=card.cost_usd,
        duration_s=card.duration_s,
    )


class _Asking:
    """One request, and whoever can rule on it."""

    def __init__(
        self, ladder: Ladder, catalog: Catalog, rungs: Mapping[str, tuple[RungSetting, ...]], *, models: bool
    ) -> None:
        self._ladder, self._prompts, self._rungs = ladder, catalog.prompts, rungs
        self._models = models

    async def about(self, kind: Kind[Any, Any], choice: Choice) -> Found:
        """The ruling of this kind. Without models, it is what the rules say, however sure they are."""
        if not self._models:
            made = kind.rule(choice)
            opinion = made if isinstance(made, Opinion) else kind.default(choice)
            return _found(kind, opinion, ())

        async def prompt() -> Prompt:
            return self._prompt(kind.name)

        climbed = await self._ladder.climb(Case(kind, choice, prompt, lambda: PATIENCE_S), self._rungs[kind.name])
        return _found(kind, climbed.opinion, tuple(f"{up.rung}: {up.why}" for up in climbed.passed))

    def _prompt(self, kind: str) -> Prompt:
        text = self._prompts.get(kind, "")
        if not text:
            raise PassUp(f"there is no prompts/{kind}.md", "not_configured")
        return Prompt(text, prompt_digest(text))


def _known(level: Found) -> Known | None:
    """What the second question may build on."""
    if level.rung == NOBODY:
        return None
    return Known(complexity=cast(Complexity, level.what), confidence=level.confidence, rung=level.rung)


def _found(kind: Kind[Any, Any], opinion: Opinion[Any], passed: tuple[str, ...]) -> Found:
    return Found(kind.word(opinion.said), opinion.rung, opinion.confidence, opinion.why, passed)
