"""What the ledger's stories share: calls, answers and a price table of round numbers."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from typing import Literal

from zamaz.events.cost import CallPriced, Rates
from zamaz.events.debater import ArgumentPresented, CallDiscarded, CallStarted, FailureKind, TurnFailed, Usage
from zamaz.events.orchestration import ConsensusAssessed, RungAsked
from zamaz.events.workflow import DecisionMade
from zamaz.testing import Story
from zamaz_cost.ledger import DECIDER, Ledger
from zamaz_cost.pricing import Prices

USED = Usage(input=1000, cached_input=200, output=100, reasoning=40)
ROUND = Rates(input=Decimal(10), cached_input=Decimal(1), output=Decimal(100))
EXACT = Decimal("0.0182")
"""800 x $10 + 200 x $1 + 100 x $100, a million tokens each."""

WORST = Decimal("0.06")
"""3000 bytes are 1000 tokens at $10, and 500 output tokens at $100."""


@dataclass(frozen=True)
class RoundPrices:
    """`dear` costs round numbers, `local` nothing, `script` is no model."""

    name: str = "round 1"
    models: dict[str, Rates] = field(default_factory=lambda: {"m": ROUND})

    def billing(self, provider: str) -> Literal["paid", "local", "script"]:
        return "local" if provider == "local" else "script" if provider == "script" else "paid"

    def rates(self, provider: str, model: str, input_tokens: int, at: datetime) -> Rates | None:
        return self.models.get(model)


BOOK: Story[Ledger, Prices] = Story(DECIDER, RoundPrices())


def begun(turn: str = "t", n: int = 1, provider: str = "dear", model: str = "m") -> CallStarted:
    return CallStarted(
        call=f"{turn}-{n}",
        turn=turn,
        by="d1",
        provider=provider,
        model=model,
        prompt_digest="x",
        max_output_tokens=500,
        prompt_bytes=3000,
    )


def answered(
    turn: str = "t", n: int = 1, provider: str = "dear", model: str = "m", usage: Usage | None = USED
) -> ArgumentPresented:
    return ArgumentPresented(
        turn=turn,
        call=f"{turn}-{n}",
        round=1,
        participant="ann",
        argument="Because.",
        usage=usage,
        provider=provider,
        model=model,
        latency_ms=1,
    )


def failed(kind: FailureKind, turn: str = "t", n: int = 1, usage: Usage | None = None) -> TurnFailed:
    return TurnFailed(
        turn=turn,
        call=f"{turn}-{n}" if n else "",
        kind=kind,
        why="so",
        retryable=True,
        usage=usage,
        provider="dear",
        model="m",
    )


def discarded(turn: str = "t", n: int = 1, usage: Usage | None = USED) -> CallDiscarded:
    return CallDiscarded(call=f"{turn}-{n}", turn=turn, provider="dear", model="m", usage=usage)


def rung_asked(ruling: str = "r", n: int = 1, by: str = "o1", *, shadow: bool = False) -> RungAsked:
    return RungAsked(
        call=f"{ruling}-asked-{n}",
        ruling=ruling,
        by=by,
        rung="grok",
        provider="dear",
        model="m",
        prompt_digest="x",
        max_output_tokens=500,
        prompt_bytes=3000,
        shadow=shadow,
    )


def ruled(ruling: str = "r", provider: str = "", usage: Usage | None = None, call: str = "") -> ConsensusAssessed:
    return ConsensusAssessed(
        ruling=ruling,
        round=1,
        agreement="none",
        score=0,
        rung="rules",
        provider=provider,
        model="m" if provider else "",
        confidence=1,
        inputs_digest="",
        latency_ms=1,
        usage=usage,
        call=call,
    )


DECIDED = DecisionMade(decision_id="x", debate_id="d1", decision_type="SIMPLE", question="?", recommendation="Do it")


def price_of(story: Story[Ledger, Prices], call: str) -> CallPriced:
    found: list[CallPriced] = [price for price in story.all(CallPriced) if price.call == call]
    assert len(found) == 1, story.all(CallPriced)
    return found[0]
