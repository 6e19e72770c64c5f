"""Stories: given these facts, when this one arrives, then these are said.

After every story the law is checked: fold in what was said, decide again, and nothing more is said.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from typing import Any, Generic, TypeVar

from zamaz import subjects
from zamaz.decider import Decider
from zamaz.events import Fact, Malformed, Recorded, Unknown, subject_of

S = TypeVar("S")
W = TypeVar("W")
START = datetime(2026, 1, 1, tzinfo=UTC)
DEBATE = "d1"


def record(seq: int, fact: Fact | Unknown | Malformed, at: datetime = START, debate: str = DEBATE) -> Recorded:
    """A fact as if it stood in the log at `seq`."""
    subject = subject_of(debate, fact) if isinstance(fact, Fact) else fact.subject
    stamp = at.astimezone(UTC).isoformat().replace("+00:00", "Z")
    return Recorded(seq, debate, subjects.parse(subject).voice, fact, stamp, subjects.fact_id(subject))


@dataclass(frozen=True)
class Story(Generic[S, W]):
    """A debate in the making. Every method answers a new story.

    `world` is what decide gets besides the state; `at` the time at which the next facts are stored.
    """

    decider: Decider[S, W]
    world: W
    facts: tuple[Recorded, ...] = ()
    at: datetime = START
    debate: str = DEBATE

    def given(self, *facts: Fact | Unknown | Malformed) -> Story[S, W]:
        """These facts stand in the log."""
        first = self.facts[-1].seq + 1 if self.facts else 1
        new = tuple(record(n, fact, self.at, self.debate) for n, fact in enumerate(facts, first))
        return replace(self, facts=self.facts + new)

    def later(self, seconds: float) -> Story[S, W]:
        """Time passes; worlds with a `now` move with it."""
        at = self.at + timedelta(seconds=seconds)
        world: Any = self.world
        return replace(self, at=at, world=replace(world, now=at) if hasattr(world, "now") else world)

    @property
    def state(self) -> S:
        """The fold of all facts."""
        return self.decider.fold(self.facts, self.decider.initial(self.debate))

    @property
    def sees(self) -> int:
        """The sequence up to which the fold is complete."""
        return self.facts[-1].seq if self.facts else 0

    def said(self) -> list[Fact]:
        """What is decided now. Checks the law on the way."""
        facts = self.decider.decide(self.state, self.sees, self.world)
        if facts:
            again = self.given(*facts)
            more = self.decider.decide(again.state, again.sees, self.world)
            assert more == [], f"decide after decide said {more}"
        return facts

    def then(self) -> Story[S, W]:
        """What is decided now is stored, and the story goes on."""
        return self.given(*self.said())

    def when(self, *facts: Fact | Unknown | Malformed) -> Story[S, W]:
        """Each fact arrives and is answered."""
        story = self
        for fact in facts:
            story = story.given(fact).then()
        return story

    def all(self, kind: type[Any]) -> list[Any]:
        """Every fact of one type that stands in the log."""
        return [heard.fact for heard in self.facts if isinstance(heard.fact, kind)]


def types(facts: Iterable[Fact | Unknown | Malformed]) -> list[str]:
    """The names of the facts' types, for short assertions."""
    return [type(fact).__name__ for fact in facts]
