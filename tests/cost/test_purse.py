"""What a request for money comes to, and how what is spent falls upon what was reserved."""

from __future__ import annotations

from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

import pytest

from zamaz.events import Fact
from zamaz.events.cost import CallPriced, Reserved, SpendRefused, SpendReserved
from zamaz.events.spending import PlannedCall
from zamaz.events.workflow import DebateCancelled, SpendRequested
from zamaz.testing import START, record
from zamaz_cost import budgets, purse
from zamaz_cost.again import REPLAY
from zamaz_cost.budgets import FOLDING, Budget
from zamaz_cost.ledger import DECIDER
from zamaz_cost.purse import Wanted

from cost.books import EXACT, RoundPrices, answered, begun, discarded
from cost.money import file, wants

CENT = Decimal("0.01")


def comes_to(request: SpendRequested, *facts: Fact, refuse: bool = True) -> Wanted | SpendRefused:
    heard = (record(n, fact) for n, fact in enumerate(facts, 1))
    return purse.wanted(DECIDER.fold(heard, DECIDER.initial("d1")), request, START, RoundPrices(), refuse=refuse)


def amount(*facts: Fact, cents: int = 3, **more: Any) -> Decimal:
    made = comes_to(wants(cents=cents, **more), *facts)
    assert isinstance(made, Wanted), made
    return made.amount_usd


def test_a_first_request_comes_to_the_worst_case_of_its_calls() -> None:
    assert amount() == 3 * CENT


def test_what_is_spent_counts_and_what_is_reserved_does_not_have_to_be_reserved_again() -> None:
    reserved = SpendReserved(number=1, amount_usd=5 * CENT)
    assert amount(reserved) == 0
    assert amount(reserved, answered(), *_priced("t-1", "0.04")) == 2 * CENT


def _priced(call: str, usd: str) -> tuple[Fact, ...]:
    return (CallPriced(call=call, provider="dear", model="m", amount_usd=Decimal(usd), basis="usage"),)


def test_a_call_that_was_out_when_it_was_asked_and_is_priced_now_counts_once() -> None:
    out = PlannedCall(key="t", provider="dear", model="m", input_tokens=0, output_tokens=500)
    request = SpendRequested(number=1, calls=(out,))
    before, after = comes_to(request), comes_to(request, answered(), *_priced("t-1", "0.02"))
    assert isinstance(before, Wanted)
    assert isinstance(after, Wanted)
    assert (before.amount_usd, after.amount_usd) == (5 * CENT, 2 * CENT)


def test_a_call_that_was_taken_over_counts_besides_the_one_that_was_given_up() -> None:
    out = PlannedCall(key="t", provider="dear", model="m", input_tokens=0, output_tokens=500)
    request = SpendRequested(number=1, calls=(out,))
    gone, spent = discarded(n=1), _priced("t-1", "0.02")
    found = comes_to(request, begun(n=1), gone, begun(n=2), *spent)
    over = comes_to(request, begun(n=1), gone, begun(n=2), *spent, answered(n=2), *_priced("t-2", "0.01"))
    assert isinstance(found, Wanted)
    assert isinstance(over, Wanted)
    assert (found.amount_usd, over.amount_usd) == (7 * CENT, 3 * CENT)


def test_the_debates_own_budget_is_no_larger_for_what_was_reserved() -> None:
    refused = comes_to(
        wants(cents=3, limit="0.05"), SpendReserved(number=1, amount_usd=4 * CENT), *_priced("x", "0.04")
    )
    assert isinstance(refused, SpendRefused)
    assert (refused.scope, refused.left_usd, refused.amount_usd) == ("debate", CENT, 3 * CENT)


def test_a_debate_that_was_billed_above_its_budget_is_told_by_how_much_and_what_the_next_calls_may_cost() -> None:
    refused = comes_to(
        wants(2, cents=3, limit="0.05"), SpendReserved(number=1, amount_usd=4 * CENT), *_priced("x", "0.07")
    )
    assert isinstance(refused, SpendRefused)
    assert (refused.left_usd, refused.amount_usd) == (-2 * CENT, 3 * CENT)
    assert refused.why == "the debate's budget ($0.05) is overdrawn by $0.02, and the next calls may cost $0.03"


def test_a_model_without_a_price_is_refused_by_name_or_counts_nothing() -> None:
    odd = SpendRequested(number=1, calls=(PlannedCall(provider="dear", model="odd", input_tokens=1, output_tokens=1),))
    refused = comes_to(odd)
    assert isinstance(refused, SpendRefused)
    assert (refused.scope, "dear/odd" in refused.why) == ("unpriced", True)
    allowed = comes_to(odd, refuse=False)
    assert isinstance(allowed, Wanted)
    assert (allowed.amount_usd, allowed.rates[0].billing) == (Decimal(0), "unpriced")


def test_reservations_are_used_up_in_their_order_and_the_last_bears_the_rest() -> None:
    reserved = {n: SpendReserved(number=n, amount_usd=usd * CENT) for n, usd in ((1, 3), (2, 2))}
    assert purse.shares(reserved, 2 * CENT) == {1: 2 * CENT, 2: 0}
    assert purse.shares(reserved, 9 * CENT) == {1: 3 * CENT, 2: 6 * CENT}


@pytest.mark.parametrize(
    ("zone", "day", "month"),
    [
        ("UTC", "budget-day-2026-01-31", "budget-month-2026-01"),
        ("Asia/Tokyo", "budget-day-2026-02-01", "budget-month-2026-02"),
    ],
)
def test_the_day_and_the_month_are_those_of_the_zone_in_which_the_log_stored_the_request(
    zone: str, day: str, month: str
) -> None:
    late = datetime(2026, 1, 31, 23, 59, 59, tzinfo=UTC)
    made = budgets.touched(file(day=1, month=2, all=3, zone=zone), "ann", late)
    assert [one.id for one in made] == [day, month, "budget-all"]


def test_a_budget_is_named_by_whose_it_is_and_how_long_it_lasts() -> None:
    limits = file(day="1", all="9", requesters={"ann": {"day": "1", "month": "2", "all": "3"}})
    assert [one.words for one in budgets.touched(limits, "ann", START)] == [
        "the day's budget of ann",
        "the month's budget of ann",
        "the budget of ann",
        "the day's budget",
        "the budget of all debates",
    ]


def test_each_requester_has_a_budget_of_its_own_under_the_same_limits() -> None:
    limits = file(requesters={"*": {"day": 1}, "ann": {"month": 5}})
    ids = {who: [one.id for one in budgets.touched(limits, who, START)] for who in ("ann", "bob", "c.d@e f")}
    assert len({name for names in ids.values() for name in names}) == 3
    assert ids["ann"][0].endswith("month-2026-01")
    assert all(len(name) <= 64 for names in ids.values() for name in names)


def test_an_unknown_zone_is_an_error() -> None:
    with pytest.raises(ValueError, match="is no time zone that is known here"):
        file(zone="Mars/Olympus")


def test_shares_of_a_budget_are_told_of_once_each_and_of_what_is_spent_alone() -> None:
    held = Budget(held_usd=Decimal(9))
    assert list(budgets.reached("all", (50, 80), held.spent_usd, Decimal(10), held.reached)) == []
    told = budgets.reached("all", (80, 50), Decimal(8), Decimal(10), frozenset({50}))
    assert [fact.percent for fact in told] == [80]


def test_a_budget_is_the_same_in_one_fold_and_in_many() -> None:
    kept = Reserved(debate="d", number=1, amount_usd=3 * CENT, limit_usd=Decimal(1), scope="all")
    facts = [record(1, kept, debate="b"), record(2, budgets.settled(kept, EXACT), debate="b")]
    half = FOLDING.fold(facts[:1], Budget())
    assert FOLDING.fold(facts[1:], half) == FOLDING.fold(facts, Budget())
    assert FOLDING.fold(facts, Budget()).committed_usd == EXACT


def test_a_replay_finds_a_reservation_that_does_not_follow_from_its_request() -> None:
    request = wants(cents=3)
    made = comes_to(request)
    assert isinstance(made, Wanted)
    good = SpendReserved(number=1, amount_usd=made.amount_usd, rates=made.rates)
    for fact, found in ((good, []), (SpendReserved(number=1, amount_usd=CENT, rates=made.rates), ["amount_usd"])):
        facts = [record(n, one) for n, one in enumerate((request, fact, begun(), DebateCancelled()), 1)]
        assert [one.field for one in REPLAY.differences(facts)] == found
