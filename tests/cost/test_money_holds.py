"""Whatever the order, the replicas and the kills: no budget is overrun, and the ledger says what was spent."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any, cast

from hypothesis import given, settings
from hypothesis import strategies as st

from zamaz import subjects
from zamaz.events import Fact, Recorded, encode, subject_of
from zamaz.events.cost import CallPriced, DebateBilled, Reserved, Settled, SpendRefused, SpendReserved
from zamaz.events.debater import CallStarted, Usage
from zamaz.events.workflow import DebateCancelled, SpendRequested
from zamaz.log import Appended
from zamaz.service.delivery import Delivery
from zamaz.views import sqlite
from zamaz.views.budgets import BudgetsView
from zamaz.views.left import shared
from zamaz.views.period import Period
from zamaz.views.views import Views
from zamaz_cost.app import Books
from zamaz_cost.budgets import FOLDING, Budget, left, settled

from cost.books import EXACT, USED, RoundPrices, answered, begun, ruled
from cost.fakelog import FakeLog, Killed
from cost.money import file, wants

ALL = "budget-all"
CENT = Decimal("0.01")


@dataclass(frozen=True)
class Plan:
    """What a debate does: asks for so many cents, then calls so often, each call for so many cents; again and again."""

    asks: tuple[tuple[int, tuple[int, ...]], ...]


PLANS = st.lists(
    st.builds(
        Plan,
        st.lists(
            st.tuples(st.integers(1, 9), st.lists(st.integers(0, 9), max_size=3).map(tuple)), min_size=1, max_size=3
        ).map(tuple),
    ),
    min_size=1,
    max_size=6,
)


class House:
    """Replicas of the cost service on one log. Each fact is heard until somebody has dealt with it."""

    def __init__(self, limit: int, replicas: int, kills: Sequence[int]) -> None:
        self.log = FakeLog(kills)
        self._limits = file(all=limit * CENT, requesters={"*": {"day": limit * CENT}})
        self._replicas = [self._hired() for _ in range(replicas)]
        self._next = 0

    def _hired(self) -> Books:
        return Books(cast(Any, self.log), RoundPrices(), self._limits)

    async def say(self, debate: str, fact: Fact) -> None:
        while True:
            try:
                seq = (await self.log.append(debate, fact)).seq
                break
            except Killed:
                continue
        if isinstance(fact, CallStarted):
            return
        # A delivery that takes too long comes again, to somebody else, while the first one is still at it.
        times = 2 if isinstance(fact, SpendRequested | DebateCancelled) else 1
        await asyncio.gather(*(self._dealt_with(debate, fact, seq) for _ in range(times)))

    async def _dealt_with(self, debate: str, fact: Fact, seq: int) -> None:
        subject = subject_of(debate, fact)
        while True:
            self._next += 1
            n = self._next % len(self._replicas)
            delivery = Delivery(subject, seq, 2, body=encode(fact), stored_ns=10**18)
            try:
                return await self._heard(n, subject, delivery)
            except Killed:
                self._replicas[n] = self._hired()

    async def _heard(self, n: int, subject: str, delivery: Delivery) -> None:
        await self._replicas[n].hear(subjects.parse(subject), delivery)

    async def run(self, debate: str, plan: Plan) -> None:
        call = 0
        for number, (cents, costs) in enumerate(plan.asks, 1):
            await self.say(debate, wants(number, cents, requester="ann"))
            if any(isinstance(h.fact, SpendRefused) for h in self.log.of(debate)):
                break
            for cost in costs:
                call += 1
                # A hundred output tokens are a cent.
                await self.say(debate, begun(f"t{call}"))
                await self.say(debate, answered(f"t{call}", usage=Usage(output=100 * cost)))
        await self.say(debate, DebateCancelled())


def budget_of(facts: Sequence[Recorded]) -> Budget:
    return FOLDING.fold(facts, Budget())


def check_budget(facts: Sequence[Recorded], limit: Decimal) -> None:
    """The figure that is enforced is the sum of the ledger at every sequence number, and within the limit wherever
    something was reserved."""
    held = spent = Decimal(0)
    budget = Budget()
    for heard in facts:
        budget = FOLDING.evolve(budget, heard)
        if isinstance(heard.fact, Reserved):
            held += heard.fact.amount_usd
            assert held + spent <= limit
        if isinstance(heard.fact, Settled):
            fact = heard.fact
            assert fact.reserved_usd + fact.overrun_usd == fact.spent_usd + fact.released_usd
            held, spent = held - fact.reserved_usd, spent + fact.spent_usd
        assert (budget.held_usd, budget.spent_usd) == (held, spent)
        assert budget.held_usd == sum((kept.amount_usd for kept in budget.open.values()), Decimal(0))


@settings(max_examples=60, deadline=None)
@given(PLANS, st.integers(1, 30), st.integers(1, 3), st.lists(st.integers(0, 120), max_size=4))
def test_no_budget_is_overrun_and_the_ledger_says_what_was_spent(
    plans: list[Plan], limit: int, replicas: int, kills: list[int]
) -> None:
    house = House(limit, replicas, kills)

    async def together() -> None:
        await asyncio.gather(*(house.run(f"d{n}", plan) for n, plan in enumerate(plans)))

    asyncio.run(together())
    ids = {heard.debate for heard in house.log.facts}
    for name in (one for one in ids if one.startswith(subjects.BUDGETS)):
        facts = house.log.of(name)
        check_budget(facts, limit * CENT)
        budget = budget_of(facts)
        kept = {heard.fact.debate for heard in facts if isinstance(heard.fact, Reserved)}
        paid = [h.fact.amount_usd for h in house.log.facts if h.debate in kept and isinstance(h.fact, CallPriced)]
        assert (budget.open, budget.held_usd, budget.spent_usd) == ({}, Decimal(0), sum(paid, Decimal(0)))
    check_debates(house.log)
    check_view(house.log)


def check_view(log: FakeLog) -> None:
    """What people are shown of the budgets is what is enforced."""
    views = Views(sqlite.store(None), [BudgetsView()])
    views.take(log.facts)
    with views.store.transaction() as rows:
        shown = {one.budget: one for one in shared(rows, Period())}
    for name in {heard.debate for heard in log.facts if isinstance(heard.fact, Reserved)}:
        budget, one = budget_of(log.of(name)), shown[name]
        newest = budget.newest
        assert (one.reserved_usd, one.settled_usd) == (budget.held_usd, budget.spent_usd)
        assert newest
        assert (one.limit_usd, one.left_usd) == (newest.limit_usd, left(budget, newest.limit_usd))


def check_debates(log: FakeLog) -> None:
    """Each request has one answer, each debate one bill, and each call one price."""
    for debate in {heard.debate for heard in log.facts if isinstance(heard.fact, SpendRequested)}:
        facts = [heard.fact for heard in log.of(debate)]
        asked = [fact.number for fact in facts if isinstance(fact, SpendRequested)]
        answers = [fact.number for fact in facts if isinstance(fact, SpendReserved | SpendRefused)]
        assert sorted(answers) == asked
        (bill,) = (fact for fact in facts if isinstance(fact, DebateBilled))
        prices = [fact.amount_usd for fact in facts if isinstance(fact, CallPriced)]
        assert bill.cost_usd == sum(prices, Decimal(0))
        billed = next(heard.seq for heard in log.of(debate) if isinstance(heard.fact, DebateBilled))
        for fact in facts:
            if isinstance(fact, SpendReserved):
                check_held(log, debate, fact, billed)


def check_held(log: FakeLog, debate: str, said: SpendReserved, billed: int) -> None:
    """What a debate may spend is held on each of its budgets, and stays so until it is billed."""
    for name in said.budgets:
        mine = [h for h in log.of(name) if getattr(h.fact, "debate", "") == debate and _number(h.fact) == said.number]
        (kept,) = (heard.fact for heard in mine if isinstance(heard.fact, Reserved))
        assert kept.amount_usd >= said.amount_usd
        assert min(heard.seq for heard in mine if isinstance(heard.fact, Settled)) > billed


def _number(fact: object) -> int:
    return fact.number if isinstance(fact, Reserved | Settled) else 0


class Faster(FakeLog):
    """Another replica reserves what this one is about to refuse, right before it says so."""

    async def append(self, debate: str, fact: Fact, **how: Any) -> Appended:
        if isinstance(fact, SpendRefused):
            kept = Reserved(debate="d", number=1, amount_usd=3 * CENT, limit_usd=3 * CENT, scope="all")
            await super().append(ALL, settled(self._held(), Decimal(0)))
            await super().append(ALL, kept)
            await super().append("d", SpendReserved(number=1, amount_usd=3 * CENT, budgets=(ALL,)))
        return await super().append(debate, fact, **how)

    def _held(self) -> Reserved:
        (held,) = (heard.fact for heard in self.of(ALL) if isinstance(heard.fact, Reserved))
        return held


def test_a_refusal_that_comes_too_late_lets_nothing_go() -> None:
    log = Faster()
    books = Books(cast(Any, log), RoundPrices(), file(all="0.03"))
    asked = wants(cents=3)
    subject = subject_of("d", asked)

    async def heard() -> None:
        other = Reserved(debate="e", number=1, amount_usd=3 * CENT, limit_usd=3 * CENT, scope="all")
        await log.append("e", wants(cents=3))
        await log.append(ALL, other)
        seq = (await log.append("d", asked)).seq
        await books.hear(subjects.parse(subject), Delivery(subject, seq, 1, body=encode(asked), stored_ns=10**18))

    asyncio.run(heard())
    assert [heard.fact for heard in log.of("d") if isinstance(heard.fact, SpendRefused)] == []
    assert budget_of(log.of(ALL)).open.keys() == {("d", 1)}


def test_what_a_debate_paid_before_its_first_request_was_refused_counts_against_the_budgets_all_the_same() -> None:
    """A ruling on which workflow serves it is paid before the debate starts."""
    log = FakeLog()
    books = Books(cast(Any, log), RoundPrices(), file(all="0.03"))

    async def heard(fact: Fact) -> None:
        subject, seq = subject_of("d", fact), (await log.append("d", fact)).seq
        await books.hear(subjects.parse(subject), Delivery(subject, seq, 1, body=encode(fact), stored_ns=10**18))

    async def run() -> None:
        for fact in (
            ruled(provider="dear", usage=USED),
            wants(cents=4),
            DebateCancelled(),
            ruled("late", "dear", USED),
        ):
            await heard(fact)

    asyncio.run(run())
    assert [heard.fact.scope for heard in log.of("d") if isinstance(heard.fact, SpendRefused)] == ["all"]
    assert budget_of(log.of(ALL)).spent_usd == 2 * EXACT
