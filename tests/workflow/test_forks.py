"""A fork goes on from its parent's facts, in its own voice, under what is changed."""

from __future__ import annotations

from typing import Any

import pytest

from zamaz.errors import ForkRefused
from zamaz.events import Malformed, Recorded
from zamaz.events.client import (
    DebateAbortRequested,
    DebateChangeRequested,
    DebateForked,
    DebateImported,
    DebatePauseRequested,
    DebateRequested,
    ImportedRecord,
)
from zamaz.events.debater import ArgumentPresented
from zamaz.events.orchestration import RungAsked
from zamaz.events.workflow import (
    ConsensusReached,
    DebateChanged,
    DebateCompleted,
    DebateFailed,
    DebatePaused,
    DebateRejected,
    DebateStarted,
    ParticipantLeft,
    RoundStarted,
    RulingRequested,
    StepTimedOut,
    TurnRequested,
)
from zamaz.forks import asked as changed_request
from zamaz.forks import inherited
from zamaz.testing import Story, types
from zamaz_workflow.decide import DECIDER, wake

from workflow.branching import Tale, fork, own, place
from workflow.running import rule, running
from workflow.table import all_answer, answer, asked, failed, open_turns, ruled, story


def model(n: int, name: str) -> dict[str, Any]:
    return {f"participants_{n}_model": name}


def argued() -> Tale:
    """Round 1 is argued, and assessed under the threshold."""
    return ruled(all_answer(asked()), 0.5)


def test_it_starts_as_its_parent_ran_with_the_change_resolved():
    tale = fork(argued(), place(argued(), ArgumentPresented), **model(1, "nano")).then()
    (started,) = own(tale, DebateStarted)
    was = argued().all(DebateStarted)[0]
    assert [(seat.participant, seat.model) for seat in started.seats] == [("opus", "opus-1"), ("mini", "nano-1")]
    assert (started.flow, started.flow_digest, started.prompts) == (was.flow, was.flow_digest, was.prompts)
    assert started.seated_because.startswith("forked from d1 at ")
    assert "participants.1.model: nano" in started.seated_because


def test_what_was_answered_counts_and_is_not_asked_again():
    parent = argued()
    tale = fork(parent, place(parent, ArgumentPresented)).then()
    assert own(tale, TurnRequested) == []
    (ruling,) = own(tale, RulingRequested)
    assert set(ruling.turns) == {turn.turn for turn in parent.all(TurnRequested)[:2]}
    assert ruling.ruling not in {one.ruling for one in parent.all(RulingRequested)}


def test_what_was_open_is_asked_anew_under_another_name():
    parent = asked()
    first, second = open_turns(parent)
    parent = parent.when(answer(first))
    tale = fork(parent, parent.sees, **model(1, "nano")).then()
    (again,) = own(tale, TurnRequested)
    assert (again.participant, again.model, again.round, again.attempt) == (second.participant, "nano-1", 1, 0)
    assert again.turn != second.turn
    assert again.deadline > second.deadline


def test_a_late_answer_to_the_parents_question_is_none_of_the_forks():
    parent = asked()
    for turn in open_turns(parent):
        parent = parent.when(answer(turn))
    late = fork(parent, place(parent, ArgumentPresented, 0)).then()
    assert len(own(late, TurnRequested)) == 1
    assert not {a.turn for a in late.all(ArgumentPresented)} & {t.turn for t in own(late, TurnRequested)}


def test_a_ruling_that_was_being_paid_for_is_the_parents_and_asked_anew():
    parent = all_answer(asked())
    (ruling,) = parent.all(RulingRequested)
    begun = RungAsked(
        call=f"{ruling.ruling}-asked-1",
        ruling=ruling.ruling,
        by="o",
        rung="r",
        provider="p",
        model="m",
        prompt_digest="",
    )
    parent = parent.when(begun)
    tale = fork(parent, parent.sees).then()
    assert ruling.ruling not in {one.ruling for one in tale.all(RulingRequested)}
    assert len(own(tale, RulingRequested)) == 1
    assert tale.all(RungAsked) == []


def test_a_lower_threshold_makes_consensus_of_the_ruling_that_stands():
    parent = argued()
    at = next(h.seq for h in parent.facts if h.voice == "orchestration")
    tale = fork(parent, at, threshold=0.5).then()
    assert own(tale, ConsensusReached)[0].score == 0.5
    assert own(fork(parent, at).then(), ConsensusReached) == []


def test_more_rounds_are_argued_and_the_deciding_turn_comes_after_them():
    parent = ruled(all_answer(argued()), 0.5)
    at = [h.seq for h in parent.facts if h.voice == "orchestration"][-1]
    tale = fork(parent, at, rounds_max=3).then()
    assert [round_.round for round_ in own(tale, RoundStarted)] == [3]
    ended = all_answer(ruled(all_answer(tale), 1)).later(5).then()
    (done,) = own(ended, DebateCompleted)
    assert (done.debate_id, done.rounds, done.consensus) == ("f1", 3, True)
    assert [one.answers for one in done.participants] == [4, 3]


def test_rounds_that_a_rule_had_added_are_in_the_number_that_the_fork_names():
    more = rule("extend_debate", ("rounds_left", "<=", 0), amount=2)
    parent = ruled(all_answer(running(rules=(more,), max_rounds=1)), 0.0)
    assert len(parent.all(RoundStarted)) == 2
    alike = ruled(all_answer(fork(parent, parent.sees).then()), 0.0)
    assert [one.round for one in own(alike, RoundStarted)] == [3]
    shorter = ruled(all_answer(fork(parent, parent.sees, rounds_max=2).then()), 0.0)
    assert [turn.step for turn in open_turns(shorter)] == ["final_decision"]


def test_it_has_all_of_its_time_from_the_fork_on():
    parent = asked(workflow="with_counter")
    first, *_ = open_turns(parent)
    parent = parent.when(failed(first))
    tale = fork(parent, parent.sees).then()
    assert own(tale, StepTimedOut) == []
    assert first.participant in {turn.participant for turn in own(tale, TurnRequested)}
    at = wake(tale.state, tale.world)
    assert at is not None and at > tale.at


def test_a_seat_that_had_left_is_there_again_with_another_model():
    parent = asked()
    turn = open_turns(parent)[1]
    parent = parent.when(failed(turn, "auth", retryable=False))
    while nano := [t for t in open_turns(parent) if t.participant == "mini"]:
        parent = parent.when(failed(nano[0], "auth", retryable=False))
    left = place(parent, ParticipantLeft)
    assert fork(parent, left).all(ParticipantLeft) == parent.all(ParticipantLeft)
    tale = fork(parent, left, **model(1, "opus")).then()
    assert "mini" in {turn.participant for turn in own(tale, TurnRequested)}
    assert tale.all(ParticipantLeft) == []


def test_the_parents_pause_is_the_parents():
    parent = asked().when(DebatePauseRequested(pause="p1"))
    assert parent.all(DebatePaused)
    tale = fork(parent, parent.sees).then()
    assert len(own(tale, TurnRequested)) == 2
    assert tale.all(DebatePaused) == []


def test_a_fork_is_paused_and_aborted_as_any_debate():
    tale = fork(argued(), place(argued(), ArgumentPresented)).then()
    assert types(tale.given(DebatePauseRequested(pause="p")).said()) == ["DebatePaused"]
    assert types(tale.given(DebateAbortRequested()).said()) == ["DebateCancelled"]


def test_a_fork_of_a_fork_inherits_both():
    parent = argued()
    child = fork(parent, place(parent, ArgumentPresented), question="Merge it?").then()
    child = ruled(child, 0.0)
    grand = fork(child, place(child, RoundStarted), "g1", **model(0, "nano")).then()
    (started,) = own(grand, DebateStarted)
    assert [seat.model for seat in started.seats] == ["nano-1", "mini-1"]
    assert started.seated_because.startswith("forked from f1 at ")
    assert {turn.round for turn in own(grand, TurnRequested)} == {2}
    assert grand.state.request and getattr(grand.state.request, "question", "") == "Merge it?"
    done = all_answer(ruled(all_answer(grand), 1)).later(5).then()
    assert own(done, DebateCompleted)[0].topic == "Merge it?"


def test_context_is_added_and_the_question_replaced():
    changed = changed_request(
        DebateRequested(question="Split it?", context="Much."), {"question": "Merge it?", "context": "More."}
    )
    assert (changed.question, changed.context) == ("Merge it?", "Much.\n\nMore.")


@pytest.mark.parametrize(
    ("changes", "told"),
    [
        ({"participants_1_model": "mimi"}, "there is no participant 'mimi'"),
        ({"protocol": "ranked"}, "ranked needs a vote"),
        ({"protocol": "judge"}, "no seat had the role of a judge"),
        ({"rounds_min": 5}, "5 rounds at least are more than 2 at most"),
    ],
)
def test_a_change_that_the_definitions_do_not_bear_is_rejected(changes: dict[str, Any], told: str):
    tale = fork(argued(), place(argued(), ArgumentPresented), **changes)
    (rejected,) = tale.said()
    assert isinstance(rejected, DebateRejected)
    assert told in rejected.why


@pytest.mark.parametrize(
    ("changes", "told"),
    [
        ({"partcipants_1_model": "nano"}, "did you mean participants.<n>.model?"),
        ({"threshhold": 0.5}, "did you mean threshold?"),
        ({"threshold": 1.5}, "a number from 0 to 1, not 1.5"),
        ({"rounds_max": 0}, "a whole number from 1 to 20, not 0"),
        ({"rounds_max": 1, "rounds_min": 2}, "rounds.min 2 is more than rounds.max 1"),
        ({"protocol": "dice"}, "must be one of consensus, majority"),
        ({"participants_7_model": "nano"}, "there is no participant 7: they are 0 opus, 1 mini"),
        ({"question": " "}, "question must be a text"),
        ({"rounds_max": 1}, "rounds.max 1 is too late: round 2 had begun"),
    ],
)
def test_a_change_that_makes_no_sense_is_refused_before_anything_is_said(changes: dict[str, Any], told: str):
    with pytest.raises(ForkRefused) as refused:
        fork(argued(), argued().sees, **changes)
    assert told in str(refused.value)


def refusal(facts: tuple[Recorded, ...], at: int, **changes: Any) -> str:
    with pytest.raises(ForkRefused) as refused:
        inherited(facts, DebateForked(parent="d1", at=at, changes=changes))
    return str(refused.value)


def test_a_place_that_is_none_is_refused():
    parent = argued()
    done = all_answer(ruled(all_answer(asked()), 1)).later(5).then()
    decided = next(n for n, h in enumerate(done.facts) if type(h.fact).__name__ == "DecisionMade")
    assert refusal((), 3) == "there is no debate d1"
    assert "no fact of debate d1 stands at 99: its facts stand from 1 to" in refusal(parent.facts, 99)
    assert "had not started at 1" in refusal(parent.facts, 1)
    told = refusal(done.facts, done.sees)
    assert f"DecisionMade stands at {done.facts[decided].seq}. Fork it before that, at {decided}" in told
    assert "ConsensusReached stands at" in refusal(done.facts, decided, threshold=0.9)
    rejected = story().when(DebateRequested(question=" "))
    assert refusal(rejected.facts, 1).startswith("debate d1 had not started")
    assert refusal(rejected.facts, 2) == "debate d1 was rejected: the question is empty"
    record = ImportedRecord(id="x", question="q")
    assert "held elsewhere" in refusal(story().given(DebateImported(record=record)).facts, 1)


def test_a_fork_that_cannot_be_read_is_rejected_with_the_reason():
    unreadable = Malformed("evt.client.f1.DebateForked", "there is no debate d1", 0)
    tale = Story(DECIDER, story().world, debate="f1").given(unreadable).then()
    (rejected,) = own(tale, DebateRejected)
    assert (rejected.reason, rejected.why) == ("bad_fork", "there is no debate d1")


def test_a_running_fork_that_loses_its_beginning_fails():
    unreadable = Malformed("evt.client.f1.DebateForked", "debate d1 was erased", 0)
    tale = Story(DECIDER, story().world, debate="f1").given(unreadable, argued().all(DebateStarted)[0]).then()
    (lost,) = own(tale, DebateFailed)
    assert lost.why == "the beginning of f1 cannot be read any more: debate d1 was erased"


def test_what_was_wanted_of_the_parent_and_not_done_yet_is_not_done_in_the_fork():
    parent = asked().given(DebateChangeRequested(change="c1", max_rounds=5, requester="ann"))
    tale = fork(parent, parent.sees).then()
    assert own(tale, DebateChanged) == []
    assert own(tale, DebateStarted)[0].flow.max_rounds != 5
