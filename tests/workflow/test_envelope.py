"""A debate under a budget: money is asked for first, inside the envelope nobody is, and a refusal ends the arguing."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from decimal import Decimal
from typing import Any

import pytest
from msgspec import structs

from zamaz.definition import BudgetsFile, WorkflowFile, parse
from zamaz.events.client import DebateForked, DebateRequested
from zamaz.events.cost import CallPriced, SpendRefused, SpendReserved
from zamaz.events.debater import Usage
from zamaz.events.flow import ContextSetting, RungSetting, Seat
from zamaz.events.orchestration import ConsensusAssessed, RungPassed
from zamaz.events.spending import ModelRates, PlannedCall, Rates, worst_usd
from zamaz.events.workflow import (
    DebateCompleted,
    DebateFailed,
    DebateStarted,
    DecisionMade,
    RoundStarted,
    RulingRequested,
    SpendRequested,
    TurnRequested,
)
from zamaz.forks import inherited
from zamaz.testing import Story, types
from zamaz_workflow import envelope
from zamaz_workflow.debate import Debate
from zamaz_workflow.seating import World

from workflow.table import all_answer, answer, asked, failed, open_turns, ruled, story

Tale = Story[Debate, World]
RATES = Rates(input=Decimal(1), cached_input=Decimal(1), output=Decimal(10))
WHO = (("dear", "opus-1"), ("cheap", "mini-1"), ("cheap", "nano-1"))
SPLIT = ConsensusAssessed(
    ruling="", round=1, agreement="none", score=0, rung="rules", confidence=1, inputs_digest="", latency_ms=1
)
KNOWN = tuple(ModelRates(provider=provider, model=model, rates=RATES) for provider, model in WHO)


def under(budgets: BudgetsFile | None = None, **request: Any) -> Tale:
    """A debate that was requested under a budget."""
    tale = story()
    world = replace(tale.world, catalog=replace(tale.world.catalog, budgets=budgets or BudgetsFile()))
    return replace(tale, world=world).when(DebateRequested(question="Split it?", **request))


def wanted(tale: Tale) -> SpendRequested:
    found: SpendRequested = tale.all(SpendRequested)[-1]
    return found


def worst(calls: Iterable[PlannedCall]) -> Decimal:
    return sum((worst_usd(call, RATES) for call in calls), Decimal(0))


def granted(tale: Tale, more: Decimal | None = None) -> Tale:
    """The cost service reserves what was asked for, or another amount."""
    request = wanted(tale)
    amount = worst(request.calls) if more is None else more
    return tale.when(SpendReserved(number=request.number, amount_usd=amount, rates=KNOWN))


def refused(tale: Tale, scope: Any = "debate") -> Tale:
    return tale.when(SpendRefused(number=wanted(tale).number, scope=scope, why="the budget is too small"))


def priced(tale: Tale, amount: str = "0") -> Tale:
    """Every answer gets its price."""
    known = {price.call for price in tale.all(CallPriced)}
    calls = [f"{turn}-1" for turn in tale.state.answers if f"{turn}-1" not in known]
    prices = (
        CallPriced(call=call, provider="dear", model="opus-1", amount_usd=Decimal(amount), basis="usage")
        for call in calls
    )
    return tale.given(*prices)


def one_round(tale: Tale, amount: str = "0") -> Tale:
    """The first round, argued and priced, without agreement."""
    return ruled(priced(all_answer(granted(tale)), amount), 0)


def scarce() -> Tale:
    """Money for the first two calls and no more: one of them failed, and is to be tried again."""
    tale = under(budget_usd="5")
    tale = granted(tale, worst(wanted(tale).calls[:2]))
    first = open_turns(tale)[0]
    return tale.when(failed(first, call=f"{first.turn}-1", kind="timeout")).later(1.1).then()


def policy(tale: Tale, on_budget: str) -> Tale:
    """The same debate by a definition that does another thing when money is refused."""
    (start,) = tale.all(DebateStarted)
    changed = structs.replace(start, flow=structs.replace(start.flow, on_budget=on_budget))
    facts = tuple(structs.replace(heard, fact=changed) if heard.fact is start else heard for heard in tale.facts)
    return replace(tale, facts=facts)


def test_a_debate_under_no_budget_asks_for_no_money():
    tale = asked()
    assert tale.all(SpendRequested) == []
    assert tale.all(DebateStarted)[0].spending is None


def test_nobody_is_called_before_the_money_is_there():
    tale = under(budget_usd="5", requester="ann")
    assert (tale.all(TurnRequested), tale.said()) == ([], [])
    request = wanted(tale)
    assert (request.number, request.limit_usd, request.requester) == (1, Decimal(5), "ann")
    assert len(granted(tale).all(TurnRequested)) == 2


def test_what_is_asked_for_covers_the_round_and_the_deciding_turn():
    calls = wanted(under(budget_usd="5")).calls
    # Two arguments, and the first seat decides: it sees what was said.
    assert [call.model for call in calls] == ["opus-1", "mini-1", "opus-1"]
    assert calls[2].input_tokens > calls[0].input_tokens


def test_inside_the_envelope_nobody_is_asked():
    tale = one_round(granted(under(budget_usd="5"), Decimal(5)))
    assert len(tale.all(SpendRequested)) == 1
    assert [turn.round for turn in open_turns(tale)] == [2, 2]


def test_a_round_begins_only_where_the_summary_before_it_can_be_paid_too():
    tale = under(budget_usd="5")
    (start,) = tale.all(DebateStarted)
    nano = Seat(participant="nano", provider="cheap", model="nano-1")
    flow = structs.replace(start.flow, max_rounds=4, context=ContextSetting(mode="summary", by=nano))
    facts = (
        structs.replace(one, fact=structs.replace(start, flow=flow)) if one.fact is start else one for one in tale.facts
    )
    tale = one_round(one_round(replace(tale, facts=tuple(facts)), "0.01"), "0.01")
    assert [fact.round for fact in tale.all(RoundStarted)] == [1, 2]
    assert [call.model for call in wanted(tale).calls[:3]] == ["nano-1", "opus-1", "mini-1"]
    assert [turn.model for turn in open_turns(granted(tale))] == ["nano-1"]
    assert {turn.round for turn in open_turns(refused(tale))} == set()


def test_when_it_is_used_up_more_is_asked_for_before_the_next_round():
    tale = one_round(under(budget_usd="5"), "0.007")
    assert [request.number for request in tale.all(SpendRequested)] == [1, 2]
    assert [fact.round for fact in tale.all(RoundStarted)] == [1]
    assert [turn.round for turn in open_turns(granted(tale))] == [2, 2]


def test_calls_that_are_out_are_asked_for_along_with_those_to_come():
    tale = scarce()
    keys = [call.key for call in wanted(tale).calls if call.key]
    assert {turn.turn for turn in tale.all(TurnRequested)} < set(keys)


def test_the_deciding_turn_is_paid_for_when_the_next_round_is_refused():
    tale = refused(policy(one_round(under(budget_usd="5"), "0.004"), "shrink"))
    assert [(turn.step, turn.round) for turn in open_turns(tale)] == [("final_decision", 1)]
    tale = all_answer(tale).later(3).then()
    (done,) = tale.all(DebateCompleted)
    assert (done.stop_reason, done.stop_detail, done.partial) == ("budget", "the budget is too small", False)


def test_to_finish_is_to_decide_on_what_stands_without_another_call():
    tale = refused(one_round(under(budget_usd="5"), "0.004"))
    assert open_turns(tale) == []
    (done,) = tale.later(3).then().all(DebateCompleted)
    assert (done.stop_reason, done.partial, done.rounds) == ("budget", True, 1)


def test_to_shrink_with_no_money_left_is_to_finish():
    tale = refused(policy(one_round(under(budget_usd="5"), "1"), "shrink"))
    assert open_turns(tale) == []
    assert len(tale.all(DecisionMade)) == 1


def test_to_stop_is_to_fail_with_the_scope_named():
    tale = refused(policy(one_round(under(budget_usd="5"), "1"), "stop"))
    assert tale.all(DebateFailed) == [DebateFailed(stop_reason="budget", why="the budget is too small")]


@pytest.mark.parametrize("on_budget", ["shrink", "finish", "stop"])
def test_refused_before_anybody_spoke_there_is_nothing_to_decide_on(on_budget: str):
    (end,) = refused(policy(under(budget_usd="5"), on_budget)).all(DebateFailed)
    assert end.stop_reason == "budget"
    assert "the budget is too small" in end.why


def test_a_refusal_waits_for_the_calls_that_are_paid_for():
    tale = refused(scarce())
    (second,) = open_turns(tale)
    assert types(tale.said()) == []
    tale = tale.when(answer(second)).later(3).then()
    assert tale.all(DebateCompleted)[0].stop_reason == "budget"


def test_a_refusal_does_not_wait_for_ever():
    tale = refused(scarce())
    assert [fact.stop_reason for fact in tale.later(80).then().all(DebateFailed)] == ["budget"]


def test_a_request_for_money_is_said_once_however_often_one_looks():
    tale = under(budget_usd="5")
    for _ in range(3):
        tale = tale.later(60).then()
    assert len(tale.all(SpendRequested)) == 1


def test_a_debate_under_shared_budgets_alone_asks_too():
    tale = under(BudgetsFile.model_validate({"requesters": {"ann": {"day": "1"}}}), requester="ann")
    assert wanted(tale).limit_usd is None
    assert (
        under(BudgetsFile.model_validate({"requesters": {"ann": {"day": 1}}, "unpriced": "allow"})).all(SpendRequested)
        == []
    )


def test_the_lower_of_two_budgets_of_a_debate_counts():
    file = BudgetsFile.model_validate({"debate": "2"})
    assert wanted(under(file, budget_usd="5")).limit_usd == 2
    assert wanted(under(file, budget_usd=0.5)).limit_usd == Decimal("0.5")
    assert wanted(under(file)).limit_usd == 2


def test_a_paid_model_is_asked_for_its_price_once_where_nothing_is_limited():
    tale = under()
    assert tale.all(DebateStarted)[0].spending.limited is False
    tale = one_round(tale, "100")
    assert len(tale.all(SpendRequested)) == 1
    assert [turn.round for turn in open_turns(tale)] == [2, 2]


def test_a_model_without_a_price_is_called_by_nobody():
    tale = refused(under(), "unpriced")
    assert tale.all(TurnRequested) == []
    assert [fact.stop_reason for fact in tale.all(DebateFailed)] == ["budget"]


def test_a_definition_says_what_is_done_when_money_is_refused():
    text = "id: w\nparticipants: [a]\nconfig: {on_budget: stop}\nsteps: [{type: final_decision}]\n"
    assert parse(text, WorkflowFile, "w.yaml").flow().on_budget == "stop"


def test_whoever_forks_a_debate_pays_for_the_fork():
    parent = all_answer(granted(under(BudgetsFile(), requester="ann", budget_usd="1")))
    at = parent.facts[-1].seq
    for requester, pays in (("bob", "bob"), ("", "ann")):
        said = DebateForked(parent="d1", at=at, requester=requester)
        beginning = tuple(inherited(parent.facts, said, at + 1))
        tale = Story(parent.decider, parent.world, beginning, parent.at, "f1").given(said).then()
        started = tale.all(DebateStarted)[-1]
        assert (started.spending.requester, started.spending.limit_usd) == (pays, Decimal(1))
        assert tale.state.money.asked <= 1, "what its parent had asked for is none of its own"


def laddered(tale: Tale, *rungs: RungSetting) -> Tale:
    """The same debate, with these rungs to rule on consensus."""
    (start,) = tale.all(DebateStarted)
    changed = structs.replace(start, ladder={"consensus": rungs})
    facts = tuple(structs.replace(heard, fact=changed) if heard.fact is start else heard for heard in tale.facts)
    return replace(tale, facts=facts)


@pytest.mark.parametrize("call", ["", "asked"])
def test_a_rung_that_was_paid_before_a_free_one_ruled_counts_until_it_has_its_price(call: str):
    cloud = RungSetting(rung="cloud", provider="dear", model="opus-1")
    tale = priced(all_answer(granted(laddered(under(budget_usd="5"), cloud, RungSetting(rung="rules")), Decimal(1))))
    ruling = tale.all(RulingRequested)[-1].ruling
    named = f"{ruling}-asked-1" if call else ""
    unsure = RungPassed(rung="cloud", why="unsure", provider="dear", model="opus-1", usage=Usage(input=9), call=named)
    out = tale.when(structs.replace(SPLIT, ruling=ruling, passed=(unsure,))).state
    assert not envelope.is_priced(out, out.rulings[ruling])
    price = CallPriced(
        call=named or f"{ruling}-1", provider="dear", model="opus-1", amount_usd=Decimal("0.01"), basis="usage"
    )
    paid = tale.when(structs.replace(SPLIT, ruling=ruling, passed=(unsure,)), price).state
    assert envelope.is_priced(paid, paid.rulings[ruling])


def test_who_gets_nothing_more_for_the_same_calls_asks_no_third_time_and_decides_on_what_stands():
    tale = one_round(under(budget_usd="5"), "0.1")
    for _ in range(2):
        tale = granted(tale, Decimal(0))
    assert [request.number for request in tale.all(SpendRequested)] == [1, 2, 3]
    (end,) = tale.later(5).then().all(DebateCompleted)
    assert (end.stop_reason, end.partial) == ("budget", True)
