"""The bridge between the existing application's event bus and the debates.

What the bus tells becomes a request; what is decided comes back on the bus, also what was decided while the
application was away: the position is kept in the log's server, under a durable name.
"""

from __future__ import annotations

import asyncio
import contextlib
import inspect
from collections.abc import AsyncIterator, Iterable
from typing import Any

from zamaz.client import Client
from zamaz.compat.defaults import settings
from zamaz.compat.events import OWN, Classes, event_of
from zamaz.compat.nucleus import Publishes
from zamaz.compat.practice import REQUESTER, Practice
from zamaz.compat.triggers import TRIGGERS, wanted_by
from zamaz.errors import AlreadyRequested
from zamaz.events.workflow import DebateCompleted, DecisionMade

TOLD = (DecisionMade, DebateCompleted)


class Bridge:
    """Both ways between a bus and the debates. Use `bridge`."""

    def __init__(self, bus: Publishes, client: Client, practice: Practice, classes: Classes) -> None:
        self._bus, self._client, self._practice, self._classes = bus, client, practice, classes

    async def hear(self, event: object) -> str:
        """Ask for the debate that an EvolutionTriggered or a DebateTriggeredForWorkItem wants, once however often
        the event comes. Answers the debate's id, "" for any other event. Raises LogUnavailable and LogRefused."""
        wanted = wanted_by(event, self._practice)
        if wanted is None:
            return ""
        # What stands under the event's id already was asked for by this event.
        with contextlib.suppress(AlreadyRequested):
            await self._client.request(
                wanted.question,
                debate=wanted.debate,
                context=wanted.context,
                requester=REQUESTER,
                workflow=wanted.ask.workflow,
                participants=wanted.ask.participants,
                metadata=wanted.metadata,
            )
        return wanted.debate

    async def tell(self, kind: str, durable: str) -> None:
        """Publish every fact of a type on the bus, for ever. A fact that the bus did not take stays to be told."""
        async with contextlib.aclosing(self._client.subscribe(kind, durable=durable)) as facts:
            async for heard in facts:
                taken = not isinstance(heard.fact, TOLD)
                try:
                    if isinstance(heard.fact, TOLD):
                        await self._bus.publish(event_of(heard.fact, heard.debate, heard.at, self._classes))
                    taken = True
                finally:
                    await (heard.ack() if taken else heard.later())


@contextlib.asynccontextmanager
async def bridge(
    event_bus: Publishes,
    client: Client,
    *,
    durable: str = "zamaz-compat",
    triggers: Iterable[Any] = TRIGGERS,
    classes: Classes = OWN,
    practice: Practice | None = None,
) -> AsyncIterator[Bridge]:
    """Join an application's bus to the debates for as long as the block runs.

    `event_bus` has `async publish(event)`, and if it has `subscribe(trigger, hear)` too, that is called for each of
    `triggers` (event_type names, or the classes that the bus tells events by); else hand events to `Bridge.hear`.

    DecisionMade and DebateCompleted of every debate in the log are published, each at least once over all restarts of
    the application; a repeated one has the same `event_id`. The first time, that includes all that stand already.
    What the bus raises ends the block with that exception, and the fact is told again next time.
    """
    made = Bridge(event_bus, client, practice or settings().practice(), classes)
    try:
        async with asyncio.TaskGroup() as tasks, _subscribed(event_bus, made, tuple(triggers)):
            telling = [tasks.create_task(made.tell(kind.__name__, f"{durable}-{kind.__name__}")) for kind in TOLD]
            try:
                yield made
            finally:
                for task in telling:
                    task.cancel()
    except BaseExceptionGroup as group:
        # Both tellers may meet the same broken bus before either is cancelled: the first to fail is the block's error,
        # the group its cause.
        raise group.exceptions[0] from (group if len(group.exceptions) > 1 else None)


@contextlib.asynccontextmanager
async def _subscribed(bus: Any, made: Bridge, triggers: tuple[Any, ...]) -> AsyncIterator[None]:
    for trigger in triggers if hasattr(bus, "subscribe") else ():
        await _settled(bus.subscribe(trigger, made.hear))
    try:
        yield
    finally:
        for trigger in triggers if hasattr(bus, "unsubscribe") else ():
            await _settled(bus.unsubscribe(trigger, made.hear))


async def _settled(answer: object) -> None:
    """Buses subscribe at once or by a coroutine."""
    if inspect.isawaitable(answer):
        await answer
