"""Folding every debate once more: what the services said must be what their pure deciders say of the same log."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from zamaz import refold
from zamaz.alive import Reach
from zamaz.definition import Catalog, load
from zamaz.events import Recorded, subject_of
from zamaz.events.cost import CallPriced
from zamaz.events.debater import ArgumentPresented, CallDiscarded, TurnFailed
from zamaz.events.orchestration import ConsensusAssessed
from zamaz.events.workflow import DebateRejected, RequestRefused
from zamaz_cost import ledger, prices, pricing
from zamaz_orchestrator.cache import Prompt
from zamaz_orchestrator.debate import FOLDING
from zamaz_orchestrator.kinds import Cutoffs, kinds
from zamaz_orchestrator.ladder import Case, Ladder
from zamaz_workflow import decide
from zamaz_workflow.again import timeless
from zamaz_workflow.seating import World

Story = Sequence[Recorded]


@dataclass(frozen=True)
class Refold:
    """The deciders with the worlds they had."""

    catalog: Catalog
    table: pricing.Prices
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
        for voice in self._voices():
            for one in voice.differences(story):
                told = f"{one.field} {one.recorded!r}, and now {one.computed!r}"
                yield f"{_name(one.subject)} is not what the decider says of the log before it: {told}"
        yield from self._left(story)
        yield from _amounts(story)
        yield from self._rulings(story)

    def _voices(self) -> tuple[refold.Refold[Any, Any], ...]:
        """With the definitions and prices of the run: a replay by the log alone takes their word for granted."""
        return (
            refold.Refold(ledger.DECIDER, lambda _: lambda _at: self.table, lambda fact: fact),
            refold.Refold(decide.DECIDER, lambda _: self._world, timeless, given=(DebateRejected, RequestRefused)),
        )

    def _world(self, at: datetime) -> World:
        """As it was then, with all in reach that needs no key: who is out of reach is no part of the log."""
        reach = {name: Reach(ok=not provider.key_env) for name, provider in self.catalog.models.providers.items()}
        return World(at, self.catalog, reach, at, self.default_workflow)

    def _left(self, story: Story) -> Iterator[str]:
        """Over the whole log nothing more is to be said."""
        more = [fact for voice in self._voices() for fact in voice.unsaid(story, datetime.now(UTC))]
        yield from (f"{_name(subject_of('id', fact))} is still to be said" for fact in more)

    def _rulings(self, story: Story) -> Iterator[str]:
        """The same positions give the same ruling, where the free rules gave it."""
        state = FOLDING.fold(story, FOLDING.initial(story[0].debate))
        kind, ladder = kinds(self.cutoffs)["consensus"], Ladder({})
        for heard in story:
            if not isinstance(heard.fact, ConsensusAssessed) or heard.fact.rung not in ("rules", "default"):
                continue
            given, wanted = heard.fact, state.wanted[heard.fact.ruling]
            question = kind.question(state, wanted)
            rungs = state.started.ladder.get("consensus", ()) if state.started else ()
            climbed = asyncio.run(ladder.climb(Case(kind, question, no_prompt, lambda: 0.0), rungs))
            # Why a model's rung passed it up is that model's own matter, and no part of the ruling.
            again = kind.fact_of(wanted, question, climbed.opinion, given.passed, given.latency_ms)
            if again != given:
                score = again.score if isinstance(again, ConsensusAssessed) else None
                yield f"ruling {given.ruling} says score {given.score}, and again {score}: {again} != {given}"


async def no_prompt() -> Prompt:
    """There is none."""
    raise AssertionError("a run's rulings are by the free rules")


def _name(subject: str) -> str:
    """A fact's name without its debate."""
    _, voice, _, *rest = subject.split(".")
    return ".".join((voice, "id", *rest))


def _amounts(story: Story) -> Iterator[str]:
    """A price by usage is what that usage costs at its rates."""
    kinds = (ArgumentPresented, TurnFailed, CallDiscarded)
    usage = {h.fact.call: h.fact.usage for h in story if isinstance(h.fact, kinds)}
    for heard in story:
        if isinstance(heard.fact, CallPriced) and heard.fact.basis == "usage":
            price, used = heard.fact, usage.get(heard.fact.call)
            if used is None or price.rates is None or pricing.amount_of(used, price.rates) != price.amount_usd:
                yield f"call {price.call} was priced {price.amount_usd} for {used} at {price.rates}"
