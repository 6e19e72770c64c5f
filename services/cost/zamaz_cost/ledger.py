"""The ledger of one debate: every call that was started, what became of it, and its price.

Pure. A call is settled when it is priced or certainly free; the bill is said once all of them are. A price that
stands is never computed again, and whatever carries usage is priced, however late it comes.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from decimal import Decimal
from typing import Literal, Protocol

from msgspec import structs

from zamaz.decider import Decider
from zamaz.events import Fact, Recorded
from zamaz.events.cost import CallPriced, DebateBilled, Rates
from zamaz.events.debater import ArgumentPresented, CallDiscarded, CallStarted, TurnFailed, Usage
from zamaz.events.orchestration import ConsensusAssessed
from zamaz.events.workflow import DebateCancelled, DebateCompleted, DebateFailed, DecisionMade

FREE_FAILURES = frozenset(
    {
        "auth",
        "not_found",
        "rate_limited",
        "provider_error",
        "unreachable",
        "bad_request",
        "context_too_large",
        "not_configured",
        "internal",
    }
)
"""Failures after which no provider sends a bill: nothing was answered, or nobody was asked."""

UNHEARD = frozenset({"timeout", "cancelled"})
"""Calls that we left before they had ended: they may have cost all that they were allowed."""

BYTES_A_TOKEN = 3
"""Fewer than real text has, so that an estimate is rather too high."""

MILLION = Decimal(10**6)
SMALLEST = Decimal("1e-10")
ESTIMATES = ("worst_case", "no_usage")
Uncounted = Literal["worst_case", "no_usage"]


class Prices(Protocol):
    """The price table, as the ledger asks it."""

    @property
    def name(self) -> str:
        """Which prices these are: version and digest."""

    def billing(self, provider: str) -> Literal["paid", "local", "script"]:
        """Whether the provider sends a bill at all."""

    def rates(self, provider: str, model: str, input_tokens: int, at: datetime) -> Rates | None:
        """Dollars a million tokens, or None when no table knows the model."""


@dataclass(frozen=True)
class Outcome:
    """What became of a call. Without `usage` it is `free`, or estimated as `uncounted` says."""

    call: str
    turn: str
    at: datetime
    provider: str
    model: str
    usage: Usage | None
    free: bool = False
    uncounted: Uncounted = "no_usage"


@dataclass(frozen=True)
class Ledger:
    """One debate's calls. `started` keeps the time of each start; `rulings` are the ids of the orchestrator's."""

    started: Mapping[str, tuple[datetime, CallStarted]] = field(default_factory=dict)
    outcomes: Mapping[str, Outcome] = field(default_factory=dict)
    priced: Mapping[str, CallPriced] = field(default_factory=dict)
    rulings: frozenset[str] = frozenset()
    decided: bool = False
    over: bool = False
    billed: bool = False


def initial(_debate: str) -> Ledger:
    """An empty ledger."""
    return Ledger()


def evolve(ledger: Ledger, heard: Recorded) -> Ledger:
    """The ledger after one more fact, in whatever order they come."""
    match heard.fact:
        case CallStarted() as fact:
            return replace(ledger, started={**ledger.started, fact.call: (heard.at, fact)})
        case ArgumentPresented() | TurnFailed() | CallDiscarded() as fact:
            return _with_outcome(ledger, _outcome(fact, heard.at))
        case ConsensusAssessed() as fact:
            ruled = replace(ledger, rulings=ledger.rulings | {fact.ruling})
            return _with_outcome(ruled, _ruling(fact, heard.at))
        case CallPriced() as fact:
            return replace(ledger, priced={**ledger.priced, fact.call: fact})
        case DebateBilled():
            return replace(ledger, billed=True)
        case DecisionMade():
            return replace(ledger, decided=True)
        case DebateCompleted() | DebateCancelled() | DebateFailed():
            return replace(ledger, over=True)
    return ledger


def _with_outcome(ledger: Ledger, outcome: Outcome) -> Ledger:
    """What a provider counted stays, should another debater have given the call up for lost meanwhile."""
    known = ledger.outcomes.get(outcome.call)
    if known and known.usage is not None and outcome.usage is None:
        return ledger
    return replace(ledger, outcomes={**ledger.outcomes, outcome.call: outcome})


def _outcome(fact: ArgumentPresented | TurnFailed | CallDiscarded, at: datetime) -> Outcome:
    call = fact.call or fact.turn
    made = Outcome(call, fact.turn, at, fact.provider, fact.model, fact.usage)
    if isinstance(fact, ArgumentPresented) or fact.kind is None:
        return made
    free = fact.usage is None and (fact.kind in FREE_FAILURES or not fact.call)
    return replace(made, free=free, uncounted="worst_case" if fact.kind in UNHEARD else "no_usage")


def _ruling(fact: ConsensusAssessed, at: datetime) -> Outcome:
    return Outcome(fact.ruling, "", at, fact.provider, fact.model, fact.usage, free=fact.usage is None)


def at_once(fact: object, at: datetime, prices: Prices) -> list[CallPriced] | None:
    """What a fact's own words are enough to price, stored at `at`; None where the debate must be read for it.

    The same as `decide` would say of it: that a first call was answered, with what usage, by which model, needs no
    other fact. A takeover has an orphan beside it, an estimate needs the call's size.
    """
    match fact:
        case ArgumentPresented() | TurnFailed() | CallDiscarded() if _takeover(fact.call) <= 1:
            outcome = _outcome(fact, at)
        case ConsensusAssessed():
            outcome = _ruling(fact, at)
        case _:
            return None
    if outcome.free:
        return []
    if outcome.usage is None and prices.billing(outcome.provider) == "paid":
        return None
    price = priced(Ledger(), outcome, prices)
    return None if price.basis == "unpriced" else [price]


def decide(ledger: Ledger, _sees: int, prices: Prices) -> list[Fact]:
    """The prices that are missing, and the bill once nothing is open."""
    new = missing_prices(ledger, prices)
    after = replace(ledger, priced={**ledger.priced, **{price.call: price for price in new}})
    return [*new, bill(after)] if bill_is_due(after) else [*new]


def missing_prices(ledger: Ledger, prices: Prices) -> list[CallPriced]:
    """What must be priced and is not."""
    return [priced(ledger, outcome, prices) for outcome in _unpriced(ledger)]


def bill_is_due(ledger: Ledger) -> bool:
    """Whether all is settled of a debate that is decided or over, and nobody has said so."""
    return (ledger.decided or ledger.over) and not ledger.billed and not _open(ledger)


def _unpriced(ledger: Ledger) -> list[Outcome]:
    """What must be priced and is not, by the call's id."""
    known = (outcome for outcome in ledger.outcomes.values() if not outcome.free)
    found = [outcome for outcome in (*known, *_orphans(ledger)) if outcome.call not in ledger.priced]
    return sorted(found, key=lambda outcome: outcome.call)


def _orphans(ledger: Ledger) -> Iterable[Outcome]:
    """Calls that nobody will answer: another debater took the turn over, or the debate has ended."""
    newest: dict[str, int] = {}
    for _, begun in ledger.started.values():
        newest[begun.turn] = max(newest.get(begun.turn, 0), _takeover(begun.call))
    for at, begun in ledger.started.values():
        if begun.call not in ledger.outcomes and (ledger.over or _takeover(begun.call) < newest[begun.turn]):
            yield Outcome(begun.call, begun.turn, at, begun.provider, begun.model, None, uncounted="worst_case")


def _takeover(call: str) -> int:
    """The n of `<turn>-<n>`."""
    number = call.rpartition("-")[2]
    return int(number) if number.isdecimal() else 0


def _open(ledger: Ledger) -> bool:
    """Whether a call was started of which nobody knows yet what it cost."""
    free = {outcome.call for outcome in ledger.outcomes.values() if outcome.free}
    return any(call not in ledger.priced and call not in free for call in ledger.started)


def priced(ledger: Ledger, outcome: Outcome, prices: Prices) -> CallPriced:
    """The price of one call, with what it rests on."""
    begun = ledger.started.get(outcome.call)
    provider = outcome.provider or (begun[1].provider if begun else "")
    models = [model for model in (outcome.model, begun[1].model if begun else "") if model] or [""]
    made = CallPriced(call=outcome.call, provider=provider, model=models[0], amount_usd=Decimal(0), basis="usage")
    billing = prices.billing(provider)
    if billing != "paid":
        return structs.replace(made, basis=billing)
    usage = _worst_case(ledger, outcome) if outcome.usage is None else outcome.usage
    for model in models:
        if rates := prices.rates(provider, model, usage.input, outcome.at):
            basis = "usage" if outcome.usage is not None and not outcome.usage.estimated else outcome.uncounted
            amount = amount_of(usage, rates)
            return structs.replace(
                made, model=model, amount_usd=amount, rates=rates, price_table=prices.name, basis=basis
            )
    return structs.replace(made, price_table=prices.name, basis="unpriced")


def _worst_case(ledger: Ledger, outcome: Outcome) -> Usage:
    """As many tokens as the call could have used: its whole prompt, and every output token it was allowed."""
    begun = ledger.started.get(outcome.call)
    return Usage(input=_longest(ledger, outcome.call), output=begun[1].max_output_tokens if begun else 0)


def _longest(ledger: Ledger, call: str) -> int:
    """No fewer input tokens than a call's prompt can have."""
    begun = ledger.started.get(call)
    return -(-begun[1].prompt_bytes // BYTES_A_TOKEN) if begun else 0


def sizes(ledger: Ledger, call: str) -> set[int]:
    """The input tokens that a call may have been priced for: as they were counted, and at worst."""
    outcome = ledger.outcomes.get(call)
    return {_longest(ledger, call)} | ({outcome.usage.input} if outcome and outcome.usage else set())


def amount_of(usage: Usage, rates: Rates) -> Decimal:
    """Dollars, to ten decimal places: cached input at its own rate, reasoning as the output it is part of."""
    cached = min(usage.cached_input, usage.input)
    total = (usage.input - cached) * rates.input + cached * rates.cached_input + usage.output * rates.output
    return (total / MILLION).quantize(SMALLEST).normalize() + Decimal(0)


def bill(ledger: Ledger) -> DebateBilled:
    """The sum of every price that stands."""
    calls = ledger.priced.values()
    return DebateBilled(
        cost_usd=sum((call.amount_usd for call in calls), Decimal(0)),
        calls=len(calls),
        orchestration_usd=sum((call.amount_usd for call in calls if call.call in ledger.rulings), Decimal(0)),
        estimated=sum(call.basis in ESTIMATES for call in calls),
        unpriced=sum(call.basis == "unpriced" for call in calls),
    )


def ended(_ledger: Ledger) -> bool:
    """Never: a paid answer that comes after the bill still needs its price, and forgetting would save nothing."""
    return False


DECIDER: Decider[Ledger, Prices] = Decider(
    voice="cost",
    reads=(
        ("debater", "", False),
        ("orchestration", "ConsensusAssessed", True),
        ("workflow", "DecisionMade", False),
        ("workflow", "DebateCompleted", False),
        ("workflow", "DebateCancelled", False),
        ("workflow", "DebateFailed", False),
        ("cost", "", False),
    ),
    initial=initial,
    evolve=evolve,
    decide=decide,
    ended=ended,
)
