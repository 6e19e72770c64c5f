"""Folding every debate once more: what the services said must be what their pure deciders say of the same log."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, TypeVar

from msgspec.structs import replace

from zamaz.alive import Reach
from zamaz.decider import Decider
from zamaz.definition import Catalog, load
from zamaz.events import Fact, Recorded, subject_of
from zamaz.events.cost import CallPriced
from zamaz.events.debater import ArgumentPresented, CallDiscarded, TurnFailed
from zamaz.events.orchestration import ConsensusAssessed
from zamaz.events.workflow import DebateRejected, DebateResumed, RulingRequested, TurnRequested
from zamaz_cost import ledger, prices
from zamaz_orchestrator import ruling
from zamaz_orchestrator.ladder import Ladder
from zamaz_orchestrator.ruling import Cutoffs
from zamaz_workflow import decide
from zamaz_workflow.seating import World

W = TypeVar("W")
Story = Sequence[Recorded]
MOMENTS = 50
ALIKE = datetime(1970, 1, 1, tzinfo=UTC)


@dataclass(frozen=True)
class Refold:
    """The deciders with the worlds they had."""

    catalog: Catalog
    table: ledger.Prices
    cutoffs: Cutoffs
    default_workflow: str = "simple_debate"

    @classmethod
    def of(cls, folder: Path, default_workflow: str = "simple_debate") -> Refold:
        """With the definitions that a run had."""
        catalog = load(folder)
        spec = catalog.orchestration.agreement
        return cls(catalog, prices.load(folder), Cutoffs(spec.full_from, spec.none_below), default_workflow)

    def differences(self, story: Story) -> Iterator[str]:
        """Where the log and the deciders differ, in words."""
        yield from _unsaid(ledger.DECIDER, story, lambda _: self.table)
        yield from _unsaid(decide.DECIDER, story, self._world)
        yield from self._left(story)
        yield from _amounts(story)
        yield from self._rulings(story)

    def _world(self, at: datetime) -> World:
        """As it was then, with all in reach: who is out of reach is no part of the log."""
        reach = {name: Reach(ok=True) for name in self.catalog.models.providers}
        return World(at, self.catalog, reach, at, self.default_workflow)

    def _left(self, story: Story) -> Iterator[str]:
        """Over the whole log nothing more is to be said."""
        debate, upto = story[0].debate, story[-1].seq
        books = ledger.DECIDER.fold(story, ledger.DECIDER.initial(debate))
        course = decide.DECIDER.fold(story, decide.DECIDER.initial(debate))
        more = _decided(ledger.DECIDER, books, upto, self.table)
        more += _decided(decide.DECIDER, course, upto, self._world(datetime.now(UTC)))
        yield from (f"{_name(fact)} is still to be said" for fact in more)

    def _rulings(self, story: Story) -> Iterator[str]:
        """The same positions give the same ruling, where the free rules gave it."""
        state = ruling.FOLDING.fold(story, ruling.FOLDING.initial(story[0].debate))
        ladder = Ladder({}, self.cutoffs)
        for heard in story:
            if not isinstance(heard.fact, ConsensusAssessed) or heard.fact.rung not in ("rules", "default"):
                continue
            given, wanted = heard.fact, state.wanted[heard.fact.ruling]
            question = ruling.question_of(state, wanted)
            rungs = state.started.ladder.get("consensus", ()) if state.started else ()
            opinion, _ = asyncio.run(ladder.climb(question, rungs, _no_template, lambda: 0.0))
            # Why a model's rung passed it up is that model's own matter, and no part of the ruling.
            again = ruling.assessed(wanted, question, opinion, given.passed, self.cutoffs, given.latency_ms)
            if again != given:
                yield f"ruling {given.ruling} says score {given.score}, and again {again.score}: {again} != {given}"


async def _no_template() -> str:
    raise AssertionError("a run's rulings are by the free rules")


def _unsaid(decider: Decider[Any, W], story: Story, world: Callable[[datetime], W]) -> Iterator[str]:
    """The voice's facts that its decider says at no place of the log where it could have stood."""
    states = [decider.initial(story[0].debate)]
    for heard in story:
        states.append(decider.evolve(states[-1], heard))
    for n, heard in enumerate(story):
        fact = heard.fact
        if heard.voice != decider.voice or not isinstance(fact, Fact) or isinstance(fact, DebateRejected):
            continue
        wanted = _timeless(fact)
        for cut in range(n, 0, -1):
            sees = story[cut - 1].seq
            moments = _moments(story[cut - 1].at, heard.at)
            said = (_decided(decider, states[cut], sees, world(at)) for at in moments)
            if any(_timeless(each) == wanted for facts in said for each in facts):
                break
        else:
            yield f"{_name(fact)} is not what the decider says of the log before it: {fact}"


def _moments(after: datetime, until: datetime) -> Iterator[datetime]:
    """When it may have been decided: it is stored a little later, and much later where somebody was stopped."""
    yield until
    yield from (after + (until - after) * n / MOMENTS for n in range(MOMENTS))


def _decided(decider: Decider[Any, W], state: Any, sees: int, world: W) -> list[Fact]:
    """What a decider says; nothing where the log lacks what a decision rests on."""
    try:
        return decider.decide(state, sees, world)
    except LookupError:
        return []


def _timeless(fact: Fact) -> Fact:
    """Without what is taken from the clock and from the length of the whole log."""
    if isinstance(fact, TurnRequested):
        return replace(fact, deadline=ALIKE, sees=min(fact.sees, 1))
    if isinstance(fact, RulingRequested):
        return replace(fact, deadline=ALIKE, sees=1)
    if isinstance(fact, DebateResumed):
        return replace(fact, paused_s=0.0)
    return fact


def _name(fact: Fact) -> str:
    return subject_of("id", fact).replace("evt.", "", 1)


def _amounts(story: Story) -> Iterator[str]:
    """A price by usage is what that usage costs at its rates."""
    kinds = (ArgumentPresented, TurnFailed, CallDiscarded)
    usage = {h.fact.call: h.fact.usage for h in story if isinstance(h.fact, kinds)}
    for heard in story:
        if isinstance(heard.fact, CallPriced) and heard.fact.basis == "usage":
            price, used = heard.fact, usage.get(heard.fact.call)
            if used is None or price.rates is None or ledger.amount_of(used, price.rates) != price.amount_usd:
                yield f"call {price.call} was priced {price.amount_usd} for {used} at {price.rates}"
