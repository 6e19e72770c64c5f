"""Budgets on a real log: debates that race for the last dollar, replicas, and reservations that are left behind."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from decimal import Decimal

import pytest
from nats.aio.client import Client as Nats

from zamaz import subjects
from zamaz.definition import BudgetsFile
from zamaz.events import Fact, Recorded, encode, subject_of
from zamaz.events.cost import BudgetThresholdReached, Reserved, Settled, SpendRefused, SpendReserved
from zamaz.events.debater import CallStarted
from zamaz.events.workflow import DebateCancelled
from zamaz.log import Log
from zamaz.service.delivery import Delivery
from zamaz.testing import START
from zamaz_cost import budgets
from zamaz_cost.app import Books
from zamaz_cost.budgets import FOLDING, Budget

from cost.books import EXACT, RoundPrices, answered, begun
from cost.money import file, wants

pytestmark = pytest.mark.live
ALL = "budget-all"


class House:
    """Several cost services on one log, each fact heard by one of them."""

    def __init__(self, nc: Nats, limits: BudgetsFile, replicas: int = 1) -> None:
        self.log = Log(nc, "test")
        self.books = [Books(Log(nc, "cost"), RoundPrices(), limits) for _ in range(replicas)]

    async def say(self, debate: str, *facts: Fact, by: int = 0) -> None:
        for fact in facts:
            seq = (await self.log.append(debate, fact)).seq
            if not isinstance(fact, CallStarted):
                await self.hear(debate, fact, seq, by)

    async def hear(self, debate: str, fact: Fact, seq: int, by: int = 0) -> None:
        subject = subject_of(debate, fact)
        delivery = Delivery(subject, seq, 1, body=encode(fact), stored_ns=10**18)
        await self.books[by % len(self.books)].hear(subjects.parse(subject), delivery)

    async def answer(self, debate: str, number: int = 1) -> Fact:
        found = [heard.fact for heard in (await self.log.load(debate)).facts]
        (answer,) = (f for f in found if isinstance(f, SpendReserved | SpendRefused) and f.number == number)
        return answer

    async def budget(self, name: str = ALL) -> tuple[Budget, Sequence[Recorded]]:
        facts = (await self.log.load(name)).facts
        return FOLDING.fold(facts, Budget()), facts


def most_committed(facts: Sequence[Recorded]) -> Decimal:
    """The most that was held and spent at any sequence number."""
    folds = (FOLDING.fold(facts[: n + 1], Budget()) for n in range(len(facts)))
    return max(fold.committed_usd for fold in folds)


async def test_fifty_debates_that_race_for_the_last_dollar_reserve_at_most_that_dollar(nc: Nats) -> None:
    house = House(nc, file(all="1"), replicas=3)
    await asyncio.gather(*(house.say(f"race-{n}", wants(cents=3), by=n) for n in range(50)))
    answers = [await house.answer(f"race-{n}") for n in range(50)]
    got = [n for n, answer in enumerate(answers) if isinstance(answer, SpendReserved)]
    refused = [answer for answer in answers if isinstance(answer, SpendRefused)]
    assert (len(got), {answer.scope for answer in refused}) == (33, {"all"})
    budget, facts = await house.budget()
    assert budget.held_usd == most_committed(facts) == Decimal("0.99")

    # All of them end; the rest is let go, and the ledger says the same.
    await asyncio.gather(*(house.say(f"race-{n}", DebateCancelled(), by=n + 1) for n in range(50)))
    budget, facts = await house.budget()
    assert not budget.held_usd
    assert not budget.spent_usd
    assert not budget.open
    assert len([heard for heard in facts if isinstance(heard.fact, Settled)]) == 33


async def test_what_calls_cost_is_settled_and_the_rest_let_go(nc: Nats) -> None:
    house = House(nc, file(all="0.04", thresholds=[40, 50]))
    await house.say("d", wants(cents=3), begun(), answered(), DebateCancelled())
    budget, facts = await house.budget()
    (settled,) = (heard.fact for heard in facts if isinstance(heard.fact, Settled))
    assert (settled.reserved_usd, settled.spent_usd) == (Decimal("0.03"), EXACT)
    assert settled.reserved_usd + settled.overrun_usd == settled.spent_usd + settled.released_usd
    shares = [heard.fact.percent for heard in facts if isinstance(heard.fact, BudgetThresholdReached)]
    assert (shares, budget.committed_usd) == ([40], EXACT)
    await house.say("e", wants(cents=3))
    assert isinstance(await house.answer("e"), SpendRefused)
    await house.say("f", wants(cents=2))
    assert isinstance(await house.answer("f"), SpendReserved)


async def test_a_bill_above_what_was_reserved_counts_against_the_next(nc: Nats) -> None:
    house = House(nc, file(all="0.02"))
    await house.say("d", wants(cents=1), begun(), answered(), DebateCancelled())
    budget, facts = await house.budget()
    (settled,) = (heard.fact for heard in facts if isinstance(heard.fact, Settled))
    assert (settled.overrun_usd, budget.spent_usd) == (EXACT - Decimal("0.01"), EXACT)
    await house.say("e", wants(cents=1))
    refused = await house.answer("e")
    assert isinstance(refused, SpendRefused)
    assert refused.left_usd == Decimal("0.02") - EXACT


async def test_what_is_priced_after_the_settlement_is_settled_too(nc: Nats) -> None:
    house = House(nc, file(all="1"))
    await house.say("d", wants(cents=3), DebateCancelled(), begun("late"), answered("late"))
    budget, facts = await house.budget()
    entries = [(heard.fact.entry, heard.fact.spent_usd) for heard in facts if isinstance(heard.fact, Settled)]
    assert (entries, budget.committed_usd) == ([(0, 0), (1, EXACT)], EXACT)


async def test_a_killed_service_leaves_a_reservation_that_whoever_looks_next_gives_back(nc: Nats) -> None:
    house = House(nc, file(all="0.03"))
    # The end of the debate was never heard: its service died with the delivery.
    await house.say("d", wants(cents=3))
    await house.log.append("d", DebateCancelled())
    await house.say("e", wants(cents=3))
    assert isinstance(await house.answer("e"), SpendReserved)
    assert (await house.budget())[0].open.keys() == {("e", 1)}


async def test_a_reservation_that_was_made_before_a_kill_is_the_one_that_is_answered(nc: Nats) -> None:
    house = House(nc, file(all="0.03"))
    seq = (await house.log.append("d", wants(cents=3))).seq
    half = Reserved(debate="d", number=1, amount_usd=Decimal("0.03"), limit_usd=Decimal("0.03"), scope="all")
    await house.log.append(ALL, half)
    await house.hear("d", wants(cents=3), seq)
    assert isinstance(await house.answer("d"), SpendReserved)
    assert (await house.budget())[0].held_usd == Decimal("0.03")


async def test_a_debate_that_was_erased_has_spent_what_it_held(nc: Nats) -> None:
    house = House(nc, file(all="0.03"))
    gone = Reserved(debate="gone", number=1, amount_usd=Decimal("0.02"), limit_usd=Decimal("0.03"), scope="all")
    await house.log.append(ALL, gone)
    await house.say("e", wants(cents=2))
    assert isinstance(await house.answer("e"), SpendRefused)
    budget, facts = await house.budget()
    assert [heard.fact.lost for heard in facts if isinstance(heard.fact, Settled)] == [True]
    assert (budget.held_usd, budget.spent_usd) == (Decimal(0), Decimal("0.02"))


async def test_what_the_first_budget_kept_is_let_go_when_the_second_refuses(nc: Nats) -> None:
    house = House(nc, file(all="0.01", requesters={"ann": {"all": "1"}}))
    await house.say("d", wants(cents=3, requester="ann"))
    refused = await house.answer("d")
    assert isinstance(refused, SpendRefused)
    assert refused.scope == "all"
    mine = next(name for name in [n.id for n in _touched("ann")] if name != ALL)
    assert (await house.budget(mine))[0].committed_usd == 0


def _touched(requester: str) -> Sequence[budgets.Touched]:
    return budgets.touched(file(all="1", requesters={requester: {"all": "1"}}), requester, START)


async def test_two_replicas_give_a_request_one_answer(nc: Nats) -> None:
    house = House(nc, file(all="0.03"), replicas=2)
    seq = (await house.log.append("d", wants(cents=3))).seq
    await asyncio.gather(*(house.hear("d", wants(cents=3), seq, by) for by in (0, 1)))
    assert isinstance(await house.answer("d"), SpendReserved)
    assert (await house.budget())[0].held_usd == Decimal("0.03")


async def test_money_without_a_limit_is_no_matter_of_any_budget(nc: Nats) -> None:
    house = House(nc, file())
    await house.say("d", wants(cents=3))
    answer = await house.answer("d")
    assert isinstance(answer, SpendReserved)
    assert answer.budgets == ()
