from __future__ import annotations

from collections.abc import Sequence
from typing import Any, cast

from zamaz.decider import Decider
from zamaz.errors import LogUnavailable
from zamaz.events import Fact, Recorded
from zamaz.events.client import DebateRequested
from zamaz.log import Loaded, Log
from zamaz.service.advance import Advance
from zamaz.service.timers import Timers
from zamaz.testing import record


class FakeLog:
    """What stands in the log."""

    def __init__(self) -> None:
        self.facts: list[Recorded] = []

    def say(self, fact: Fact) -> int:
        self.facts.append(record(len(self.facts) + 1, fact, debate="d"))
        return len(self.facts)

    async def load(self, _debate: str, since: int, _filters: Sequence[str], *, at_least: int) -> Loaded:
        assert at_least <= len(self.facts)
        return Loaded([heard for heard in self.facts if heard.seq >= since], len(self.facts))


class FakeTimers:
    """A timer service that may be away."""

    def __init__(self) -> None:
        self.away = False

    async def arm(self, _debate: str, _at: object) -> None:
        if self.away:
            raise LogUnavailable("away")


class Thoughts:
    """A decider that says nothing, and how often it was asked."""

    def __init__(self) -> None:
        self.log, self.timers, self.asked = FakeLog(), FakeTimers(), 0
        decider: Decider[int, int] = Decider(
            voice="workflow",
            reads=(("client", "", False),),
            initial=lambda _: 0,
            evolve=lambda count, _: count + 1,
            decide=self._decide,
            ended=lambda _: False,
            wake=cast(Any, lambda _count, world: world),
        )
        self.advance = Advance(cast(Log, self.log), decider, self._world, cast(Timers, self.timers))

    def _decide(self, _count: int, _sees: int, _world: int) -> list[Fact]:
        self.asked += 1
        return []

    async def _world(self) -> int:
        return 1


QUESTION = DebateRequested(question="Why?")


async def test_what_was_thought_about_already_is_not_thought_about_again():
    thoughts = Thoughts()
    first, second = thoughts.log.say(QUESTION), thoughts.log.say(QUESTION)
    await thoughts.advance("d", first)
    await thoughts.advance("d", second)
    await thoughts.advance("d", first)
    assert thoughts.asked == 1


async def test_news_and_a_timer_are_thought_about():
    thoughts = Thoughts()
    await thoughts.advance("d", thoughts.log.say(QUESTION))
    await thoughts.advance("d", thoughts.log.say(QUESTION))
    await thoughts.advance("d")
    assert thoughts.asked == 3


async def test_what_comes_again_because_no_timer_could_be_armed_is_thought_about_again():
    thoughts = Thoughts()
    heard, thoughts.timers.away = thoughts.log.say(QUESTION), True
    for _ in range(2):
        try:
            await thoughts.advance("d", heard)
        except LogUnavailable:
            continue
    thoughts.timers.away = False
    await thoughts.advance("d", heard)
    assert thoughts.asked == 3
