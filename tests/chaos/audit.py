"""Reading a whole log after the fact: what must hold whatever was killed."""

from __future__ import annotations

import asyncio
from collections import Counter, defaultdict
from collections.abc import Iterable

import msgspec
from nats.aio.client import Client as Nats

from zamaz.definition import default_folder
from zamaz.events import Recorded
from zamaz.replay import replay
from zamaz.subjects import LIBRARY

from chaos import laws
from chaos.refold import Refold

Stories = dict[str, list[Recorded]]


class Audit(msgspec.Struct):
    """Findings over all debates. `wrong` is empty when every law held."""

    debates: int = 0
    facts: int = 0
    turns: int = 0
    rulings: int = 0
    prices: int = 0
    endings: Counter[str] = msgspec.field(default_factory=Counter)
    wrong: list[str] = msgspec.field(default_factory=list)

    @property
    def completed(self) -> int:
        """Debates that ended with a decision."""
        return self.endings["DebateCompleted"]


async def stories(nc: Nats) -> Stories:
    """Every debate's facts, in the log's order."""
    found: Stories = defaultdict(list)
    async for batch in replay(nc):
        for heard in batch:
            if heard.debate != LIBRARY:
                found[heard.debate].append(heard)
    return found


async def audit(nc: Nats, *, refold: Refold | None = None, asked: Iterable[str] = ()) -> Audit:
    """Hold the whole log against the laws; `asked` are debates that must be in it."""
    read = await stories(nc)
    refold = refold or Refold.of(default_folder())
    return await asyncio.to_thread(weighed, read, refold, asked)


def weighed(read: Stories, refold: Refold, asked: Iterable[str] = ()) -> Audit:
    """The findings over debates that were read."""
    found = Audit(debates=len(read), facts=sum(map(len, read.values())))
    found.wrong += [f"{debate}: it was asked for and is not in the log" for debate in asked if debate not in read]
    for debate, story in read.items():
        kinds = Counter(type(heard.fact).__name__ for heard in story)
        found.turns += kinds["TurnRequested"]
        found.rulings += kinds["RulingRequested"]
        found.prices += kinds["CallPriced"]
        found.endings.update(type(fact).__name__ for fact in laws.endings(story))
        found.wrong += [f"{debate}: {what}" for what in laws.broken(story)]
        found.wrong += [f"{debate}: {what}" for what in refold.differences(story)]
    return found
