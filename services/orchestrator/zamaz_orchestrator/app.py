"""The orchestrator, wired: hear RulingRequested, climb the ladder, say the ruling."""

from __future__ import annotations

import asyncio

from zamaz import definition, provision, subjects
from zamaz.alive import Alive
from zamaz.service.presence import Presence, process
from zamaz.service.shell import Shell
from zamaz_orchestrator.board import Board, SharedCache, SharedGuard
from zamaz_orchestrator.cache import NOTHING_KEPT
from zamaz_orchestrator.choosing import cards_of
from zamaz_orchestrator.court import Court
from zamaz_orchestrator.debate import FOLDING
from zamaz_orchestrator.kinds import Cutoffs, kinds
from zamaz_orchestrator.ladder import Ladder
from zamaz_orchestrator.rungs import judges_of
from zamaz_orchestrator.rungs.embeddings import MiniLM, files
from zamaz_orchestrator.settings import OrchestratorSettings
from zamaz_orchestrator.warmth import warm

SERVICE = "orchestrator"
HANDS = 64
"""More than models are asked at once (`concurrency` of a rung), so that what is free waits behind none of them."""


def build(settings: OrchestratorSettings) -> Shell:
    """The service, ready to run. Raises DefinitionError."""
    catalog = definition.load(settings.definitions)
    spec, kept = catalog.orchestration.agreement, catalog.orchestration.cache
    known = kinds(Cutoffs(spec.full_from, spec.none_below), cards_of(catalog), settings.default_workflow)
    feed = next(f for f in provision.feeds({}) if f.durable == subjects.durable(SERVICE))
    judges = judges_of(settings, catalog.models)
    courts: list[Court] = []
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
        alive, by = Alive(shell.nc), process()
        court = Court(
            shell.log, ladder, known, catalog, lambda reason: left_out(reason).inc(),
            by=by, gone=alive.gone, reachable=settings.reachable(catalog.models),
        )  # fmt: skip
        courts.append(court)
        presence = Presence(alive, by)
        await presence.start()
        shell.on_reconnect.append(presence.reconnected)
        shell.hears(feed, court.rule, hands=HANDS)
        warmed.append(asyncio.create_task(warm(judges, known, catalog)))

    async def stopping() -> None:
        for task in warmed:
            task.cancel()
        await asyncio.gather(*warmed, *(court.close() for court in courts), return_exceptions=True)
        for judge in judges.values():
            await judge.close()

    return Shell(SERVICE, settings, FOLDING, [feed], prepare, stopping)
