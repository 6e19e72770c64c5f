"""Random trouble from a seed: whoever runs is killed, stopped, cut off or told to go, and comes back."""

from __future__ import annotations

import asyncio
import random
import signal
from collections.abc import Awaitable, Callable, Coroutine, Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

import msgspec

from conftest import Server
from live.processes import Process
from servers.cuts import Line

SERVER = "nats-server"
DECK = {
    "kill": 4,
    "stop": 4,
    "cut": 2,
    "refuse": 2,
    "hold": 2,
    "deafen": 2,
    "term": 2,
    "server kill": 2,
    "server stop": 1,
}
"""How often each kind of incident comes, one round of the deck long."""
MOST_AT_ONCE = 4
TERM_PATIENCE_S = 30.0


class Incident(msgspec.Struct):
    """What was done to whom, from when to when (UTC; None: it goes on). `pid` is the process it befell."""

    kind: str
    victim: str
    pid: int
    began: datetime
    ended: datetime | None = None


@dataclass
class Post:
    """A process and the line between it and the server."""

    process: Process
    line: Line
    busy: bool = False

    @property
    def label(self) -> str:
        """Its name and its place among all."""
        return self.process.log.stem

    @property
    def pid(self) -> int:
        """Of the process that runs now."""
        assert self.process.process is not None
        return self.process.process.pid


def now() -> datetime:
    """The clock that the log's stamps are told by, too."""
    return datetime.now(UTC)


@dataclass
class Trouble:
    """Makes an incident every `pause` seconds on average, and mends everything.

    `wrong` says who did not take it as it should: ended by itself, or not cleanly when it was told to.
    """

    server: Server
    posts: list[Post]
    seed: int
    pause: float = 0.6
    incidents: list[Incident] = field(default_factory=list)
    wrong: list[str] = field(default_factory=list)
    _server_busy: bool = False

    def __post_init__(self) -> None:
        self._chance = random.Random(self.seed)
        self._kinds = self._deck()
        self._deeds: dict[str, Callable[[Post, float], Awaitable[None]]] = {
            "kill": self._kill,
            "stop": self._stop,
            "cut": self._cut,
            "refuse": self._refuse,
            "hold": self._hold,
            "deafen": self._deafen,
            "term": self._term,
        }

    def _deck(self) -> Iterator[str]:
        """Every kind comes in every round, in an order of chance."""
        while True:
            cards = [kind for kind, times in DECK.items() for _ in range(times)]
            self._chance.shuffle(cards)
            yield from cards

    async def run(self, seconds: float) -> None:
        """Until `seconds` are over and the last incident has ended."""
        loop = asyncio.get_running_loop()
        end = loop.time() + seconds
        async with asyncio.TaskGroup() as group:
            while loop.time() < end:
                await asyncio.sleep(self._chance.expovariate(1 / self.pause))
                if self._at_once() < MOST_AT_ONCE and (deed := self._next()):
                    group.create_task(deed)

    def _at_once(self) -> int:
        """How many are in trouble now."""
        return sum(post.busy for post in self.posts) + self._server_busy

    def _next(self) -> Coroutine[Any, Any, None] | None:
        """The next incident, under way; None where its victim is in trouble already."""
        kind, lasts = next(self._kinds), self._lasts()
        if kind.startswith("server"):
            return None if self._server_busy else self._at_server(kind, lasts)
        names = sorted({post.process.name for post in self.posts})
        name = self._chance.choice([*names, "debater"])
        found = [post for post in self.posts if post.process.name == name]
        post = self._chance.choice(found)
        return None if post.busy else self._at_post(kind, post, lasts)

    def _lasts(self) -> float:
        """Seconds: mostly short, sometimes longer than leases and deliveries last."""
        return self._chance.choice((self._chance.uniform(0.1, 2.5), self._chance.uniform(5, 9)))

    async def _at_post(self, kind: str, post: Post, lasts: float) -> None:
        incident = Incident(kind, post.label, post.pid, now())
        self.incidents.append(incident)
        post.busy = True
        try:
            await self._deeds[kind](post, lasts)
        finally:
            post.busy = False
            incident.ended = None if kind == "kill" else now()

    async def _kill(self, post: Post, lasts: float) -> None:
        post.process.kill()
        await asyncio.sleep(min(lasts, 2))
        post.process.start()

    async def _stop(self, post: Post, lasts: float) -> None:
        post.process.freeze()
        await asyncio.sleep(lasts)
        post.process.thaw()

    async def _cut(self, post: Post, _: float) -> None:
        post.line.cut()

    async def _refuse(self, post: Post, lasts: float) -> None:
        post.line.refuse()
        await asyncio.sleep(lasts)
        post.line.mend()

    async def _hold(self, post: Post, lasts: float) -> None:
        post.line.hold()
        await self._mended(post, lasts)

    async def _deafen(self, post: Post, lasts: float) -> None:
        post.line.deafen()
        await self._mended(post, lasts)

    async def _mended(self, post: Post, lasts: float) -> None:
        """What was held flows on, or is lost with the connection."""
        lost = self._chance.random() < 0.5
        await asyncio.sleep(lasts)
        if lost:
            post.line.cut()
        post.line.mend()

    async def _term(self, post: Post, lasts: float) -> None:
        served = post.process.told("listening")
        code = await asyncio.to_thread(post.process.stop, TERM_PATIENCE_S)
        if served and code != 0:
            self.wrong.append(f"{post.label} ended with {code} when it was told to stop")
        await asyncio.sleep(min(lasts, 2))
        post.process.start()

    async def watch(self) -> None:
        """Start again whoever ended by itself, as whoever runs services does. Without end."""
        while True:
            await asyncio.sleep(0.5)
            for post in self.posts:
                code = None if post.busy or post.process.process is None else post.process.process.poll()
                if code is not None:
                    self.incidents.append(Incident("end", post.label, post.pid, now()))
                    self.wrong.append(f"{post.label} ended by itself with {code}")
                    post.process.start()

    async def _at_server(self, kind: str, lasts: float) -> None:
        assert self.server.process is not None
        incident = Incident(kind, SERVER, self.server.process.pid, now())
        self.incidents.append(incident)
        self._server_busy = True
        try:
            if kind == "server kill":
                self.server.kill()
                await asyncio.sleep(min(lasts, 2))
                await asyncio.to_thread(self.server.start)
            else:
                self.server.process.send_signal(signal.SIGSTOP)
                await asyncio.sleep(lasts)
                self.server.process.send_signal(signal.SIGCONT)
        finally:
            self._server_busy = False
            incident.ended = now()
