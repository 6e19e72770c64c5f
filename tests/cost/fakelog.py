"""A log in memory, for many runs in little time: names said once, optimistic concurrency, writers that are killed."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable, Sequence

from zamaz import subjects
from zamaz.errors import Conflict, StaleRead
from zamaz.events import Fact, Recorded, encode, once_over, subject_of
from zamaz.log import Appended, Loaded
from zamaz.testing import record


class Killed(Exception):
    """The process that was writing is gone; what it wrote stands."""


class FakeLog:
    """The real one's promises, without a server. `kills` are the appends, counted from 0, after which their writer is
    gone. Every question waits for its turn, so that several writers meet between any two of them."""

    def __init__(self, kills: Iterable[int] = ()) -> None:
        self.facts: list[Recorded] = []
        self._names: dict[str, Recorded] = {}
        self._kills = set(kills)
        self._appends = 0

    async def append(
        self, debate: str, fact: Fact, *, after: int | None = None, over: str = "", because: str = ""
    ) -> Appended:
        await asyncio.sleep(0)
        subject = subject_of(debate, fact)
        if after is None and (once := once_over(debate, fact)):
            after, over = 0, once
        if (stands := self._names.get(subject)) and (after is None or over):
            equal = isinstance(stands.fact, Fact) and encode(stands.fact) == encode(fact)
            return Appended(stands.seq, equal, stands.fact if isinstance(stands.fact, Fact) else None, False)
        if stands or (after is not None and after != self._newest(over or subjects.voice_of(fact.voice, debate))):
            raise Conflict(subject)
        made = record(len(self.facts) + 1, fact, debate=debate)
        self.facts.append(made)
        self._names[subject] = made
        self._appends += 1
        if self._appends - 1 in self._kills:
            raise Killed(subject)
        return Appended(made.seq, True)

    async def last(self, subject: str) -> Recorded | None:
        await asyncio.sleep(0)
        return self._names.get(subject)

    async def load(self, debate: str, since: int = 1, filters: Sequence[str] = (), *, at_least: int = 0) -> Loaded:
        await asyncio.sleep(0)
        wanted = filters or (subjects.all_of(debate),)
        mine = (heard for heard in self.facts[since - 1 :] if heard.debate == debate)
        found = [heard for heard in mine if any(_fits(one, _name(heard)) for one in wanted)]
        upto = len(self.facts) if found else since - 1  # where there is nothing, the server does not say up to where
        if upto < at_least:
            raise StaleRead(debate)
        return Loaded(found, upto)

    def of(self, debate: str) -> list[Recorded]:
        return [heard for heard in self.facts if heard.debate == debate]

    def _newest(self, pattern: str) -> int:
        return max((heard.seq for heard in self.facts if _fits(pattern, _name(heard))), default=0)


def _name(heard: Recorded) -> str:
    assert isinstance(heard.fact, Fact)
    return subject_of(heard.debate, heard.fact)


def _fits(pattern: str, subject: str) -> bool:
    wanted, named = pattern.split("."), subject.split(".")
    if wanted[-1] == ">":
        wanted, named = wanted[:-1], named[: len(wanted) - 1]
    return len(wanted) == len(named) and all(one in ("*", other) for one, other in zip(wanted, named, strict=True))
