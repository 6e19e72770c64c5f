from __future__ import annotations

import random
from decimal import Decimal

from hypothesis import given, settings
from hypothesis import strategies as st

from zamaz.events import Fact
from zamaz.events.cost import CallPriced, DebateBilled
from zamaz.events.workflow import DebateCancelled, DebateFailed
from zamaz.testing import types

from cost.books import BOOK, DECIDED, EXACT, USED, WORST, answered, begun, discarded, failed, ruled

ENDED = DebateFailed(stop_reason="failure", why="so")


def test_the_bill_comes_with_the_decision_and_needs_no_completion() -> None:
    story = BOOK.given(begun()).when(answered(), DECIDED)
    assert story.all(DebateBilled) == [DebateBilled(cost_usd=EXACT, calls=1)]


def test_there_is_no_bill_before_the_decision() -> None:
    assert BOOK.given(begun()).when(answered()).all(DebateBilled) == []


def test_the_last_price_and_the_bill_are_one_decision() -> None:
    assert types(BOOK.given(begun(), DECIDED, answered()).said()) == ["CallPriced", "DebateBilled"]


def test_an_open_call_holds_up_the_bill_until_it_answers() -> None:
    story = BOOK.given(begun()).when(DECIDED)
    assert story.all(DebateBilled) == []
    assert len(story.when(answered()).all(DebateBilled)) == 1


def test_the_end_of_the_debate_closes_the_bill_over_open_calls() -> None:
    bill = BOOK.given(begun()).when(DECIDED, ENDED).all(DebateBilled)
    assert bill == [DebateBilled(cost_usd=WORST, calls=1, estimated=1)]


def test_a_debate_that_was_stopped_before_any_call_has_a_bill_of_nothing() -> None:
    assert BOOK.when(DebateCancelled()).all(DebateBilled) == [DebateBilled(cost_usd=Decimal(0), calls=0)]


def test_there_is_one_bill() -> None:
    story = BOOK.given(begun()).when(answered(), DECIDED, ENDED)
    assert len(story.all(DebateBilled)) == 1


def test_an_answer_after_the_bill_still_gets_its_price() -> None:
    story = BOOK.when(DECIDED, ENDED, begun("late"), answered("late"))
    assert [price.call for price in story.all(CallPriced)] == ["late-1"]
    assert len(story.all(DebateBilled)) == 1


def test_the_bill_names_the_orchestration_apart() -> None:
    story = BOOK.given(begun()).when(answered(), ruled(provider="dear", usage=USED), DECIDED)
    bill = story.all(DebateBilled)[0]
    assert (bill.cost_usd, bill.orchestration_usd, bill.calls) == (2 * EXACT, EXACT, 2)


def test_the_bill_counts_what_is_not_exact() -> None:
    story = BOOK.given(begun("a"), begun("b"), begun("c", model="x"))
    story = story.when(failed("timeout", "a"), answered("b", usage=None), answered("c", model="x"), DECIDED)
    bill = story.all(DebateBilled)[0]
    assert (bill.estimated, bill.unpriced, bill.calls) == (2, 1, 3)


TURNS: list[list[Fact]] = [
    [begun("a"), answered("a")],
    [begun("b"), failed("rate_limited", "b")],
    [begun("c", 1), begun("c", 2), answered("c", 2), discarded("c", 1, usage=None)],
    [begun("d"), failed("timeout", "d")],
    [begun("e", provider="local"), answered("e", provider="local")],
    [begun("f"), answered("f", usage=None)],
    [ruled("r1"), ruled("r2", "dear", USED)],
]
TOTAL = 2 * EXACT + EXACT + 3 * WORST


def interleaved(seed: int) -> list[Fact]:
    """All turns' facts, each turn's own in their order."""
    order = [n for n, facts in enumerate(TURNS) for _ in facts]
    random.Random(seed).shuffle(order)
    rests = [iter(facts) for facts in TURNS]
    return [next(rests[n]) for n in order]


@settings(max_examples=60, deadline=None)
@given(st.integers(0, 10**9), st.sets(st.integers(0, 20)))
def test_whatever_comes_first_the_bill_is_the_same(seed: int, decided_after: set[int]) -> None:
    story = BOOK
    for n, fact in enumerate(interleaved(seed)):
        story = story.given(fact)
        if n in decided_after:
            story = story.then()
    story = story.when(DECIDED, ENDED)
    bill: DebateBilled = story.all(DebateBilled)[0]
    assert bill.cost_usd == TOTAL == sum(price.amount_usd for price in story.all(CallPriced))
    assert (bill.calls, bill.orchestration_usd, len(story.all(DebateBilled))) == (7, EXACT, 1)


@settings(max_examples=60, deadline=None)
@given(st.permutations([fact for facts in TURNS for fact in facts] + [DECIDED]))
def test_the_ledger_reads_facts_in_every_order(facts: list[Fact]) -> None:
    story = BOOK.given(*facts).then()
    assert story.all(DebateBilled)[0].cost_usd == TOTAL
