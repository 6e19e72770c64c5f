"""Wiring: what the workflow service hears, and what it needs to decide."""

from __future__ import annotations

import asyncio
import time
from datetime import UTC, datetime
from functools import partial

from zamaz import provision, subjects
from zamaz.alive import Alive, Reach
from zamaz.definition import Catalog, load, prompt_digest
from zamaz.errors import LogError, LogUnavailable
from zamaz.events import Fact, decode
from zamaz.events.client import DebateRequested
from zamaz.events.orchestration import WorkflowSelected
from zamaz.events.workflow import PromptKept
from zamaz.log import Log
from zamaz.service.advance import Advance
from zamaz.service.delivery import Delivery
from zamaz.service.metrics import SECONDS, Metrics
from zamaz.service.shell import Shell
from zamaz.service.timers import Timers
from zamaz_workflow.debate import Debate
from zamaz_workflow.decide import DECIDER
from zamaz_workflow.decisions import Decisions
from zamaz_workflow.durations import durations
from zamaz_workflow.seating import World
from zamaz_workflow.settings import WorkflowSettings

HANDS = 128
REACH_AGE_S = 0.5
KEEP_AGAIN_S = 0.3
CHOOSING = (DebateRequested.__name__, WorkflowSelected.__name__)
"""After these a debate may start."""
FEEDS = {feed.durable: feed for feed in provision.feeds({}) if feed.durable.startswith("workflow")}


class Surroundings:
    """Clock, definitions and what can be reached, as decide gets them."""

    def __init__(self, catalog: Catalog, alive: Alive, default_workflow: str, decisions: Decisions) -> None:
        self._catalog, self._alive, self._default = catalog, alive, default_workflow
        self._decisions = decisions
        self._reach: dict[str, Reach] = {}
        self._since = datetime.now(UTC)
        self._look: asyncio.Task[None] | None = None
        self._looked = -REACH_AGE_S

    async def __call__(self) -> World:
        """The world now; what can be reached may be half a second old. All who ask meanwhile share one look."""
        if self._look is None and time.monotonic() - self._looked > REACH_AGE_S:
            self._look = asyncio.create_task(self._see())
        if self._look:
            await asyncio.shield(self._look)
        before = self._decisions.before
        return World(datetime.now(UTC), self._catalog, self._reach, self._since, self._default, before)

    async def _see(self) -> None:
        try:
            self._reach = await self._alive.reach()
        except LogError:
            pass  # what was known last is better than nothing
        finally:
            self._looked, self._look = time.monotonic(), None

    async def reconnected(self) -> None:
        """The server may have lost the leases: debaters get the time to renew them."""
        self._since = datetime.now(UTC)


class Clockwork:
    """Tells the metrics how long things took."""

    def __init__(self, metrics: Metrics) -> None:
        histogram = partial(metrics.histogram, buckets=SECONDS)
        self._histograms = {
            "debate": histogram("debate_seconds", "From the request to the ending", "ending"),
            "round": histogram("round_seconds", "From a round's first turn to what follows it"),
            "step": histogram("step_seconds", "From a step's first question to what follows it", "step"),
        }

    def __call__(self, debate: Debate, said: list[Fact], world: World) -> None:
        """Of one decision."""
        for took in durations(debate, said, world.now):
            self._histograms[took.what](*took.labels).observe(took.seconds)


async def keep_prompts(log: Log, catalog: Catalog) -> None:
    """Keep every template in the log under its digest, so that a debate runs on what it started with.

    Waits while the log is away: the server may be killed while a service starts.
    """
    for text in catalog.prompts.values():
        await _keep(log, PromptKept(digest=prompt_digest(text), text=text))


async def _keep(log: Log, prompt: PromptKept) -> None:
    while True:
        try:
            await log.append(subjects.LIBRARY, prompt)
        except LogUnavailable:
            await asyncio.sleep(KEEP_AGAIN_S)
        else:
            return


def must_be_new(delivery: Delivery, catalog: Catalog, default: str) -> bool:
    """Whether a debate may start now whose decision must not repeat one that stands: the newest have to be known."""
    fact = decode(delivery.subject, delivery.body)
    wanted = fact.workflow if isinstance(fact, DebateRequested | WorkflowSelected) else ""
    found = catalog.workflows.get(wanted or default)
    return found is not None and found.config.novelty is not None


def build(settings: WorkflowSettings) -> Shell:
    """The service, ready to run. Raises DefinitionError for definitions that are wrong."""
    catalog = load(settings.definitions)

    async def prepare(shell: Shell) -> None:
        await keep_prompts(shell.log, catalog)
        timers = Timers(shell.nc, "workflow", trace=shell.tracing.traceparent)
        decisions = Decisions(shell.log)
        world = Surroundings(catalog, Alive(shell.nc), settings.default_workflow, decisions)
        shell.on_reconnect.append(world.reconnected)
        advance = Advance(shell.log, DECIDER, world, timers, told=Clockwork(shell.metrics))

        async def hear(named: subjects.Name, delivery: Delivery) -> list[str]:
            if named.type in CHOOSING and must_be_new(delivery, catalog, settings.default_workflow):
                await decisions.read()
            said = await advance(named.debate, delivery.seq, delivery.id)
            return [type(fact).__name__ for fact in said]

        async def wake(named: subjects.Name, _: Delivery) -> list[str]:
            if decisions.before is None and any(found.config.novelty for found in catalog.workflows.values()):
                await decisions.read()
            return [type(fact).__name__ for fact in await advance(named.debate)]

        shell.hears(FEEDS["workflow"], hear, hands=HANDS)
        shell.hears(FEEDS["workflow-timers"], wake, hands=HANDS)

    return Shell("workflow", settings, DECIDER, list(FEEDS.values()), prepare)
