"""Rulings that are also asked of the next rung, after they were said: how good is the rung that gave them?

The queue is bounded. The oldest waits its turn; what finds no place is counted and logged, and so is what is left when
the service ends. A shadow changes nothing, and its rung's limits, circuit and spend cap hold for it as well. Money that
a debate has asked for is for its rulings: under a budget no rung is asked that sends bills.
"""

from __future__ import annotations

import asyncio
import contextlib
import hashlib
import logging
import time
from collections import deque
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import replace
from typing import Any, NamedTuple

from msgspec import structs

from zamaz.definition.orchestration import ShadowSpec
from zamaz.errors import Gone, LogError
from zamaz.events.flow import RungSetting
from zamaz.events.orchestration import Ruling, RulingShadowed
from zamaz_orchestrator.kinds.kind import DEFAULT, RULES, Opinion
from zamaz_orchestrator.ladder import Case, Climbed, Ladder, Left

log = logging.getLogger("zamaz.orchestrator.shadow")
SAMPLE = 2**32
ASKED = frozenset({"timeout", "schema", "refused"})
"""A rung that passed for one of these was there to be asked, and is measured by it."""


class Waiting(NamedTuple):
    """A ruling that was said, and the rungs above the one that gave it."""

    debate: str
    case: Case
    ruled: Opinion[Any]
    fact: Ruling
    above: tuple[RungSetting, ...]


class Shadows:
    """`say(debate, fact)` records a shadow, `still_open(debate)` tells whether the debate still runs: one that is over
    has its bill. `affords(debate, rung)` tells whether it may ask the rung, `left_out` hears the reason of each that is
    not asked."""

    def __init__(
        self,
        ladder: Ladder,
        spec: ShadowSpec,
        say: Callable[[str, RulingShadowed], Awaitable[None]],
        still_open: Callable[[str], Awaitable[bool]],
        affords: Callable[[str, RungSetting], Awaitable[bool]],
        left_out: Callable[[str], None] = lambda _: None,
    ) -> None:
        self._ladder, self._spec, self._say = ladder, spec, say
        self._open, self._affords, self._left_out = still_open, affords, left_out
        self._queue: deque[Waiting] = deque()
        self._come = asyncio.Event()
        self._worker: asyncio.Task[None] | None = None
        self._under_way: Waiting | None = None

    def offer(self, debate: str, case: Case, climbed: Climbed, fact: Ruling, rungs: Sequence[RungSetting]) -> None:
        """Let a ruling wait to be measured, if it is of the sample and a rung above it could be asked."""
        above = tuple(rung for rung in rungs[climbed.tried :] if rung.rung != RULES)
        if not above or climbed.opinion.rung == DEFAULT or climbed.opinion.cached or not self._sampled(fact.ruling):
            return
        if len(self._queue) >= self._spec.waiting:
            self._drop("no place", fact)
            return
        self._queue.append(Waiting(debate, case, climbed.opinion, fact, above))
        self._worker = self._worker or asyncio.create_task(self._work())
        self._come.set()

    @property
    def idle(self) -> bool:
        """Whether nothing waits, and nothing is under way."""
        return not self._queue and self._under_way is None

    def _sampled(self, ruling: str) -> bool:
        """The same for every orchestrator, and for a ruling that is said again."""
        return int(hashlib.sha256(ruling.encode()).hexdigest()[:8], 16) < self._spec.share * SAMPLE

    async def _work(self) -> None:
        while True:
            while self._queue:
                self._under_way = waiting = self._queue.popleft()
                try:
                    await self._measure(waiting)
                except LogError:
                    self._drop("log", waiting.fact)
                except Left:
                    self._drop("taken", waiting.fact)
                except Gone:
                    self._drop("gone", waiting.fact)
                self._under_way = None
            self._come.clear()
            await self._come.wait()

    async def _measure(self, waiting: Waiting) -> None:
        if not await self._open(waiting.debate):
            self._drop("over", waiting.fact)
            return
        end = time.monotonic() + self._spec.timeout
        case = replace(waiting.case, left=lambda: end - time.monotonic())
        why = "out of reach"
        # Whatever it says counts here, however sure it is; the next rung is the first that can be asked at all.
        for rung in waiting.above:
            if not await self._affords(waiting.debate, rung):
                why = "budget"
                continue
            began = time.perf_counter()
            climbed = await self._ladder.climb(case, (structs.replace(rung, threshold=0.0),))
            took = round((time.perf_counter() - began) * 1000)
            if not climbed.passed or climbed.passed[0].reason in ASKED:
                await self._say(waiting.debate, shadowed(waiting, rung, climbed, took))
                return
        self._drop(why, waiting.fact)

    def _drop(self, why: str, fact: Ruling) -> None:
        self._left_out(why)
        log.warning("a shadow of ruling %s is left out: %s", fact.ruling, why)

    async def close(self) -> None:
        """Leave off; what waits, and the one under way, are counted as left out."""
        if self._worker:
            self._worker.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await self._worker
        for waiting in (*([self._under_way] if self._under_way else ()), *self._queue):
            self._drop("the service ends", waiting.fact)
        self._queue.clear()
        self._under_way = None


def shadowed(waiting: Waiting, rung: RungSetting, climbed: Climbed, latency_ms: int) -> RulingShadowed:
    """What another rung made of it, as the log carries it: an answer, or why there is none although it was asked."""
    kind, ruled = waiting.case.kind, waiting.ruled
    made = RulingShadowed(
        ruling=waiting.fact.ruling,
        kind=kind.name,
        ruled_by=ruled.rung,
        ruled=kind.word(ruled.said),
        ruled_confidence=ruled.confidence,
        rung=rung.rung,
        inputs_digest=waiting.fact.inputs_digest,
        latency_ms=latency_ms,
    )
    if climbed.passed:
        (passed,) = climbed.passed
        told = {name: getattr(passed, name) for name in ("why", "provider", "model", "usage", "call")}
        return structs.replace(made, **told)
    other = climbed.opinion
    return structs.replace(
        made,
        said=kind.word(other.said),
        agrees=kind.word(other.said) == kind.word(ruled.said),
        regret=kind.regret(ruled.said, other.said),
        provider=other.provider,
        model=other.model,
        confidence=other.confidence,
        odds=dict(other.odds),
        why=other.why,
        usage=other.usage,
        call=other.call,
    )
