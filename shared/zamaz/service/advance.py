"""Load, fold, decide, say: the one way in which a voice moves a debate on."""

from __future__ import annotations

import asyncio
import weakref
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime
from typing import Generic, TypeVar

from msgspec.structs import replace

from zamaz.decider import Decider, Fold
from zamaz.errors import Busy, Conflict
from zamaz.events import Fact, Recorded
from zamaz.log import Log
from zamaz.service.folds import Folds, understood
from zamaz.service.timers import Timers

S = TypeVar("S")
W = TypeVar("W")
ROUNDS = 20


class Advance(Generic[S, W]):
    """`await advance(debate, delivered)` says what is missing and arms the wake timer.

    A delivery, a fired timer and a sweep are the same call. `world` is asked anew for every decision.
    `told` hears of every decision that was ours: the state that it was taken in, the facts, and the world.
    """

    def __init__(
        self,
        log: Log,
        decider: Decider[S, W],
        world: Callable[[], Awaitable[W]],
        timers: Timers | None = None,
        cache_size: int = 2048,
        told: Callable[[S, list[Fact], W], None] | None = None,
    ) -> None:
        self._log = log
        self._decider = decider
        self._world = world
        self._timers = timers
        self._told = told
        self._folds = Folds(log, decider, cache_size)
        self._over: dict[str, None] = {}
        self._remember = cache_size
        self._locks: weakref.WeakValueDictionary[str, asyncio.Lock] = weakref.WeakValueDictionary()

    async def __call__(self, debate: str, delivered: int = 0, because: str = "") -> list[Fact]:
        """What was said. Raises Busy, StaleRead and LogUnavailable: give the delivery back."""
        lock = self._locks.setdefault(debate, asyncio.Lock())
        async with lock:
            if debate in self._over:
                return []
            for n in range(ROUNDS):
                fold = await self._folds.upto(debate, delivered, afresh=n > 0)
                if fold.settled:
                    return []
                world = await self._world()
                facts = self._decider.decide(understood(debate, fold), fold.upto, world)
                try:
                    await self._say(debate, fold, facts, because)
                except Conflict:
                    continue
                if self._told and facts:
                    self._told(fold.state, facts, world)
                await self._arm(debate, self._expected(debate, fold, facts), world)
                if not facts and debate not in self._over:
                    self._folds.put(debate, replace(fold, settled=True))
                return facts
        raise Busy(f"{debate} kept changing while it was decided")

    async def _say(self, debate: str, fold: Fold[S], facts: list[Fact], because: str) -> None:
        """The first fact alone, under concurrency: it is the decision. The others follow by their names."""
        if not facts:
            return
        first, *others = facts
        own = (await self._log.append(debate, first, after=fold.voice_at, because=because)).seq
        self._folds.put(debate, replace(fold, own=own))
        if others:
            stands = await asyncio.gather(*(self._log.append(debate, fact, because=because) for fact in others))
            self._folds.put(debate, replace(fold, own=max(own, *(s.seq for s in stands))))

    def _expected(self, debate: str, fold: Fold[S], facts: list[Fact]) -> S:
        """The state as it will be read back. It sets the timer and is never remembered as loaded."""
        now = datetime.now(UTC).isoformat()
        said = (Recorded(fold.upto, debate, fact.voice, fact, now) for fact in facts)
        return self._decider.fold(said, fold.state)

    async def _arm(self, debate: str, state: S, world: W) -> None:
        if self._decider.ended(state):
            self._over[debate] = None
            self._folds.forget(debate)
            if len(self._over) > self._remember:
                del self._over[next(iter(self._over))]
        elif self._timers and (at := self._decider.wake(state, world)):
            await self._timers.arm(debate, at)
