"""The folds that a service remembers, and how they are brought up to date: by loads alone."""

from __future__ import annotations

import asyncio
import math
import time
import weakref
from typing import Generic, TypeVar

from msgspec.structs import replace

from zamaz import subjects
from zamaz.decider import Fold, FoldCache, Folding, after_load
from zamaz.errors import Busy, Gone
from zamaz.events import LEFT
from zamaz.log import Log

S = TypeVar("S")


class Folds(Generic[S]):
    """At most `size` debates, folded one way."""

    def __init__(self, log: Log, folding: Folding[S], size: int) -> None:
        self._log = log
        self._folding = folding
        self._hears_operator = any(voice == "operator" for voice, _, _ in folding.reads)
        self._cache: FoldCache[S] = FoldCache(folding.initial, size)
        self._locks: weakref.WeakValueDictionary[str, asyncio.Lock] = weakref.WeakValueDictionary()

    def put(self, debate: str, fold: Fold[S]) -> None:
        """Remember what was learnt besides a load."""
        self._cache.put(debate, fold)

    async def upto(self, debate: str, delivered: int, *, afresh: bool = False, age: float = math.inf) -> Fold[S]:
        """The fold, complete at least up to `delivered` and to our own last append.

        It is loaded where the remembered one does not reach that far or is more than `age` seconds old, where
        nothing was delivered (0), or `afresh`. Who asks while it is being loaded waits: one load may do for both.

        Raises LogUnavailable and StaleRead; Gone for a debate that was taken out of the log, unless the folding reads
        what operators say.
        """
        lock = self._locks.setdefault(debate, asyncio.Lock())
        async with lock:
            return await self._upto(debate, delivered, afresh, age)

    async def _upto(self, debate: str, delivered: int, afresh: bool, age: float) -> Fold[S]:
        fold = self._cache.get(debate)
        wanted = max(delivered, fold.own)
        if afresh or not delivered or fold.upto < wanted or fold.loaded + age < time.monotonic():
            asked = time.monotonic()
            loaded = await self._log.load(debate, fold.upto + 1, self._filters(debate), at_least=wanted)
            if not self._hears_operator and any(isinstance(heard.fact, LEFT) for heard in loaded.facts):
                self._cache.drop(debate)
                raise Gone(f"{debate} was erased or archived")
            fold = after_load(self._folding, fold, loaded.facts, max(loaded.upto, fold.upto))
            fold = replace(fold, loaded=asked)
            self._cache.put(debate, fold)
        return fold

    def _filters(self, debate: str) -> tuple[str, ...]:
        filters = self._folding.filters(debate)
        return filters if self._hears_operator else (*filters, subjects.voice_of("operator", debate))

    def forget(self, debate: str) -> None:
        """It is over."""
        self._cache.drop(debate)


def understood(debate: str, fold: Fold[S]) -> S:
    """The state, unless a newer version has spoken. Raises Busy: a newer replica will take it."""
    if fold.newer:
        raise Busy(f"{debate}: a newer version has spoken here; it is left to newer replicas")
    return fold.state
