"""The ledger of one debate: every call that was started, what became of it, and its price.

Pure. A call is settled when it is priced or certainly free; the bill is said once all of them are. A price that
stands is never computed again, and whatever carries usage is priced, however late it comes.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime
from decimal import Decimal

import msgspec
from msgspec.structs import replace

from zamaz.decider import Decider
from zamaz.events import Fact, Recorded
from zamaz.events.cost import BudgetThresholdReached, CallPriced, DebateBilled, SpendRefused, SpendReserved
from zamaz.events.debater import ArgumentPresented, CallDiscarded, CallStarted, TurnFailed
from zamaz.events.orchestration import Ruling, RulingDiscarded, RulingShadowed, RungAsked
from zamaz.events.workflow import DebateCancelled, DebateCompleted, DebateFailed, DecisionMade, SpendRequested
from zamaz_cost.calls import Begun, Outcome, answered, asked_for, judged, takeover
from zamaz_cost.pricing import Prices, longest, priced

ESTIMATES = ("worst_case", "no_usage")


class Ledger(msgspec.Struct, frozen=True, gc=False):
    """One debate's calls. `started` keeps the time of each start; `rulings` are the calls of the orchestrator.
    `requests` for money keep the time at which they were made; `reached` are the shares of its own budget that were
    told of."""

    started: Mapping[str, tuple[datetime, Begun]] = {}
    outcomes: Mapping[str, Outcome] = {}
    priced: Mapping[str, CallPriced] = {}
    rulings: frozenset[str] = frozenset()
    decided: bool = False
    over: bool = False
    billed: bool = False
    requests: Mapping[int, tuple[datetime, SpendRequested]] = {}
    reserved: Mapping[int, SpendReserved] = {}
    refused: Mapping[int, SpendRefused] = {}
    reached: frozenset[int] = frozenset()


def initial(_debate: str) -> Ledger:
    """An empty ledger."""
    return Ledger()


def evolve(ledger: Ledger, heard: Recorded) -> Ledger:
    """The ledger after one more fact, in whatever order they come."""
    match heard.fact:
        case CallStarted() as fact:
            return replace(ledger, started={**ledger.started, fact.call: (heard.at, fact)})
        case RungAsked() as fact:
            started = {**ledger.started, fact.call: (heard.at, fact)}
            return replace(ledger, started=started, rulings=ledger.rulings | {fact.call})
        case ArgumentPresented() | TurnFailed() | CallDiscarded() as fact:
            return _with_outcome(ledger, answered(fact, heard.at))
        case Ruling() | RulingShadowed() | RulingDiscarded() as fact:
            for outcome in judged(fact, heard.at):
                ledger = _with_outcome(replace(ledger, rulings=ledger.rulings | {outcome.call}), outcome)
            return ledger
        case CallPriced() as fact:
            return replace(ledger, priced={**ledger.priced, fact.call: fact})
        case DebateBilled():
            return replace(ledger, billed=True)
        case SpendRequested() as fact:
            return replace(ledger, requests={**ledger.requests, fact.number: (heard.at, fact)})
        case SpendReserved() as fact:
            return replace(ledger, reserved={**ledger.reserved, fact.number: fact})
        case SpendRefused() as fact:
            return replace(ledger, refused={**ledger.refused, fact.number: fact})
        case BudgetThresholdReached() as fact:
            return replace(ledger, reached=ledger.reached | {fact.percent})
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


def at_once(fact: object, at: datetime, prices: Prices) -> list[CallPriced] | None:
    """What a fact's own words are enough to price, stored at `at`; None where the debate must be read for it.

    The same as `decide` would say of it: that a first call was answered, with what usage, by which model, needs no
    other fact. A takeover has an orphan beside it, an estimate needs the call's size.
    """
    match fact:
        case ArgumentPresented() | TurnFailed() | CallDiscarded() if takeover(fact.call) <= 1:
            outcomes = [answered(fact, at)]
        case Ruling() | RulingShadowed() | RulingDiscarded():
            outcomes = list(judged(fact, at))
        case _:
            return None
    paid = [outcome for outcome in outcomes if not outcome.free]
    if any(outcome.usage is None and prices.billing(outcome.provider) == "paid" for outcome in paid):
        return None
    found = [priced(None, outcome, prices) for outcome in paid]
    return None if any(price.basis == "unpriced" for price in found) else found


def decide(ledger: Ledger, _sees: int, prices: Prices) -> list[Fact]:
    """The prices that are missing, and the bill once nothing is open."""
    new = missing_prices(ledger, prices)
    after = replace(ledger, priced={**ledger.priced, **{price.call: price for price in new}})
    return [*new, bill(after)] if bill_is_due(after) else [*new]


def missing_prices(ledger: Ledger, prices: Prices) -> list[CallPriced]:
    """What must be priced and is not."""
    return [priced(_start(ledger, outcome.call), outcome, prices) for outcome in _unpriced(ledger)]


def bill_is_due(ledger: Ledger) -> bool:
    """Whether all is settled of a debate that is decided or over, and nobody has said so."""
    return (ledger.decided or ledger.over) and not ledger.billed and not _open(ledger)


def _unpriced(ledger: Ledger) -> list[Outcome]:
    """What must be priced and is not, by the call's id."""
    known = (outcome for outcome in ledger.outcomes.values() if not outcome.free)
    found = [outcome for outcome in (*known, *_orphans(ledger)) if outcome.call not in ledger.priced]
    return sorted(found, key=lambda outcome: outcome.call)


def _orphans(ledger: Ledger) -> Iterable[Outcome]:
    """Calls that nobody will answer: another process took the turn or the ruling over, or the debate has ended."""
    newest: dict[str, Begun] = {}
    for _, begun in ledger.started.values():
        known = newest.get(asked_for(begun))
        if known is None or takeover(known.call) < takeover(begun.call):
            newest[asked_for(begun)] = begun
    for at, begun in ledger.started.values():
        lost = ledger.over or _taken_over(begun, newest[asked_for(begun)])
        if begun.call not in ledger.outcomes and lost:
            yield Outcome(begun.call, asked_for(begun), at, begun.provider, begun.model, None, uncounted="worst_case")


def _taken_over(begun: Begun, newest: Begun) -> bool:
    """One orchestrator asks several rungs for a ruling, and says what became of them when it rules."""
    later = takeover(begun.call) < takeover(newest.call)
    return later and (isinstance(begun, CallStarted) or begun.by != newest.by)


def _open(ledger: Ledger) -> bool:
    """Whether a call was started of which nobody knows yet what it cost. A shadow holds nothing up."""
    free = {outcome.call for outcome in ledger.outcomes.values() if outcome.free}
    started = (call for call, (_, begun) in ledger.started.items() if not _is_shadow(begun))
    return any(call not in ledger.priced and call not in free for call in started)


def _is_shadow(begun: Begun) -> bool:
    return isinstance(begun, RungAsked) and begun.shadow


def _start(ledger: Ledger, call: str) -> Begun | None:
    begun = ledger.started.get(call)
    return begun[1] if begun else None


def sizes(ledger: Ledger, call: str) -> set[int]:
    """The input tokens that a call may have been priced for: as they were counted, and at worst."""
    outcome = ledger.outcomes.get(call)
    return {longest(_start(ledger, call))} | ({outcome.usage.input} if outcome and outcome.usage else set())


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
        ("orchestration", "", False),
        ("workflow", "SpendRequested", True),
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
