"""What was decided before, read from the log: the newest decisions of each type, which new ones must not repeat."""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Mapping

from zamaz import subjects
from zamaz.events import Recorded
from zamaz.events.flow import DecisionType, Earlier
from zamaz.events.operator import DebateArchived, DebateErased
from zamaz.events.workflow import DecisionMade
from zamaz.log import Log
from zamaz_workflow.seating import Before

KEPT = 200
"""Decisions of one type; a definition may look at as many."""
LOOKED_AT = 1_000_000
"""Of a log that is longer, the newest facts; about 40,000 debates."""
READ = (
    subjects.each("workflow", DecisionMade.__name__, keyed=False),
    subjects.each("operator", DebateErased.__name__, keyed=False),
    subjects.each("operator", DebateArchived.__name__, keyed=False),
)


class Decisions:
    """The newest decisions of all debates that are in the log. Each reading goes on where the last one stopped."""

    def __init__(self, log: Log) -> None:
        self._log = log
        self._held: dict[DecisionType, deque[Earlier]] = {}
        self._upto: int | None = None
        self._reading = asyncio.Lock()

    @property
    def before(self) -> Mapping[DecisionType, Before] | None:
        """By their type, the newest last; None before the log was read."""
        if self._upto is None:
            return None
        return {kind: tuple(decisions) for kind, decisions in self._held.items()}

    async def read(self) -> None:
        """Up to now. Raises LogUnavailable."""
        async with self._reading:
            newest = await self._log.newest()
            since = 1 + max(self._upto or 0, newest - LOOKED_AT)
            if since <= newest:
                for recorded in (await self._log.everywhere(READ, since)).facts:
                    if recorded.seq <= newest:
                        self._keep(recorded)
            self._upto = newest

    def _keep(self, recorded: Recorded) -> None:
        if isinstance(recorded.fact, DebateErased | DebateArchived):
            for kept in self._held.values():
                for gone in [earlier for earlier in kept if earlier.debate == recorded.debate]:
                    kept.remove(gone)
        elif isinstance(made := recorded.fact, DecisionMade):
            kept = self._held.setdefault(made.decision_type, deque(maxlen=KEPT))
            kept.append(Earlier(debate=recorded.debate, decision=made.recommendation))
