"""Where rulings are made: a RulingRequested comes in, the ladder is climbed, and what it found is said once."""

from __future__ import annotations

import asyncio
import time
import uuid
from collections.abc import Awaitable, Callable
from dataclasses import replace
from datetime import UTC, datetime
from typing import NamedTuple

from zamaz import subjects
from zamaz.definition import Catalog
from zamaz.definition.catalog import prompt_digest
from zamaz.definition.orchestration import Reachable, anything
from zamaz.errors import TemplateMissing
from zamaz.events.flow import RungSetting
from zamaz.events.orchestration import Ruling, RulingDiscarded, RulingShadowed, RungPassed
from zamaz.events.workflow import RulingRequested
from zamaz.log import Log
from zamaz.service.delivery import Delivery, GiveBack
from zamaz.service.folds import Folds, understood
from zamaz.service.templates import Templates
from zamaz_orchestrator.asking import LOOK_AGAIN_S, Asking, everybody_lives
from zamaz_orchestrator.cache import Prompt
from zamaz_orchestrator.debate import FOLDING, Debate, last_asked, open_ruling
from zamaz_orchestrator.kinds import Kinds
from zamaz_orchestrator.kinds.kind import DEFAULT
from zamaz_orchestrator.ladder import Case, Climbed, Ladder, Left
from zamaz_orchestrator.port import PassUp
from zamaz_orchestrator.shadow import Shadows
from zamaz_orchestrator.spending import spent_by

REMEMBERED = 512


class Made(NamedTuple):
    """A ruling that was made, and is still to be said."""

    case: Case
    climbed: Climbed
    fact: Ruling
    rungs: tuple[RungSetting, ...]


class Court:
    """One log, one ladder, the kinds, and what this service's own files say of a debate that has not started yet.
    `by` is this process, `gone` tells whether another one has ended, `left_out` hears why a shadow is not asked."""

    def __init__(
        self,
        log: Log,
        ladder: Ladder,
        known: Kinds,
        catalog: Catalog,
        left_out: Callable[[str], None] = lambda _: None,
        *,
        by: str = "",
        gone: Callable[[str], Awaitable[bool]] = everybody_lives,
        reachable: Reachable = anything,
    ) -> None:
        self._log, self._ladder, self._kinds = log, ladder, known
        self._folds = Folds(log, FOLDING, REMEMBERED)
        self._asking = Asking(log, self._folds, by, gone, catalog.models.providers)
        spec = catalog.orchestration.shadow
        self._shadows = Shadows(ladder, spec, self._shadowed, self._runs, self._affords, left_out)
        self._own_rungs, self._own_prompts = catalog.ladder(reachable), catalog.prompts
        self._templates = Templates(log)
        self._making: dict[str, asyncio.Task[Made]] = {}

    async def rule(self, named: subjects.Name, delivery: Delivery) -> list[str]:
        """Answer one RulingRequested; the names of what was said. Raises LogUnavailable, StaleRead, Busy, and GiveBack
        while another orchestrator pays for it."""
        fold = await self._folds.upto(named.debate, delivery.seq, afresh=delivery.tries > 1)
        debate = understood(named.debate, fold)
        wanted = open_ruling(debate, named.key, datetime.now(UTC))
        making = self._making.get(named.key)
        if wanted is None or wanted.kind not in self._kinds:
            if making is None or _failed(making):
                return await self._asking.cleared(named.debate, debate, named.key, delivery)
            # An earlier delivery may still be making it, and says what it cost; or could not say it, and this one does.
            return await self._said(named, making.result(), delivery) if making.done() else []
        if making is None:
            await self._asking.may_rule(debate, named.key, delivery)
        try:
            made = await self._made(named.debate, debate, wanted)
        except Left as left:
            await self._paid(named, left.passed, delivery)
            raise GiveBack(LOOK_AGAIN_S, str(left)) from left
        said = await self._said(named, made, delivery)
        if making is None and not _announced(made.fact):
            # A new call would tell that the one before it was lost.
            said += await self._asking.cleared(named.debate, debate, named.key, delivery)
        return said

    async def _said(self, named: subjects.Name, made: Made, delivery: Delivery) -> list[str]:
        said = await self._log.append(named.debate, made.fact, because=delivery.id)
        if self._making.pop(named.key, None) is None:
            return []
        if not said.ours:
            return await self._discard(named.debate, made.fact, delivery)
        await self._ladder.keep(made.case, made.climbed)
        case = replace(made.case, announce=self._asking.of(named.debate, named.key, shadow=True))
        self._shadows.offer(named.debate, case, made.climbed, made.fact, made.rungs)
        return [type(made.fact).__name__]

    async def _shadowed(self, debate_id: str, fact: RulingShadowed) -> None:
        await self._log.append(debate_id, fact)

    async def _runs(self, debate_id: str) -> bool:
        return not (await self._folds.upto(debate_id, 0)).state.over

    async def _affords(self, debate_id: str, rung: RungSetting) -> bool:
        """Whether a shadow may ask it: under a budget nothing was reserved for one that sends bills."""
        if not self._asking.is_paid(rung):
            return True
        started = (await self._folds.upto(debate_id, 0)).state.started
        return started is not None and (started.spending is None or not started.spending.limited)

    async def close(self) -> None:
        """Leave off measuring."""
        await self._shadows.close()

    async def _made(self, debate_id: str, debate: Debate, wanted: RulingRequested) -> Made:
        """The ruling, made once in this process: a delivery that comes again while it is being made waits for it, and
        one that could not be said is said by the next."""
        making = self._making.get(wanted.ruling)
        if making is None or _failed(making):
            making = self._making[wanted.ruling] = asyncio.create_task(self._climbed(debate_id, debate, wanted))
            if len(self._making) > REMEMBERED:
                del self._making[next(iter(self._making))]
        return await asyncio.shield(making)

    async def _climbed(self, debate_id: str, debate: Debate, wanted: RulingRequested) -> Made:
        began, kind = time.perf_counter(), self._kinds[wanted.kind]
        question, rungs = kind.question(debate, wanted), self._rungs(debate, wanted.kind)

        async def prompt() -> Prompt:
            return await self._prompt(debate, wanted.kind)

        def left() -> float:
            return (wanted.deadline - datetime.now(UTC)).total_seconds()

        async def spent(rung: RungSetting) -> float:
            return await self._spent(debate_id, rung)

        announce = self._asking.of(debate_id, wanted.ruling, after=last_asked(debate, wanted.ruling))
        case = Case(kind, question, prompt, left, spent, announce)
        climbed = await self._ladder.climb(case, rungs)
        latency_ms = round((time.perf_counter() - began) * 1000)
        fact = kind.fact_of(wanted, question, climbed.opinion, climbed.passed, latency_ms)
        return Made(case, climbed, fact, rungs)

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
        if fact.usage is None and not any(one.usage or one.call for one in fact.passed):
            return []
        lost = RulingDiscarded(
            discard=str(uuid.uuid4()),
            ruling=fact.ruling,
            rung=fact.rung,
            passed=fact.passed,
            provider=fact.provider,
            model=fact.model,
            usage=fact.usage,
            call=fact.call,
        )
        await self._log.append(debate_id, lost, because=delivery.id)
        return [RulingDiscarded.__name__]

    async def _paid(self, named: subjects.Name, passed: tuple[RungPassed, ...], delivery: Delivery) -> None:
        """What a climb that was left off had cost, said once."""
        if self._making.pop(named.key, None) is None or not any(one.usage or one.call for one in passed):
            return
        lost = RulingDiscarded(discard=str(uuid.uuid4()), ruling=named.key, rung=DEFAULT, passed=passed)
        await self._log.append(named.debate, lost, because=delivery.id)


def _failed(making: asyncio.Task[Made]) -> bool:
    return making.done() and (making.cancelled() or making.exception() is not None)


def _announced(fact: Ruling) -> bool:
    return bool(fact.call) or any(one.call for one in fact.passed)
