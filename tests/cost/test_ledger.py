from __future__ import annotations

from decimal import Decimal

import pytest
from msgspec import structs

from zamaz.events import Fact, Unknown
from zamaz.events.cost import CallPriced, DebateBilled, Rates
from zamaz.events.debater import FailureKind, Usage
from zamaz.events.orchestration import RULINGS, Ruling, RulingDiscarded, RulingShadowed, RungPassed
from zamaz.events.workflow import DebateCancelled
from zamaz.testing import START, Story, types
from zamaz_cost.ledger import at_once

from contract.samples import SAMPLES
from cost.books import (
    BOOK,
    DECIDED,
    EXACT,
    ROUND,
    USED,
    WORST,
    RoundPrices,
    answered,
    begun,
    discarded,
    failed,
    price_of,
    ruled,
    rung_asked,
)


def test_an_answer_is_priced_by_its_usage() -> None:
    price = price_of(BOOK.given(begun()).when(answered()), "t-1")
    assert (price.amount_usd, price.basis, price.rates, price.price_table) == (EXACT, "usage", ROUND, "round 1")


def test_more_cached_tokens_than_input_are_counted_once() -> None:
    usage = Usage(input=1000, cached_input=5000, output=0)
    assert price_of(BOOK.when(answered(usage=usage)), "t-1").amount_usd == Decimal("0.001")


def test_nothing_is_said_before_a_call_ends() -> None:
    assert BOOK.given(begun()).said() == []


def test_a_price_that_stands_is_not_computed_again() -> None:
    story = BOOK.given(begun()).when(answered())
    dearer = RoundPrices("round 2", {"m": Rates(input=Decimal(99))})
    assert Story(story.decider, dearer, story.facts).said() == []


def test_a_local_model_costs_nothing_and_says_so() -> None:
    price = price_of(BOOK.when(answered(provider="local")), "t-1")
    assert (price.amount_usd, price.basis, price.rates) == (Decimal(0), "local", None)


def test_a_script_costs_nothing_and_says_so() -> None:
    assert price_of(BOOK.when(answered(provider="script", usage=None)), "t-1").basis == "script"


def test_a_model_that_no_table_knows_is_unpriced() -> None:
    price = price_of(BOOK.given(begun(model="x")).when(answered(model="x-2")), "t-1")
    assert (price.amount_usd, price.basis, price.model) == (Decimal(0), "unpriced", "x-2")


def test_a_model_that_answers_under_another_name_is_priced_as_the_one_that_was_asked() -> None:
    price = price_of(BOOK.given(begun()).when(answered(model="m-2026")), "t-1")
    assert (price.amount_usd, price.model) == (EXACT, "m")


def test_a_paid_answer_without_usage_is_estimated_at_its_worst() -> None:
    price = price_of(BOOK.given(begun()).when(answered(usage=None)), "t-1")
    assert (price.amount_usd, price.basis) == (WORST, "no_usage")


@pytest.mark.parametrize(
    "kind",
    [
        "auth",
        "not_found",
        "rate_limited",
        "provider_error",
        "unreachable",
        "bad_request",
        "not_configured",
        "internal",
    ],
)
def test_a_failure_that_cost_nothing_has_no_price_and_holds_up_no_bill(kind: FailureKind) -> None:
    story = BOOK.given(begun()).when(failed(kind))
    assert story.all(CallPriced) == []
    assert types(story.given(DECIDED).said()) == ["DebateBilled"]


def test_a_call_that_timed_out_may_have_cost_its_worst() -> None:
    price = price_of(BOOK.given(begun()).when(failed("timeout")), "t-1")
    assert (price.amount_usd, price.basis) == (WORST, "worst_case")


@pytest.mark.parametrize("kind", ["refused", "empty"])
def test_an_answer_that_says_nothing_is_still_billed(kind: FailureKind) -> None:
    assert price_of(BOOK.given(begun()).when(failed(kind)), "t-1").basis == "no_usage"


def test_a_failure_that_carries_usage_is_priced_by_it() -> None:
    assert price_of(BOOK.given(begun()).when(failed("provider_error", usage=USED)), "t-1").amount_usd == EXACT


def test_a_turn_that_called_nobody_costs_nothing() -> None:
    assert BOOK.when(failed("timeout", n=0)).all(CallPriced) == []


def test_a_ruling_of_the_free_rules_has_no_price() -> None:
    assert BOOK.when(ruled()).all(CallPriced) == []


def test_a_ruling_of_a_local_model_costs_nothing_and_says_so() -> None:
    assert price_of(BOOK.when(ruled(provider="local", usage=USED)), "r").basis == "local"


@pytest.mark.parametrize("kind", RULINGS)
def test_a_ruling_of_any_kind_is_priced(kind: type[Ruling]) -> None:
    sample = next(fact for fact in SAMPLES if type(fact) is kind)
    fact = structs.replace(sample, passed=(), provider="dear", model="m", usage=USED, call="")
    assert price_of(BOOK.when(fact), sample.ruling).amount_usd == EXACT


def test_a_rung_that_was_paid_and_passed_the_question_up_is_priced_beside_the_ruling() -> None:
    passed = (
        RungPassed(rung="rules", why="no"),
        RungPassed(rung="a", why="no", provider="dear", model="m", usage=USED),
    )
    story = BOOK.when(structs.replace(ruled(provider="dear", usage=USED), passed=passed), DECIDED)
    assert [(price.call, price.amount_usd) for price in story.all(CallPriced)] == [("r", EXACT), ("r-2", EXACT)]
    assert story.all(DebateBilled)[0].orchestration_usd == 2 * EXACT


def test_a_shadow_and_a_ruling_that_came_too_late_are_calls_of_the_orchestration() -> None:
    shadow = RulingShadowed(
        ruling="r",
        kind="consensus",
        ruled_by="rules",
        ruled="full",
        ruled_confidence=1,
        rung="a",
        inputs_digest="",
        provider="dear",
        model="m",
        usage=USED,
    )
    late = RulingDiscarded(discard="x", ruling="r", rung="a", provider="dear", model="m", usage=USED)
    story = BOOK.when(ruled(), shadow, late, DECIDED)
    assert [price.call for price in story.all(CallPriced)] == ["r-shadow", "x"]
    assert story.all(DebateBilled)[0].orchestration_usd == 2 * EXACT


def test_a_call_that_was_taken_over_is_priced_at_its_worst() -> None:
    story = BOOK.given(begun(n=1), begun(n=2)).when(answered(n=2))
    assert (price_of(story, "t-1").amount_usd, price_of(story, "t-1").basis) == (WORST, "worst_case")
    assert price_of(story, "t-2").amount_usd == EXACT


def test_a_taken_over_call_that_answers_first_is_priced_by_its_usage() -> None:
    story = BOOK.given(begun(n=1), begun(n=2)).given(answered(n=1)).when(discarded(n=2))
    assert [price_of(story, call).basis for call in ("t-1", "t-2")] == ["usage", "usage"]


def test_a_discarded_call_is_priced_exactly_when_it_is_known_in_time() -> None:
    story = BOOK.given(begun(n=1), begun(n=2), answered(n=2)).when(discarded(n=1))
    assert price_of(story, "t-1").amount_usd == EXACT


def test_a_discarded_call_that_comes_after_its_estimate_changes_nothing() -> None:
    story = BOOK.given(begun(n=1), begun(n=2)).when(answered(n=2), discarded(n=1))
    assert price_of(story, "t-1").basis == "worst_case"


def test_what_a_provider_counted_outlasts_a_call_that_was_given_up_for_lost() -> None:
    lost = discarded(usage=None)
    for facts in ((answered(), lost), (lost, answered())):
        assert price_of(BOOK.given(begun()).given(*facts).then(), "t-1").amount_usd == EXACT


def test_a_newest_call_is_waited_for_while_the_debate_goes_on() -> None:
    story = BOOK.given(begun(n=1), begun(n=2)).when(answered(n=1))
    assert [price.call for price in story.all(CallPriced)] == ["t-1"]


def test_an_open_call_is_an_orphan_once_its_debate_ended() -> None:
    story = BOOK.given(begun()).when(DebateCancelled())
    assert price_of(story, "t-1").basis == "worst_case"


@pytest.mark.parametrize("provider", ["local", "script"])
def test_an_orphan_that_nobody_bills_costs_nothing(provider: str) -> None:
    story = BOOK.given(begun(provider=provider)).when(DebateCancelled())
    assert (price_of(story, "t-1").amount_usd, price_of(story, "t-1").basis) == (Decimal(0), provider)


def test_what_this_version_does_not_know_changes_nothing() -> None:
    assert BOOK.given(Unknown("evt.debater.d1.SomethingNew.t", b"{}")).said() == []


ALONE = [
    answered(),
    answered(provider="local", usage=None),
    answered(provider="script"),
    discarded(),
    failed("provider_error", usage=USED),
    failed("auth"),
    failed("timeout", n=0),
    ruled(),
    ruled(provider="dear", usage=USED),
]
TOGETHER = [
    answered(usage=None),
    answered(model="m-2026"),
    answered(n=2),
    failed("timeout"),
    DECIDED,
]


@pytest.mark.parametrize("fact", ALONE)
def test_what_prices_itself_is_priced_as_the_whole_debate_would(fact: Fact) -> None:
    story = BOOK.given(begun())
    assert at_once(fact, START, RoundPrices()) == story.given(fact).said()


@pytest.mark.parametrize("fact", TOGETHER)
def test_an_estimate_another_name_and_a_takeover_need_the_whole_debate(fact: Fact) -> None:
    assert at_once(fact, START, RoundPrices()) is None


def test_a_ruling_s_paid_call_is_priced_once_under_the_name_that_it_was_announced_by() -> None:
    story = BOOK.given(rung_asked()).when(ruled(provider="dear", usage=USED, call="r-asked-1"))
    assert [(price.call, price.amount_usd) for price in story.all(CallPriced)] == [("r-asked-1", EXACT)]
    (bill,) = story.when(DECIDED).all(DebateBilled)
    assert (bill.cost_usd, bill.orchestration_usd, bill.estimated) == (EXACT, EXACT, 0)


def test_rungs_that_one_orchestrator_asks_one_after_the_other_take_nothing_over() -> None:
    assert BOOK.given(rung_asked(n=1), rung_asked(n=2)).said() == []


def test_a_paid_call_of_an_orchestrator_that_is_gone_is_estimated_once_another_takes_the_ruling_over() -> None:
    story = BOOK.given(rung_asked(n=1)).when(rung_asked(n=2, by="o2"))
    price = price_of(story, "r-asked-1")
    assert (price.amount_usd, price.basis) == (WORST, "worst_case")
    (bill,) = story.when(ruled(provider="dear", usage=USED, call="r-asked-2"), DECIDED).all(DebateBilled)
    assert (bill.cost_usd, bill.orchestration_usd, bill.estimated) == (WORST + EXACT, WORST + EXACT, 1)


def test_a_paid_call_for_a_ruling_holds_the_bill_until_it_is_known_or_the_debate_is_over() -> None:
    story = BOOK.given(rung_asked()).when(DECIDED)
    assert story.all(DebateBilled) == []
    (bill,) = story.when(DebateCancelled()).all(DebateBilled)
    assert (bill.cost_usd, bill.estimated) == (WORST, 1)


def test_a_shadow_under_way_holds_no_bill_up() -> None:
    story = BOOK.given(rung_asked(shadow=True)).when(DECIDED)
    (bill,) = story.all(DebateBilled)
    assert bill.cost_usd == 0


def test_a_rung_that_was_announced_and_then_not_asked_is_free() -> None:
    late = RungPassed(rung="grok", why="late", reason="late", provider="dear", model="m", call="r-asked-1")
    story = BOOK.given(rung_asked()).when(structs.replace(ruled(), passed=(late,)), DECIDED)
    assert story.all(CallPriced) == []
    assert [bill.cost_usd for bill in story.all(DebateBilled)] == [0]


def test_a_lost_call_for_a_ruling_is_an_estimate_at_its_worst_whoever_tells_of_it() -> None:
    asked = rung_asked()
    worst = Usage(input=1000, output=500, estimated=True)
    told = RulingDiscarded(
        discard=asked.call, ruling="r", rung="grok", provider="dear", model="m", usage=worst, call=asked.call
    )
    for price in (price_of(BOOK.given(asked).when(end), asked.call) for end in (told, DebateCancelled())):
        assert (price.basis, price.amount_usd) == ("worst_case", WORST)
