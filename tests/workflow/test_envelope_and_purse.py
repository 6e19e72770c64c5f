"""The workflow and the cost service count by the same facts: what was reserved pays for what it was asked for."""

from __future__ import annotations

from dataclasses import replace

from msgspec import structs

from zamaz.events.cost import SpendRefused, SpendReserved
from zamaz.events.debater import CallDiscarded, CallStarted, Usage
from zamaz.events.flow import RungSetting
from zamaz.events.spending import Spending
from zamaz.events.workflow import DebateStarted, RoundStarted, RulingRequested, SpendRequested, StepTimedOut
from zamaz_cost import ledger, purse
from zamaz_workflow import envelope

from cost.books import RoundPrices
from workflow.table import all_answer, answer, open_turns, ruled
from workflow.test_envelope import RATES, WHO, Tale, under
from workflow.test_novelty import evolving, judged

PRICES = RoundPrices(models={model: RATES for _, model in WHO})
MOST_LOOKS = 8


def paid(tale: Tale) -> Tale:
    """The cost service has heard all that was said: it prices, and answers each request for money."""
    for _ in range(MOST_LOOKS):
        book = ledger.DECIDER.fold(tale.facts, ledger.initial("d1"))
        if missing := ledger.missing_prices(book, PRICES):
            tale = tale.given(*missing).then()
            continue
        waiting = list(purse.unanswered(book))
        if not waiting:
            return tale
        for number in waiting:
            at, request = book.requests[number]
            found = purse.wanted(book, request, at, PRICES, refuse=True)
            tale = tale.when(
                found
                if isinstance(found, SpendRefused)
                else SpendReserved(number=number, amount_usd=found.amount_usd, rates=found.rates)
            )
    raise AssertionError(f"money was asked for {len(tale.all(SpendRequested))} times")


def called(tale: Tale, turn: str) -> CallStarted:
    asked = next(one for one in open_turns(tale) if one.turn == turn)
    return CallStarted(
        call=f"{turn}-1",
        turn=turn,
        by="debater",
        provider=asked.provider,
        model=asked.model,
        prompt_digest="x",
        max_output_tokens=asked.max_output_tokens,
        prompt_bytes=3000,
    )


def lost(begun: CallStarted) -> CallDiscarded:
    """What its successor says of a call whose debater is gone."""
    return CallDiscarded(call=begun.call, turn=begun.turn, provider=begun.provider, model=begun.model, kind="timeout")


def dearest_first(tale: Tale) -> list[str]:
    return [turn.turn for turn in sorted(open_turns(tale), key=lambda turn: -turn.max_output_tokens)]


def test_a_turn_that_was_given_up_with_its_debater_counts_as_what_it_was_priced_at() -> None:
    tale = paid(under(budget_usd="5"))
    dear, other = dearest_first(tale)
    begun = called(tale, dear)
    tale = tale.given(begun).when(answer(next(turn for turn in open_turns(tale) if turn.turn == other)))
    while not tale.all(StepTimedOut):
        tale = tale.later(30).then()
    tale = paid(tale.when(lost(begun)))
    assert [fact.round for fact in tale.all(RoundStarted)] == [1, 2]
    assert {turn.round for turn in open_turns(tale)} >= {2}


def must_be_new() -> Tale:
    """A debate under a budget whose decision is held against earlier ones, by a paid rung where rules say nothing."""
    tale = evolving()
    rung = RungSetting(rung="cloud", provider="dear", model="opus-1")
    facts = tuple(
        structs.replace(heard, fact=structs.replace(heard.fact, spending=Spending(), ladder={"novelty": (rung,)}))
        if isinstance(heard.fact, DebateStarted)
        else heard
        for heard in tale.facts[:2]
    )
    return replace(tale, facts=facts).then()


def test_a_ruling_that_cost_nothing_holds_no_money_whatever_its_kind() -> None:
    all_of_it = Usage(input=4100, output=800)
    tale = ruled(paid(all_answer(paid(must_be_new()), usage=all_of_it)), 1.0)
    tale = paid(all_answer(paid(tale), position="Split it."))
    tale = paid(judged(tale, "old-1"))
    tale = paid(all_answer(tale, position="Write it down."))
    assert [ruling.kind for ruling in tale.all(RulingRequested)] == ["consensus", "novelty", "novelty"]


def test_a_rung_is_planned_at_the_longest_answer_that_its_model_may_give_and_for_each_criterion():
    thinks = RungSetting(rung="grok", provider="dear", model="opus-1", max_output_tokens=6000)
    tale = under(budget_usd="5")
    start = structs.replace(tale.all(DebateStarted)[-1], ladder={"quality": (thinks,)})
    judged = RulingRequested(
        ruling="q", kind="quality", round=1, sees=0, turns=(), deadline=tale.at, criteria=("risks", "costs")
    )
    planned = envelope._calls(tale.state, start, [judged])
    assert [(call.key, call.output_tokens) for call in planned] == [("q", 6000)] * 2
