"""The orchestrator, wired: hear RulingRequested, climb the ladder, say the ruling."""

from __future__ import annotations

import asyncio
import time
import uuid
from collections.abc import Callable
from datetime import UTC, datetime

from zamaz import definition, provision, subjects
from zamaz.definition import Catalog
from zamaz.definition.catalog import prompt_digest
from zamaz.errors import TemplateMissing
from zamaz.events.flow import RungSetting
from zamaz.events.orchestration import Ruling, RulingDiscarded, RulingShadowed
from zamaz.events.workflow import RulingRequested
from zamaz.log import Log
from zamaz.service.delivery import Delivery
from zamaz.service.folds import Folds, understood
from zamaz.service.shell import Shell
from zamaz.service.templates import Templates
from zamaz_orchestrator.board import Board, SharedCache, SharedGuard
from zamaz_orchestrator.cache import NOTHING_KEPT, Prompt
from zamaz_orchestrator.choosing import cards_of
from zamaz_orchestrator.debate import FOLDING, Debate, open_ruling
from zamaz_orchestrator.kinds import Cutoffs, Kinds, kinds
from zamaz_orchestrator.ladder import Case, Climbed, Ladder
from zamaz_orchestrator.port import PassUp
from zamaz_orchestrator.rungs import judges_of
from zamaz_orchestrator.rungs.embeddings import MiniLM, files
from zamaz_orchestrator.settings import OrchestratorSettings
from zamaz_orchestrator.shadow import Shadows
from zamaz_orchestrator.spending import spent_by
from zamaz_orchestrator.warmth import warm

SERVICE = "orchestrator"
HANDS = 64
"""More than models are asked at once (`concurrency` of a rung), so that what is free waits behind none of them."""
REMEMBERED = 512


class Bench:
    """Where rulings are made: one log, one ladder, the kinds, and what this service's own files say of a debate that
    has not started yet."""

    def __init__(
        self, log: Log, ladder: Ladder, known: Kinds, catalog: Catalog, left_out: Callable[[str], None] = lambda _: None
    ) -> None:
        self._log, self._ladder, self._kinds = log, ladder, known
        self._shadows = Shadows(ladder, catalog.orchestration.shadow, self._shadowed, self._runs, left_out)
        self._own_rungs, self._own_prompts = catalog.ladder(), catalog.prompts
        self._folds = Folds(log, FOLDING, REMEMBERED)
        self._templates = Templates(log)
        self._making: dict[str, asyncio.Task[tuple[Case, Climbed, Ruling]]] = {}

    async def rule(self, named: subjects.Name, delivery: Delivery) -> list[str]:
        """Answer one RulingRequested; the names of what was said. Raises LogUnavailable, StaleRead and Busy."""
        fold = await self._folds.upto(named.debate, delivery.seq, afresh=delivery.tries > 1)
        debate = understood(named.debate, fold)
        wanted = open_ruling(debate, named.key, datetime.now(UTC))
        if wanted is None or wanted.kind not in self._kinds:
            return []  # an earlier delivery may still be making it, and says what it cost
        case, climbed, fact = await self._made(named.debate, debate, wanted)
        said = await self._log.append(named.debate, fact, because=delivery.id)
        if self._making.pop(named.key, None) is None:
            return []
        if not said.ours:
            return await self._discard(named.debate, fact, delivery)
        await self._ladder.keep(case, climbed)
        self._shadows.offer(named.debate, case, climbed, fact, self._rungs(debate, wanted.kind))
        return [type(fact).__name__]

    async def _shadowed(self, debate_id: str, fact: RulingShadowed) -> None:
        await self._log.append(debate_id, fact)

    async def _runs(self, debate_id: str) -> bool:
        return not (await self._folds.upto(debate_id, 0)).state.over

    async def close(self) -> None:
        """Leave off measuring."""
        await self._shadows.close()

    async def _made(self, debate_id: str, debate: Debate, wanted: RulingRequested) -> tuple[Case, Climbed, Ruling]:
        """The ruling, made once in this process: a delivery that comes again while it is being made waits for it, and
        one that could not be said is said by the next."""
        making = self._making.get(wanted.ruling)
        if making is None or (making.done() and (making.cancelled() or making.exception())):
            making = self._making[wanted.ruling] = asyncio.create_task(self._climbed(debate_id, debate, wanted))
            if len(self._making) > REMEMBERED:
                del self._making[next(iter(self._making))]
        return await asyncio.shield(making)

    async def _climbed(self, debate_id: str, debate: Debate, wanted: RulingRequested) -> tuple[Case, Climbed, Ruling]:
        began, kind = time.perf_counter(), self._kinds[wanted.kind]
        question = kind.question(debate, wanted)

        async def prompt() -> Prompt:
            return await self._prompt(debate, wanted.kind)

        def left() -> float:
            return (wanted.deadline - datetime.now(UTC)).total_seconds()

        async def spent(rung: RungSetting) -> float:
            return await self._spent(debate_id, rung)

        case = Case(kind, question, prompt, left, spent)
        climbed = await self._ladder.climb(case, self._rungs(debate, wanted.kind))
        latency_ms = round((time.perf_counter() - began) * 1000)
        return case, climbed, kind.fact_of(wanted, question, climbed.opinion, climbed.passed, latency_ms)

    def _rungs(self, debate: Debate, kind: str) -> tuple[RungSetting, ...]:
        """The ladder that the debate started with; before it starts, that of this service's file."""
        return debate.started.ladder.get(kind, ()) if debate.started else self._own_rungs[kind]

    async def _prompt(self, debate: Debate, kind: str) -> Prompt:
        """The template that the debate started with: editing the file changes no running debate."""
        if debate.started is None:
            if kind not in self._own_prompts:
                raise PassUp(f"there is no prompts/{kind}.md", "not_configured")
            return Prompt(self._own_prompts[kind], prompt_digest(self._own_prompts[kind]))
        digest = debate.started.prompts.get(kind, "")
        if not digest:
            raise PassUp("the debate started without a prompt for it", "not_configured")
        try:
            return Prompt(await self._templates.text(kind, digest), digest)
        except TemplateMissing as error:
            raise PassUp(str(error)) from error

    async def _spent(self, debate_id: str, rung: RungSetting) -> float:
        """Dollars that calls of this rung have cost this debate, as far as they are priced."""
        voices = (subjects.voice_of("orchestration", debate_id), subjects.voice_of("cost", debate_id))
        loaded = await self._log.load(debate_id, 1, voices)
        return float(spent_by(rung.rung, (heard.fact for heard in loaded.facts)))

    async def _discard(self, debate_id: str, fact: Ruling, delivery: Delivery) -> list[str]:
        """Another orchestrator's ruling stands. What this one cost goes on the bill all the same."""
        if fact.usage is None and not any(one.usage for one in fact.passed):
            return []
        lost = RulingDiscarded(
            discard=str(uuid.uuid4()),
            ruling=fact.ruling,
            rung=fact.rung,
            passed=fact.passed,
            provider=fact.provider,
            model=fact.model,
            usage=fact.usage,
        )
        await self._log.append(debate_id, lost, because=delivery.id)
        return [RulingDiscarded.__name__]


def build(settings: OrchestratorSettings) -> Shell:
    """The service, ready to run. Raises DefinitionError."""
    catalog = definition.load(settings.definitions)
    spec, kept = catalog.orchestration.agreement, catalog.orchestration.cache
    known = kinds(Cutoffs(spec.full_from, spec.none_below), cards_of(catalog), settings.default_workflow)
    feed = next(f for f in provision.feeds({}) if f.durable == subjects.durable(SERVICE))
    judges = judges_of(settings, catalog.models)
    benches: list[Bench] = []
    warmed: list[asyncio.Task[None]] = []

    async def prepare(shell: Shell) -> None:
        ladder = Ladder(
            judges,
            shell.tracing,
            meaning=MiniLM(found) if (found := files(settings.embeddings)) else None,
            guard=SharedGuard(Board(shell.nc)),
            cache=SharedCache(shell.nc, kept.ttl) if kept.enabled else NOTHING_KEPT,
        )
        left_out = shell.metrics.counter("shadows_left_out", "Rulings that were to be measured and were not", "reason")
        bench = Bench(shell.log, ladder, known, catalog, lambda reason: left_out(reason).inc())
        benches.append(bench)
        shell.hears(feed, bench.rule, hands=HANDS)
        warmed.append(asyncio.create_task(warm(judges, known, catalog)))

    async def stopping() -> None:
        for task in warmed:
            task.cancel()
        await asyncio.gather(*warmed, *(bench.close() for bench in benches), return_exceptions=True)
        for judge in judges.values():
            await judge.close()

    return Shell(SERVICE, settings, FOLDING, [feed], prepare, stopping)
