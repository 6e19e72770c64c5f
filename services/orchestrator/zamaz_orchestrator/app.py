"""The orchestrator, wired: hear RulingRequested, climb the ladder, say ConsensusAssessed."""

from __future__ import annotations

import time
from datetime import UTC, datetime

from zamaz import definition, provision, subjects
from zamaz.definition import OrchestrationFile
from zamaz.errors import TemplateMissing
from zamaz.events.orchestration import ConsensusAssessed
from zamaz.events.workflow import RulingRequested
from zamaz.log import Log
from zamaz.service.delivery import Delivery
from zamaz.service.folds import Folds, understood
from zamaz.service.shell import Shell
from zamaz.service.templates import Templates
from zamaz_orchestrator.judgement import PassUp
from zamaz_orchestrator.ladder import Judge, Ladder
from zamaz_orchestrator.ruling import FOLDING, Cutoffs, Debate, assessed, open_ruling, question_of
from zamaz_orchestrator.rungs.local import LocalJudge
from zamaz_orchestrator.rungs.ollama import OllamaJudge
from zamaz_orchestrator.settings import OrchestratorSettings

SERVICE = "orchestrator"
KIND = "consensus"
HANDS = 16
REMEMBERED = 512


class Bench:
    """Where rulings are made: one log, one ladder, and the prompt templates that were read from the log."""

    def __init__(self, log: Log, ladder: Ladder) -> None:
        self._log = log
        self._folds = Folds(log, FOLDING, REMEMBERED)
        self._ladder = ladder
        self._templates = Templates(log)

    async def rule(self, named: subjects.Name, delivery: Delivery) -> list[str]:
        """Answer one RulingRequested; the names of what was said. Raises LogUnavailable, StaleRead and Busy."""
        fold = await self._folds.upto(named.debate, delivery.seq, afresh=delivery.tries > 1)
        debate = understood(named.debate, fold)
        wanted = open_ruling(debate, named.key, datetime.now(UTC))
        if wanted is None:
            return []
        said = await self._log.append(named.debate, await self._answer(debate, wanted), because=delivery.id)
        return [ConsensusAssessed.__name__] if said.ours else []

    async def _answer(self, debate: Debate, wanted: RulingRequested) -> ConsensusAssessed:
        began = time.perf_counter()
        question = question_of(debate, wanted)
        rungs = debate.started.ladder.get(KIND, ()) if debate.started else ()

        async def template() -> str:
            return await self._template(debate)

        def left() -> float:
            return (wanted.deadline - datetime.now(UTC)).total_seconds()

        opinion, passed = await self._ladder.climb(question, rungs, template, left)
        latency_ms = round((time.perf_counter() - began) * 1000)
        return assessed(wanted, question, opinion, passed, self._ladder.cutoffs, latency_ms)

    async def _template(self, debate: Debate) -> str:
        """The text that the debate started with: editing the file changes no running debate."""
        digest = debate.started.prompts.get(KIND, "") if debate.started else ""
        if not digest:
            raise PassUp("the debate started without a prompt for it")
        try:
            return await self._templates.text(KIND, digest)
        except TemplateMissing as error:
            raise PassUp(str(error)) from error


def build(settings: OrchestratorSettings) -> Shell:
    """The service, ready to run. Raises DefinitionError."""
    spec = definition.read(settings.definitions / "orchestration.yaml", OrchestrationFile).agreement
    judges: dict[str, Judge] = {"ollama": OllamaJudge(settings.ollama_host), "local": LocalJudge(settings.local_url)}
    feed = next(f for f in provision.feeds({}) if f.durable == subjects.durable(SERVICE))

    async def prepare(shell: Shell) -> None:
        ladder = Ladder(judges, Cutoffs(spec.full_from, spec.none_below), shell.tracing)
        shell.hears(feed, Bench(shell.log, ladder).rule, hands=HANDS)

    async def stopping() -> None:
        for judge in judges.values():
            await judge.close()

    return Shell(SERVICE, settings, FOLDING, [feed], prepare, stopping)
