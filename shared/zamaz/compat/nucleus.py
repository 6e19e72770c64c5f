"""The existing application's `DebateNucleus`, on top of the client: its callers need no change."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator, Sequence
from typing import Any, Protocol

from zamaz import client as zamaz
from zamaz.compat.complexity import Level, complexity
from zamaz.compat.defaults import settings
from zamaz.compat.events import OWN, Classes, event_of
from zamaz.compat.outcome import Decided, decided
from zamaz.compat.practice import REQUESTER, Ask, Practice, seated
from zamaz.events import Recorded
from zamaz.events.workflow import DebateCompleted, DecisionMade
from zamaz.heard import raise_ending

EVOLVING: Level = "complex"
"""The level of the question how to improve oneself."""


class Publishes(Protocol):
    """The application's event bus, as far as it is needed here."""

    async def publish(self, event: Any) -> None:
        """Give an event to whoever hears such events."""


class DebateNucleus:
    """Decides questions: a simple one by one answer, the others by a debate.

    `event_bus` gets DecisionMade and DebateCompleted of each decision, as `zamaz.compat.events` shapes them (or as
    `classes` do). Whoever runs `zamaz.compat.bridge` on the same bus has them from there: leave it out here.

    Without a `client` every decision connects for itself, to `url` or by ZAMAZ_NATS_URL, so that it works from
    whichever event loop. `participants` sit in every debate instead of those of compat.yaml; `timeout` (seconds)
    bounds the waiting for one decision.
    """

    def __init__(
        self,
        event_bus: Publishes | None = None,
        *,
        client: zamaz.Client | None = None,
        url: str = "",
        participants: Sequence[str] = (),
        practice: Practice | None = None,
        timeout: float | None = None,
        classes: Classes = OWN,
    ) -> None:
        """Raises DefinitionError where compat.yaml is wrong, ZamazError where the extra `compat` is missing."""
        self._bus, self._client, self._url, self._classes = event_bus, client, url, classes
        self._participants, self._timeout = tuple(participants), timeout
        self._practice = practice or settings().practice()

    async def decide(self, question: str, context: str = "") -> Decided:
        """The decision, once it stands.

        There is a decision or an exception, never an error's text in its place: DebateRejectedError (it could not
        become a debate, for instance because a participant cannot be reached; `why` says what to do),
        DebateFailedError and DebateCancelledError, all of them DebateEndedError; TimeoutError where `timeout` seconds
        were not enough (the debate goes on); ServerUnreachable and LogUnavailable. What the bus raises is raised too;
        the decision stands in the log all the same.
        """
        level = complexity(question, context, self._practice.rule)
        return await self._held(question, context, level, self._practice.ask(level, self._participants))

    async def evolve_self(self, context: str = "") -> Decided:
        """The application's own next improvement, by the workflow that compat.yaml names for that, whatever
        USE_ORCHESTRATION says. `context` may tell what was improved before. Answers and raises as `decide` does."""
        ask = seated(self._practice.evolution, self._participants)
        return await self._held(self._practice.evolution_question, context, EVOLVING, ask)

    async def _held(self, question: str, context: str, level: Level, ask: Ask) -> Decided:
        async with self._connected() as client:
            debate = await client.request(
                question,
                context=context,
                requester=REQUESTER,
                workflow=ask.workflow,
                participants=ask.participants,
                metadata={"complexity": level},
            )
            async with asyncio.timeout(self._timeout), contextlib.aclosing(client.follow(debate)) as told:
                facts = [heard async for heard in told]
        completed = facts[-1]
        if not isinstance(completed.fact, DebateCompleted):
            raise_ending(debate, completed.fact)
        await self._tell(facts)
        return decided(completed.fact, completed.at, facts, level)

    @contextlib.asynccontextmanager
    async def _connected(self) -> AsyncIterator[zamaz.Client]:
        if self._client:
            yield self._client
            return
        found = settings()
        async with await zamaz.connect(
            self._url or found.nats_url, name="compat", creds=found.nats_creds, nkey=found.seed()
        ) as client:
            yield client

    async def _tell(self, facts: list[Recorded]) -> None:
        if self._bus is None:
            return
        for heard in facts:
            if isinstance(heard.fact, DecisionMade | DebateCompleted):
                await self._bus.publish(event_of(heard.fact, heard.debate, heard.at, self._classes))
