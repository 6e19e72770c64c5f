"""What is left of budgets, as the view has it: the sum of their facts, however the log is cut into batches."""

from __future__ import annotations

from datetime import date, timedelta
from decimal import Decimal
from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as some
from msgspec.structs import replace

from zamaz import subjects
from zamaz.cli.budgets import chosen, untouched
from zamaz.definition import BudgetsFile
from zamaz.events import Fact, Recorded
from zamaz.events.client import DebateRequested
from zamaz.events.cost import (
    BudgetThresholdReached,
    CallPriced,
    DebateBilled,
    Reserved,
    Settled,
    SpendRefused,
    SpendReserved,
)
from zamaz.events.operator import DebateErased
from zamaz.events.spending import Scope
from zamaz.events.workflow import SpendRequested
from zamaz.testing import START, record
from zamaz.views.budgets import BudgetsView
from zamaz.views.debates import DebatesView
from zamaz.views.left import Left
from zamaz.views.period import Period
from zamaz.views.work import WorkView

from library.reading import Reader

D = Decimal
DAY, MONTH, ANNS = "budget-day-2026-01-31", "budget-month-2026-01", "budget-of-0123456789abcdef-all"
BOBS = "budget-of-fedcba9876543210-month-2026-01"


def reserved(debate: str, dollars: str, limit: str, scope: Scope, requester: str = "") -> Reserved:
    return Reserved(
        debate=debate, number=1, amount_usd=D(dollars), limit_usd=D(limit), scope=scope, requester=requester
    )


def settled(debate: str, of: str, spent: str) -> Settled:
    kept, paid = D(of), D(spent)
    over, rest = max(D(0), paid - kept), max(D(0), kept - paid)
    return Settled(debate=debate, number=1, reserved_usd=kept, spent_usd=paid, released_usd=rest, overrun_usd=over)


def price(dollars: str) -> CallPriced:
    return CallPriced(call="c", provider="dear", model="m", amount_usd=D(dollars), basis="usage")


SAID: tuple[tuple[str, Fact], ...] = (
    ("one", DebateRequested(question="Split?", requester="ann")),
    ("one", SpendRequested(number=1, calls=(), limit_usd=D("2"), requester="ann")),
    (DAY, reserved("one", "1.5", "10", "day")),
    (MONTH, reserved("one", "1.5", "100", "month")),
    (ANNS, reserved("one", "1.5", "3", "requester", "ann")),
    ("one", SpendReserved(number=1, amount_usd=D("1.5"), budgets=(DAY, MONTH, ANNS))),
    ("two", DebateRequested(question="Merge?")),
    ("two", SpendRequested(number=1, calls=(), limit_usd=None)),
    (DAY, reserved("two", "4", "9", "day")),
    ("two", SpendReserved(number=1, amount_usd=D("4"), budgets=(DAY,))),
    ("one", price("0.25")),
    ("one", DebateBilled(cost_usd=D("0.25"), calls=1)),
    (DAY, settled("one", "1.5", "0.25")),
    (MONTH, settled("one", "1.5", "0.25")),
    (ANNS, settled("one", "1.5", "3.5")),
    (ANNS, BudgetThresholdReached(scope="requester", percent=50, spent_usd=D("3.5"), limit_usd=D("3"))),
    (ANNS, BudgetThresholdReached(scope="requester", percent=100, spent_usd=D("3.5"), limit_usd=D("3"))),
)
LOG = tuple(
    replace(record(n, fact, START + timedelta(seconds=n)), debate=debate) for n, (debate, fact) in enumerate(SAID, 1)
)


def reader(*facts: Recorded) -> Reader:
    return Reader(*facts, views=(DebatesView(), WorkView(), BudgetsView()))


def left(made: Reader, scope: str = "", **period: object) -> dict[str, Left]:
    with made.store.transaction() as rows:
        return {one.budget: one for one in chosen(rows, Period(**period), scope)}  # type: ignore[arg-type]


def test_what_is_left_is_the_limit_of_now_less_what_is_held_and_what_is_spent():
    found = left(reader(*LOG))
    assert found[DAY] == Left("day", "", "2026-01-31", D(9), D(4), D("0.25"), D("4.75"), "", DAY)
    assert found[MONTH] == Left("month", "", "2026-01", D(100), D(0), D("0.25"), D("99.75"), "", MONTH)
    assert found[ANNS] == Left("requester", "ann", "all", D(3), D(0), D("3.5"), D("-0.5"), "50, 100", ANNS)
    assert set(found) == {DAY, MONTH, ANNS}, "no debate with a budget of its own runs"


def test_a_budget_that_was_too_small_for_its_first_debate_is_there_with_its_limit():
    facts = (
        ("three", DebateRequested(question="Split?", requester="bob")),
        ("three", SpendRequested(number=1, calls=(), requester="bob")),
        ("three", SpendRefused(
            number=1, scope="requester", budget=BOBS, why="so", amount_usd=D(1), limit_usd=D("0.5"), left_usd=D("0.5")
        )),
    )  # fmt: skip
    log = [replace(record(n, fact), debate=debate) for n, (debate, fact) in enumerate(facts, 1)]
    assert left(reader(*log)) == {BOBS: Left("requester", "bob", "2026-01", D("0.5"), D(0), D(0), D("0.5"), "", BOBS)}


def test_a_debates_own_budget_is_shown_while_it_runs_and_afterwards_when_it_is_asked_for():
    running, over = reader(*LOG[:11]), reader(*LOG)
    assert left(running)["one"][3:7] == (D(2), D("1.25"), D("0.25"), D("0.5"))
    assert left(over, "debate")["one"][3:7] == (D(2), D(0), D("0.25"), D("1.75"))
    assert "two" not in left(over, "debate"), "it has none of its own"


@pytest.mark.parametrize(
    ("scope", "period", "found"),
    [
        ("", {"requester": "ann"}, {ANNS}),
        ("debate", {"requester": "bob"}, set()),
        ("day", {}, {DAY}),
        ("", {"since": date(2026, 1, 31), "until": date(2026, 1, 31)}, {DAY, MONTH, ANNS}),
        ("", {"until": date(2026, 1, 30)}, {MONTH, ANNS}),
        ("", {"since": date(2026, 2, 1)}, {ANNS}),
        ("debate", {"until": START.date() - timedelta(days=1)}, set()),
        ("debate", {"until": START.date()}, {"one"}),
    ],
)
def test_a_scope_a_requester_and_a_period_leave_out_the_rest(scope: str, period: dict[str, object], found: set[str]):
    assert set(left(reader(*LOG), scope, **period)) == found


FILE = BudgetsFile.model_validate(
    {"day": "9", "all": "50", "requesters": {"ann": {"all": "3"}, "cy": {"month": "7"}, "*": {"day": "1"}}}
)
CY = "budget-of-" + subjects.made_id("requester", "cy").replace("-", "")[:16] + "-month-2026-01"


@pytest.mark.parametrize(
    ("period", "found"),
    [
        (
            {},
            {
                ("all", "", "all", "budget-all"),
                ("requester", "cy", "2026-01", CY),
                ("requester", "*", "2026-01-31", ""),
            },
        ),
        ({"requester": "cy"}, {("requester", "cy", "2026-01", CY)}),
        ({"requester": "dan"}, {("requester", "dan", "2026-01-31", subjects.budget("day-2026-01-31", "dan"))}),
        ({"until": date(2025, 12, 31)}, {("all", "", "all", "budget-all")}),
    ],
)
def test_a_budget_that_no_debate_has_touched_is_there_as_its_file_gives_it(
    period: dict[str, object], found: set[tuple[str, str, str, str]]
):
    wanted = Period(**period)  # type: ignore[arg-type]
    with reader(*LOG).store.transaction() as rows:
        made = list(untouched(FILE, chosen(rows, wanted, ""), wanted, START.replace(day=31)))
    assert {(one.scope, one.whose, one.span, one.budget) for one in made} == found
    assert all((one.left_usd, one.reserved_usd) == (one.limit_usd, D(0)) for one in made)


@settings(max_examples=25, deadline=None)
@given(cuts=some.lists(some.integers(0, len(LOG)), max_size=6), again=some.integers(0, 6))
def test_however_it_is_cut_and_whatever_comes_twice_the_rows_are_the_same(cuts: list[int], again: int):
    made = reader()
    for begin, end in pairwise(sorted({0, *cuts, len(LOG)})):
        made.take(LOG[max(0, begin - again) : end])
    assert made.dump() == reader(*LOG).dump()


def test_an_erased_debate_has_no_budget_of_its_own_and_the_others_keep_what_it_took():
    gone = replace(LOG[-1], seq=len(LOG) + 1, debate="one", fact=DebateErased(by="ann"))
    before, after = reader(*LOG), reader(*LOG, gone)
    assert left(after) == left(before)
    assert left(after, "debate") == {}
