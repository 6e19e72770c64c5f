"""What a debate does about what the orchestrator observed, as its definition says; forks and money between rounds."""

from __future__ import annotations

from decimal import Decimal

import pytest
from msgspec.structs import replace

from zamaz.errors import ForkRefused
from zamaz.events.client import DebateChangeRequested, ParticipantDismissed
from zamaz.events.cost import SpendReserved
from zamaz.events.course import MoveTaken
from zamaz.events.flow import Adaptation, RungSetting
from zamaz.events.orchestration import Observation
from zamaz.events.spending import ModelRates, Rates, Spending, worst_usd
from zamaz.events.workflow import (
    DebateChanged,
    DebateCompleted,
    DebatePaused,
    RequestRefused,
    RoundStarted,
    RulingRequested,
    SpendRequested,
)

from workflow.branching import fork, own, place
from workflow.running import CHECK, COUNTER, FINAL, INITIAL, Tale, advise, answered, rule, running, seats, step, wanted
from workflow.table import open_turns, ruled
from workflow.test_advice import EVERY, GAVE_IN, one_round, rounds, taken

WATCHED = Adaptation(on_sycophancy="devils_advocate", on_drift="redirect")
OFF = Observation(of="drift", participant="ann", why="it has no word of the question")


def test_who_gave_in_gets_a_devils_advocate_before_the_next_round():
    tale = advise(one_round(WATCHED, table=seats("ann", "bob", "eve")), "continue", GAVE_IN)
    (against,) = open_turns(tale)
    assert (against.round, against.step, against.role) == (2, "devils-advocate-by-move-1", "devils_advocate")
    assert against.inserted == taken(tale).inserted
    tale = answered(tale)
    assert {turn.step for turn in open_turns(tale)} == {"initial_arguments"}
    tale = advise(ruled(answered(tale), 0.0), "continue")
    assert {turn.step for turn in open_turns(tale)} == {"initial_arguments"}


def test_where_every_round_has_a_devils_advocate_no_other_is_put_in():
    steps = (INITIAL, step("devils_advocate"), COUNTER, CHECK, FINAL)
    tale = ruled(answered(running(*steps, adaptation=WATCHED, max_rounds=3), 3), 0.25)
    tale = advise(tale, "continue", GAVE_IN)
    assert (taken(tale).inserted, [turn.step for turn in open_turns(tale)]) == (None, ["devils_advocate"])


def test_who_argues_off_the_question_is_led_back_to_it():
    tale = advise(one_round(WATCHED), "continue", OFF)
    assert (taken(tale).move, rounds(tale)[-1]) == ("continue", (2, "Split it?"))


def test_both_at_once_are_both_answered_and_the_advised_focus_goes_first():
    allowed = Adaptation(moves=("redirect",), on_sycophancy="devils_advocate", on_drift="redirect")
    tale = advise(one_round(allowed), "redirect", GAVE_IN, OFF, focus="costs")
    assert (rounds(tale)[-1], open_turns(tale)[0].step) == ((2, "costs"), "devils-advocate-by-move-1")


def test_what_is_observed_is_nothing_to_a_definition_that_says_nothing_of_it():
    tale = advise(one_round(), "continue", GAVE_IN, OFF)
    assert (taken(tale).inserted, rounds(tale)[-1]) == (None, (2, ""))


BOTH = Adaptation(moves=("complete", "escalate"), on_sycophancy="devils_advocate", on_drift="redirect", tries=1)


def again(tale: Tale, *observed: Observation) -> Tale:
    """The next round is argued, nothing comes of it, and an end is advised."""
    while open_turns(tale):
        tale = answered(tale)
    return advise(ruled(tale, 0.25), "complete", *observed)


def test_what_asks_a_person_puts_nothing_into_the_debate():
    tale = advise(one_round(BOTH), "escalate", GAVE_IN, OFF)
    assert (taken(tale).inserted, taken(tale).focus) == (None, "")


def test_what_was_observed_is_answered_before_an_end_and_where_that_is_in_vain_it_ends():
    tale = advise(one_round(BOTH, max_rounds=9), "complete", OFF)
    assert (taken(tale).void, rounds(tale)[-1]) == ("what was observed of ann is answered first", (2, "Split it?"))
    tale = again(tale, OFF)
    assert (taken(tale).void, taken(tale).focus) == ("", "")
    (done,) = answered(tale).later(3).then().all(DebateCompleted)
    assert done.stop_detail.endswith(": so it is; a redirect to the question was tried for ann in round 2")


def test_a_remedy_that_an_advice_to_go_on_brought_has_been_tried_too():
    tale = again(advise(one_round(BOTH, max_rounds=9), "continue", OFF, GAVE_IN), GAVE_IN, OFF)
    tried = "a devil's advocate was tried for bob in round 2; a redirect to the question was tried for ann in round 2"
    assert (taken(tale).void, taken(tale).why) == ("", f"so it is; {tried}")


def test_each_participant_and_what_is_observed_of_it_puts_an_end_off_once():
    bob = Observation(of="drift", participant="bob")
    tale = advise(one_round(BOTH, max_rounds=9), "complete", OFF)
    for seen in ((OFF, bob), (GAVE_IN,)):
        tale = again(tale, *seen)
        assert taken(tale).void == "what was observed of bob is answered first"
    tale = again(tale, replace(GAVE_IN, of="repetition"), OFF, bob)
    assert (taken(tale).void, rounds(tale)[-1][0]) == ("", 4)


def test_what_cannot_be_done_or_is_not_wanted_puts_no_end_off():
    steps = (INITIAL, step("devils_advocate"), COUNTER, CHECK, FINAL)
    tale = ruled(answered(running(*steps, adaptation=BOTH, max_rounds=3), 3), 0.25)
    tale = advise(tale, "complete", GAVE_IN)
    assert (taken(tale).void, taken(tale).why) == ("", "so it is")
    assert taken(advise(one_round(), "complete", GAVE_IN, OFF)).void == ""


def test_a_debate_of_before_ends_as_it_did():
    tale = advise(one_round(replace(BOTH, tries=0)), "complete", GAVE_IN, OFF)
    assert (taken(tale).void, taken(tale).why, taken(tale).focus) == ("", "so it is", "")


def test_another_workflow_that_is_taken_over_says_from_the_next_round_on_what_is_done():
    tale = one_round(EVERY).when(DebateChangeRequested(change="c", workflow="two_rounds"))
    assert len(wanted(tale, "next_move")) == 1  # in this round it is still the old one's to say
    tale = ruled(answered(advise(tale, "continue")), 0.25)
    assert wanted(tale, "next_move") == []
    assert rounds(tale)[-1][0] == 3


def test_a_fork_of_a_debate_that_an_advice_has_paused_goes_on():
    parent = advise(one_round(), "pause")
    tale = fork(parent, place(parent, DebatePaused)).then()
    assert own(tale, DebatePaused) == []
    assert [one.round for one in own(tale, RoundStarted)] == [2]


def test_a_fork_changes_no_rounds_behind_a_move_that_ended_the_arguing():
    parent = advise(one_round(), "complete")
    with pytest.raises(ForkRefused, match="MoveTaken stands at"):
        fork(parent, place(parent, MoveTaken), rounds_max=5)
    early = fork(parent, place(parent, MoveTaken) - 1, rounds_max=5).then()
    assert (own(early, RulingRequested), own(early, MoveTaken)[0].move) == ([], "complete")


def test_a_paid_rung_that_may_advise_is_a_call_that_money_is_asked_for():
    paid = RungSetting(rung="cloud", provider="cheap", model="judge-1")
    tale = running(adaptation=EVERY, max_rounds=3, ladder={"next_move": (paid,)}, spending=Spending())
    (request,) = tale.all(SpendRequested)
    assert [call.times for call in request.calls if call.model == "judge-1"] == [1]


@pytest.mark.parametrize("by", ["an advice", "a rule"])
def test_an_arguing_that_is_ended_stays_so_while_its_decision_waits_for_money(by: str):
    rules = (rule("skip_to_final_decision", ("rounds", ">=", 1)),) if by == "a rule" else ()
    tale = running(adaptation=EVERY, max_rounds=3, dynamic=True, rules=rules, spending=Spending(limit_usd=Decimal(5)))
    free = Rates(input=Decimal(0), cached_input=Decimal(0), output=Decimal(1))
    known = tuple(ModelRates(provider="dear", model=model, rates=free) for model in ("ann-1", "bob-1"))
    enough_for_two = sum((worst_usd(call, free) for call in tale.all(SpendRequested)[0].calls), Decimal(0)) * 2 / 3
    tale = ruled(answered(tale.when(SpendReserved(number=1, amount_usd=enough_for_two, rates=known))), 0.25)
    tale = tale if rules else advise(tale, "complete")
    assert (open_turns(tale), len(tale.all(SpendRequested))) == ([], 2)
    tale = tale.when(DebateChangeRequested(change="c", max_rounds=5))
    tale = tale.when(ParticipantDismissed(dismissal="x", participant="bob"))
    assert ["the arguing is over" in one.why for one in tale.all(RequestRefused)] == [True, True]
    tale = tale.when(DebateChangeRequested(change="t", max_execution_s=900.0))
    assert len(tale.all(DebateChanged)) == 1
    tale = tale.when(SpendReserved(number=2, amount_usd=Decimal(1), rates=known))
    assert [turn.step for turn in open_turns(tale)] == ["final_decision"]
