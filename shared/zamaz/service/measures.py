"""What the facts add up to. A fact is measured by the process whose append put it into the log, and by no other.

A process that is killed takes along what was not scraped yet.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from zamaz.events import Fact
from zamaz.events.cost import CallPriced
from zamaz.events.debater import ArgumentPresented, CallDiscarded, TurnFailed, Usage
from zamaz.events.orchestration import RULINGS, ConsensusAssessed, Ruling, RulingDiscarded, RulingShadowed
from zamaz.events.workflow import DebateCancelled, DebateCompleted, DebateFailed, DebateRejected
from zamaz.service.metrics import SECONDS, Metrics

UNKNOWN = "unknown"
ANSWERED, UNPARSED, DISCARDED, PASSED = "answered", "unparsed", "discarded", "passed"
RULED, CACHED = "ruled", "cached"
RULING_SECONDS = (0.001, 0.005, 0.025, *SECONDS)
"""From what the rules take up to what models take."""


class Measures:
    """Called with each fact that this process stored."""

    def __init__(self, metrics: Metrics) -> None:
        counter, histogram = metrics.counter, metrics.histogram
        self._said = counter("facts_said", "Facts that this process stored", "type")
        self._debates = counter("debates_ended", "Debates by their ending and its reason", "ending", "reason")
        self._turns = counter("turns", "Turns by what became of them", "provider", "outcome")
        self._answers = histogram("answer_seconds", "How long a provider took to answer", "provider", buckets=SECONDS)
        self._rulings = counter("rulings", "Rulings by who ruled, and rungs that passed", "kind", "rung", "outcome")
        self._passed = counter("rungs_passed", "Rungs that passed a question up, and why", "kind", "rung", "reason")
        self._judging = histogram("ruling_seconds", "How long a ruling took", "kind", "rung", buckets=RULING_SECONDS)
        self._shadows = counter("shadows", "What another rung made of a ruling", "kind", "ruled_by", "rung", "outcome")
        self._regret = counter("shadow_regret", "How far rulings were off, summed", "kind", "ruled_by", "rung")
        self._tokens = counter(
            "tokens", "Tokens; input holds cached_input and cache_write, output holds reasoning", "provider", "kind"
        )
        self._dollars = counter("dollars", "What calls cost, by what the price rests on", "provider", "basis")
        self._priced = counter("calls_priced", "Calls with a price, by what it rests on", "provider", "basis")
        self._measures: dict[type[Fact], Callable[[Any], None]] = {
            DebateCompleted: lambda fact: self._debates("completed", fact.stop_reason).inc(),
            DebateRejected: lambda fact: self._debates("rejected", fact.reason).inc(),
            DebateFailed: lambda fact: self._debates("failed", fact.stop_reason).inc(),
            DebateCancelled: lambda fact: self._debates("cancelled", fact.stop_reason).inc(),
            ArgumentPresented: self._answered,
            TurnFailed: self._failed,
            CallDiscarded: self._discarded,
            **dict.fromkeys(RULINGS, self._ruled),
            RulingShadowed: self._shadowed,
            RulingDiscarded: lambda fact: self._asked(fact),
            CallPriced: self._cost,
        }

    def __call__(self, fact: Fact) -> None:
        """Count it."""
        kind = type(fact)
        self._said(kind.__name__).inc()
        if measure := self._measures.get(kind):
            measure(fact)

    def _answered(self, fact: ArgumentPresented) -> None:
        self._turns(fact.provider, UNPARSED if fact.unparsed else ANSWERED).inc()
        self._answers(fact.provider).observe(fact.latency_ms / 1000)
        self._used(fact.provider, fact.usage)

    def _failed(self, fact: TurnFailed) -> None:
        self._turns(fact.provider or UNKNOWN, fact.kind).inc()
        self._used(fact.provider, fact.usage)

    def _discarded(self, fact: CallDiscarded) -> None:
        self._turns(fact.provider or UNKNOWN, DISCARDED).inc()
        self._used(fact.provider, fact.usage)

    def _ruled(self, fact: Ruling) -> None:
        kind = type(fact).__name__
        outcome = fact.agreement if isinstance(fact, ConsensusAssessed) else RULED
        self._rulings(kind, fact.rung, CACHED if fact.cached else outcome).inc()
        self._judging(kind, fact.rung).observe(fact.latency_ms / 1000)
        for rung in fact.passed:
            self._rulings(kind, rung.rung, PASSED).inc()
            self._passed(kind, rung.rung, rung.reason or UNKNOWN).inc()
        self._asked(fact)

    def _shadowed(self, fact: RulingShadowed) -> None:
        outcome = {True: "agrees", False: "differs", None: "silent"}[fact.agrees]
        self._shadows(fact.kind, fact.ruled_by, fact.rung, outcome).inc()
        self._regret(fact.kind, fact.ruled_by, fact.rung).inc(fact.regret or 0.0)
        self._used(fact.provider, fact.usage)

    def _asked(self, fact: Ruling | RulingDiscarded) -> None:
        """The tokens of whoever was asked for it."""
        for asked in (fact, *fact.passed):
            self._used(asked.provider, asked.usage)

    def _used(self, provider: str, usage: Usage | None) -> None:
        if usage is None:
            return
        for kind in ("input", "cached_input", "cache_write", "output", "reasoning"):
            if tokens := getattr(usage, kind):
                self._tokens(provider or UNKNOWN, kind).inc(tokens)

    def _cost(self, fact: CallPriced) -> None:
        provider = fact.provider or UNKNOWN
        self._priced(provider, fact.basis).inc()
        self._dollars(provider, fact.basis).inc(float(fact.amount_usd))
