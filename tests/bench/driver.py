"""The application of the bench: asks for null debates and waits for their ends."""

from __future__ import annotations

import asyncio
import time
from dataclasses import dataclass

from nats.aio.msg import Msg

from zamaz import subjects
from zamaz.errors import LogError
from zamaz.events import ENDINGS
from zamaz.events.workflow import DebateCompleted
from zamaz.replay import replay

from bench import scripts
from bench.house import House

LOOK_S = 0.5
PATIENCE_S = 300.0


class Stuck(AssertionError):
    """Debates that did not end, or not well; the services' logs say why."""


@dataclass
class Batch:
    """Debates that were asked for together. `took` is in seconds; their facts stand from `since` on."""

    debates: list[str]
    took: float
    since: int


class Driver:
    """One application. Ends are heard as core messages, and read from the log where one was lost."""

    def __init__(self, house: House) -> None:
        self._house = house
        self._made = 0
        self._open: dict[str, asyncio.Future[str]] = {}

    async def start(self) -> None:
        nc = self._house.client.nc
        for kind in ENDINGS:
            await nc.subscribe(subjects.each(kind.voice, kind.__name__, keyed=False), cb=self._ended)

    async def _ended(self, message: Msg) -> None:
        named = subjects.parse(message.subject)
        self._over(named.debate, named.type)

    def _over(self, debate: str, ending: str) -> None:
        waiting = self._open.pop(debate, None)
        if waiting and not waiting.done():
            waiting.set_result(ending)

    async def one(self, patience: float = PATIENCE_S) -> str:
        """One debate from its request to its completion; its id. Raises Stuck and TimeoutError."""
        debate, script = f"null-{self._made}", self._house.scripts[self._made % len(self._house.scripts)]
        self._made += 1
        ended = self._open[debate] = asyncio.get_running_loop().create_future()
        asked = {"participants": scripts.seats(script), "options": scripts.OPTIONS}
        await self._house.client.request(scripts.QUESTION, debate=debate, **asked)
        if (ending := await asyncio.wait_for(ended, patience)) != DebateCompleted.__name__:
            raise Stuck(f"{debate} ended with {ending}\n{self._house.staff.logs()}")
        return debate

    async def batch(self, count: int, at_once: int, patience: float = PATIENCE_S) -> Batch:
        """`count` debates, `at_once` in flight. Raises Stuck."""
        since, gate = await self._house.newest() + 1, asyncio.Semaphore(at_once)

        async def gated() -> str:
            async with gate:
                return await self.one(patience)

        looking = asyncio.create_task(self._look(since))
        began = time.perf_counter()
        try:
            debates = await asyncio.gather(*(gated() for _ in range(count)))
        except TimeoutError as error:
            raise Stuck(f"{len(self._open)} of {count} debates did not end\n{self._house.staff.logs()}") from error
        finally:
            looking.cancel()
        return Batch(debates, time.perf_counter() - began, since)

    async def _look(self, since: int) -> None:
        """A core message dies with the server: what ended meanwhile is read from the log when nothing is heard."""
        ends = tuple(subjects.each(kind.voice, kind.__name__, keyed=False) for kind in ENDINGS)
        while True:
            before = len(self._open), self._made
            await asyncio.sleep(LOOK_S)
            if before != (len(self._open), self._made):
                continue
            try:
                async for heard in replay(self._house.client.nc, since, ends):
                    for fact in heard:
                        self._over(fact.debate, type(fact.fact).__name__)
            except LogError:
                continue
