from __future__ import annotations

from datetime import timedelta
from decimal import Decimal

import pytest

from zamaz.events.client import DebatePauseRequested, DebateRequested, DebateResumeRequested
from zamaz.events.cost import DebateBilled
from zamaz.events.workflow import (
    ConsensusReached,
    DebateCompleted,
    DebatePaused,
    DebateResumed,
    DebateTimeoutOccurred,
    RulingRequested,
    StepTimedOut,
    TurnRequested,
)
from zamaz.testing import START, types
from zamaz_workflow.decide import wake

from workflow.table import all_answer, answer, asked, failed, open_turns, ruled, story

BILL = DebateBilled(cost_usd=Decimal(0), calls=1)


def pause(key: str = "p1") -> DebatePauseRequested:
    return DebatePauseRequested(pause=key)


def resume(key: str = "r1") -> DebateResumeRequested:
    return DebateResumeRequested(resume=key)


def test_no_step_times_out_while_paused_and_each_has_its_whole_time_from_the_resume_on():
    tale = asked()
    opus, mini = open_turns(tale)
    tale = tale.when(answer(mini)).later(50).when(pause()).later(7200)
    assert tale.said() == []
    tale = tale.given(failed(opus, "timeout")).later(1).when(resume())
    again = tale.all(TurnRequested)[-1]
    assert (again.retries, again.deadline) == (opus.turn, tale.at + timedelta(seconds=60))
    tale = tale.later(59)
    assert tale.said() == []
    (late,) = tale.later(2).then().all(StepTimedOut)
    assert late.turns == (again.turn,)


def test_a_call_that_still_runs_after_the_resume_is_waited_for():
    tale = asked().later(50).when(pause()).later(5).when(resume())
    assert len(tale.all(TurnRequested)) == 2
    tale = all_answer(tale.later(10))
    assert len(tale.all(RulingRequested)) == 1


def test_a_turn_that_nobody_will_answer_after_a_long_pause_is_asked_once_more_of_the_same_model():
    tale = asked()
    opus, mini = open_turns(tale)
    tale = tale.when(answer(mini), pause()).later(7200).when(resume())
    again = tale.all(TurnRequested)[-1]
    assert (again.retries, again.model, again.attempt) == (opus.turn, "opus-1", 1)
    tale = tale.when(failed(again)).later(2).then()
    retried = tale.all(TurnRequested)[-1]
    assert (retried.model, retried.attempt) == ("opus-1", 2), "the pause has used up no retry"


def test_a_call_that_outlives_its_own_deadline_a_little_is_not_bought_again_at_once():
    tale = asked().later(55).when(pause()).later(10).when(resume())
    assert len(tale.all(TurnRequested)) == 2
    assert wake(tale.state, tale.world) == START + timedelta(seconds=70)
    assert len(tale.later(5).then().all(TurnRequested)) == 4


def test_a_ruling_that_nobody_gave_during_a_long_pause_is_asked_for_once_more():
    tale = all_answer(asked()).when(pause()).later(7200).when(resume())
    first, second = tale.all(RulingRequested)
    assert (first.ruling != second.ruling, second.turns) == (True, first.turns)
    assert second.deadline == tale.at + timedelta(seconds=10)
    tale = ruled(tale, 1.0)
    assert [reached.ruling for reached in tale.all(ConsensusReached)] == [second.ruling]


def test_a_late_answer_to_the_first_ruling_counts_as_well():
    tale = all_answer(asked()).when(pause())
    tale = ruled(tale, 1.0).later(7200).when(resume())
    assert len(tale.all(RulingRequested)) == 1
    assert len(tale.all(ConsensusReached)) == 1


def test_paused_time_does_not_count_towards_the_debates_own_deadline():
    tale = asked(workflow="with_counter").later(100).when(pause()).later(5000).when(resume())
    assert [resumed.paused_s for resumed in tale.all(DebateResumed)] == [5000]
    tale = all_answer(tale)
    assert types(tale.later(499).said())[0] == StepTimedOut.__name__
    assert types(tale.later(501).said())[0] == DebateTimeoutOccurred.__name__


def test_two_pauses_move_the_deadline_by_both_and_no_second_counts_twice():
    tale = asked(workflow="with_counter")
    for n in range(2):
        tale = tale.later(10).given(pause(f"p{n}")).later(1000).then().later(100).when(resume(f"r{n}"))
    assert [resumed.paused_s for resumed in tale.all(DebateResumed)] == [1100, 1100]
    assert tale.state.paused_s == 2200


def test_a_pause_counts_from_when_it_was_asked_for_but_never_before_the_start():
    tale = story({}).given(DebateRequested(question="q"), pause()).later(10.5).then()
    assert [paused.since for paused in tale.all(DebatePaused)] == [START]
    tale = tale.later(5).when(resume())
    assert [resumed.paused_s for resumed in tale.all(DebateResumed)] == [5]


@pytest.mark.parametrize(("paused_for", "look_in"), [(0, 60), (30, 60), (300, 300), (1800, 1800), (86400, 3600)])
def test_the_longer_a_pause_lasts_the_seldomer_it_is_looked_after(paused_for, look_in):
    tale = asked().when(pause()).later(paused_for)
    assert wake(tale.state, tale.world) == tale.at + timedelta(seconds=look_in)


def test_a_paused_debate_that_is_being_completed_is_woken_for_its_bill():
    tale = all_answer(ruled(all_answer(asked()), 1.0))
    late = DebatePaused(number=1, since=START)  # a slower worker's, said after the decision
    tale = tale.given(late)
    assert wake(tale.state, tale.world) == tale.at + timedelta(seconds=2)
    assert len(tale.when(BILL).all(DebateCompleted)) == 1
