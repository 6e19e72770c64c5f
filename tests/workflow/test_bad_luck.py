from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest

from zamaz.events.client import DebateAbortRequested
from zamaz.events.cost import DebateBilled
from zamaz.events.debater import FailureKind
from zamaz.events.workflow import (
    DebateCancelled,
    DebateCompleted,
    DebateFailed,
    DebateStarted,
    DebateTimeoutOccurred,
    DecisionMade,
    ParticipantLeft,
    RoundStarted,
    RulingRequested,
    StepTimedOut,
    TurnRequested,
)
from zamaz.testing import START, types
from zamaz_workflow.decide import wake

from workflow.table import all_answer, answer, asked, failed, open_turns, ruled

BILL = DebateBilled(cost_usd=Decimal(0), calls=1)


def test_a_failure_that_may_pass_is_tried_again_after_the_delay():
    tale = asked()
    opus = open_turns(tale)[0]
    tale = tale.when(failed(opus))
    assert len(tale.all(TurnRequested)) == 2
    tale = tale.later(1.1).then()
    again = tale.all(TurnRequested)[-1]
    assert (again.retries, again.model, again.attempt, again.deadline) == (opus.turn, "opus-1", 1, opus.deadline)


def test_the_providers_own_word_on_when_to_retry_is_kept():
    tale = asked()
    tale = tale.when(failed(open_turns(tale)[0], "rate_limited", retry_after_s=7))
    assert tale.later(6.9).said() == []
    assert wake(tale.state, tale.world) == tale.later(7).at
    assert types(tale.later(7).said()) == ["TurnRequested"]


def test_when_retries_are_used_up_the_reserve_speaks_for_the_seat():
    tale = asked()
    tale = tale.when(failed(open_turns(tale)[0])).later(2).then()
    tale = tale.when(failed(open_turns(tale)[-1]))
    reserve = tale.all(TurnRequested)[-1]
    assert (reserve.participant, reserve.model, reserve.attempt) == ("opus", "nano-1", 2)


@pytest.mark.parametrize("kind", ["auth", "context_too_large", "filtered"])
def test_a_failure_that_stays_goes_to_the_reserve_at_once(kind: FailureKind):
    tale = asked()
    tale = tale.when(failed(open_turns(tale)[0], kind, retryable=False))
    assert tale.all(TurnRequested)[-1].model == "nano-1"


def test_a_turn_that_an_open_circuit_kept_back_goes_to_a_reserve_at_once_and_is_no_try():
    tale = asked()
    first, second = open_turns(tale)
    tale = tale.when(answer(second), failed(first, "circuit_open", retry_after_s=40.0))
    (reserve,) = open_turns(tale)
    assert (reserve.provider, reserve.model, reserve.retries) == ("cheap", "nano-1", first.turn)
    tale = tale.when(failed(reserve, "refused", retryable=False))
    (own,) = open_turns(tale)
    assert (own.model, own.attempt) == (first.model, 2)
    tale = tale.when(failed(own)).later(1.1).then()
    assert [turn.model for turn in open_turns(tale)] == [first.model]


def test_where_no_reserve_is_elsewhere_it_waits_as_long_as_the_circuit_is_open():
    tale = asked(participants=("opus", "mini"))
    first, second = open_turns(tale)
    tale = tale.when(answer(second), failed(first, "circuit_open", retry_after_s=40.0))
    assert open_turns(tale.later(39).then()) == []
    (own,) = open_turns(tale.later(40.1).then())
    assert own.model == first.model


def test_a_model_out_of_reach_is_not_asked_again_in_later_rounds():
    tale = asked()
    tale = tale.when(failed(open_turns(tale)[0], "auth", retryable=False))
    tale = ruled(all_answer(tale), 0.0)
    assert {turn.model for turn in open_turns(tale)} == {"nano-1", "mini-1"}


def test_an_answer_without_a_position_is_repaired_once():
    tale = asked()
    opus = open_turns(tale)[0]
    tale = tale.when(answer(opus, None, unparsed="no block"))
    repair = tale.all(TurnRequested)[-1]
    assert (repair.retries, repair.model) == (opus.turn, "opus-1")


def test_absence_is_no_vote_and_too_few_votes_ask_no_ruling():
    tale = asked()
    opus, mini = open_turns(tale)
    tale = tale.when(answer(mini))
    tale = tale.when(failed(opus, "refused", retryable=False))
    tale = tale.when(failed(open_turns(tale)[-1], "refused", retryable=False))
    assert tale.all(RulingRequested) == []
    assert [r.round for r in tale.all(RoundStarted)] == [1, 2]


def test_a_seat_whose_models_are_all_out_of_reach_leaves_and_the_rest_is_partial():
    tale = asked()
    opus, mini = open_turns(tale)
    tale = tale.when(answer(mini))
    tale = tale.when(failed(opus, "auth", retryable=False))
    tale = tale.when(failed(open_turns(tale)[-1], "not_found", retryable=False))
    assert [left.participant for left in tale.all(ParticipantLeft)] == ["opus"]
    (done,) = all_answer(tale).when(BILL).all(DebateCompleted)
    assert (done.stop_reason, done.partial) == ("failure", True)
    assert "auth happened" in done.stop_detail


def test_a_turn_that_is_still_paid_for_is_waited_for_although_the_others_are_gone():
    tale = asked(workflow="with_counter")
    opus, mini, nano = open_turns(tale)
    tale = tale.when(failed(opus, "auth", retryable=False), failed(mini, "not_found", retryable=False))
    assert len(tale.all(ParticipantLeft)) == 2
    assert tale.all(DebateFailed) == []
    (done,) = all_answer(tale.when(answer(nano))).when(BILL).all(DebateCompleted)
    assert (done.stop_reason, done.partial, done.decision) == ("failure", True, "Split it.")


def test_who_fails_at_the_decision_does_not_change_why_the_arguing_ended():
    tale = asked(participants=("opus", "mini"))
    tale = ruled(all_answer(ruled(all_answer(tale), 0.0)), 0.0)
    tale = tale.when(failed(open_turns(tale)[0], "auth", retryable=False)).when(BILL)
    (done,) = tale.all(DebateCompleted)
    assert (done.stop_reason, done.partial, tale.all(ParticipantLeft)) == ("rounds", True, [])


def test_no_turn_outlives_the_debates_own_deadline():
    (start,) = asked(workflow="with_counter").all(DebateStarted)
    tale = asked(workflow="with_counter").later(500)
    late = open_turns(ruled(all_answer(all_answer(tale)), 0.0))
    assert start.flow.max_execution_s == 600
    assert {(turn.deadline - START).total_seconds() for turn in late} == {600}


def test_a_debate_in_which_nobody_can_speak_fails_with_the_reasons():
    tale = asked(participants=("opus", "mini"))
    for turn in open_turns(tale):
        tale = tale.when(failed(turn, "auth", retryable=False))
    (end,) = tale.all(DebateFailed)
    assert end.stop_reason == "failure"
    assert "auth happened" in end.why


def test_a_step_past_its_deadline_gives_up_those_who_did_not_answer():
    tale = asked()
    opus, mini = open_turns(tale)
    tale = tale.when(answer(mini)).later(61).then()
    (late,) = tale.all(StepTimedOut)
    assert late.turns == (opus.turn,)


def test_a_debate_in_which_nobody_answered_in_time_fails_with_whom_it_waited_for():
    tale = asked().later(61).then()
    (end,) = tale.all(DebateFailed)
    assert end.why == "nobody took a position. 2 turns got no answer in time: dear/opus-1, cheap/mini-1"


def test_a_turn_that_failed_for_a_reason_is_not_told_as_one_without_an_answer():
    tale = asked(participants=("opus", "mini"))
    opus = open_turns(tale)[0]
    tale = tale.when(failed(opus, "circuit_open", retry_after_s=90.0, provider="dear")).later(61).then()
    (end,) = tale.all(DebateFailed)
    told = "dear: circuit_open: circuit_open happened; 1 turn got no answer in time: cheap/mini-1"
    assert end.why == f"nobody took a position. {told}"


def test_who_was_kept_back_until_shortly_before_the_deadline_is_not_asked_again_and_the_debate_tells_why():
    tale = asked(participants=("opus", "mini"))
    opus, mini = open_turns(tale)
    shut: dict[str, Any] = {"retry_after_s": 20.0, "provider": "cheap"}
    tale = tale.later(59.5)
    tale = tale.when(failed(opus, "circuit_open", **shut), failed(mini, "circuit_open", **shut))
    assert len(tale.all(TurnRequested)) == 2
    (end,) = tale.all(DebateFailed)
    assert end.why == "nobody took a position. cheap: circuit_open: circuit_open happened"


def test_a_late_answer_is_kept_and_not_counted():
    tale = asked()
    opus, mini = open_turns(tale)
    tale = tale.when(answer(mini)).later(61).then()
    before = types(f.fact for f in tale.facts)
    tale = tale.when(answer(opus))
    assert types(f.fact for f in tale.facts) == [*before, "ArgumentPresented"]
    assert opus.turn in tale.state.answers


def test_a_silent_orchestrator_is_no_consensus():
    tale = all_answer(asked()).later(11).then()
    assert tale.all(StepTimedOut)[0].step == "consensus_check"
    assert [r.round for r in tale.all(RoundStarted)] == [1, 2]


def test_without_the_deciding_turn_the_best_supported_position_is_the_decision_and_partial():
    tale = ruled(all_answer(asked()), 0.0)
    opus, mini = open_turns(tale)
    tale = tale.when(answer(opus, "Keep it.", on_others={"B": "agree"}), answer(mini, on_others={"A": "disagree"}))
    tale = ruled(tale, 0.4)
    for _ in range(3):
        tale = tale.when(failed(open_turns(tale)[-1], "refused", retryable=False)) if open_turns(tale) else tale
    (decision,) = tale.all(DecisionMade)
    assert decision.recommendation == "Split it."
    (done,) = tale.when(BILL).all(DebateCompleted)
    assert (done.winner, done.partial, done.rationale) == ("mini", True, "mini argues.")


def test_the_whole_debates_deadline_decides_on_what_there_is():
    tale = all_answer(asked(workflow="with_counter")).later(601).then()
    assert len(tale.all(DebateTimeoutOccurred)) == 1
    (done,) = tale.when(BILL).all(DebateCompleted)
    assert (done.stop_reason, done.partial) == ("deadline", True)


def test_an_answer_after_the_deadline_changes_nothing_about_the_decision():
    tale = ruled(all_answer(all_answer(asked(workflow="with_counter"))), 0.0)
    late = open_turns(tale)[0]
    tale = tale.later(601).then().when(answer(late, "Too late."), BILL)
    (done,) = tale.all(DebateCompleted)
    assert done.decision == "Split it."
    assert "Too late." not in [d.position for d in done.dissent]


def test_abort_ends_a_running_debate_and_says_who_and_why():
    tale = asked().when(DebateAbortRequested(by="ann", why="asked twice"))
    assert tale.all(DebateCancelled) == [DebateCancelled(by="ann", why="asked twice")]


def test_nothing_is_said_after_the_end():
    tale = asked().when(DebateAbortRequested())
    assert all_answer(tale).said() == []


def test_abort_after_the_decision_comes_too_late():
    tale = all_answer(ruled(all_answer(asked()), 1.0)).when(DebateAbortRequested(), BILL)
    assert (tale.all(DebateCancelled), len(tale.all(DebateCompleted))) == ([], 1)
