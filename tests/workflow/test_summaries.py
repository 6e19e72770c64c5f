"""Older rounds that are summed up: when the summary is asked, of whom, who reads it, and what becomes of a debate whose
summary does not come."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from zamaz.alive import Reach
from zamaz.definition import WorkflowFile, parse
from zamaz.events.client import (
    DebateAbortRequested,
    DebatePauseRequested,
    DebateRequested,
    DebateResumeRequested,
    ParticipantInvited,
)
from zamaz.events.debater import ArgumentPresented
from zamaz.events.flow import SUMMARY
from zamaz.events.workflow import (
    DebateCompleted,
    DebateRejected,
    DebateStarted,
    ParticipantJoined,
    RequestRefused,
    RoundStarted,
    StepTimedOut,
    TurnRequested,
)
from zamaz.otherwise import Change
from zamaz.testing import Story
from zamaz_workflow.again import REPLAY
from zamaz_workflow.debate import Debate
from zamaz_workflow.otherwise import redecide
from zamaz_workflow.seating import World

from workflow.branching import fork, place
from workflow.table import ALL, all_answer, answer, catalog, failed, open_turns, ruled, story

LONG = """
id: long
participants:
  - opus
  - mini
  - {model: mini, name: aside, visibility: neighbours}
  - {model: opus, name: far, visibility: summary}
config: {max_rounds: 5, context: {mode: summary, by: nano, rounds: 1, timeout: 30s}}
steps:
  - {type: initial_arguments}
  - {type: consensus_check}
  - {type: final_decision}
"""
Tale = Story[Debate, World]


def begun(text: str = LONG, reach: dict[str, Reach] | None = None, **more: Any) -> Tale:
    file = parse(text, WorkflowFile, "w.yaml")
    tale = story(reach)
    known = replace(catalog(), workflows={file.id: file})
    tale = replace(tale, world=replace(tale.world, catalog=known, default_workflow=file.id))
    return tale.when(DebateRequested(question="Split it?", **{"workflow": file.id, **more}))


def argue(tale: Tale, rounds: int) -> Tale:
    """So many rounds without consensus, each summary given."""
    for _ in range(rounds):
        tale = told(tale) if asked(tale) else tale
        tale = ruled(all_answer(tale), 0)
    return tale


def asked(tale: Tale) -> list[TurnRequested]:
    """The summaries that are waited for."""
    return [turn for turn in open_turns(tale) if turn.sums_up]


def told(tale: Tale) -> Tale:
    (turn,) = asked(tale)
    return tale.when(summary(turn))


def summary(turn: TurnRequested, **more: Any) -> ArgumentPresented:
    return answer(turn, None, **more)


def names(turns: list[TurnRequested]) -> list[str]:
    return [turn.participant for turn in turns]


def test_as_long_as_all_rounds_are_shown_nothing_is_summed_up():
    tale = argue(begun(), 1)
    assert {turn.round for turn in open_turns(tale)} == {2}
    assert not any(turn.sums_up or turn.summary for turn in tale.all(TurnRequested))


def test_a_round_that_is_too_old_is_summed_up_before_anybody_speaks_in_the_next_one():
    tale = argue(begun(), 2)
    (turn,) = open_turns(tale)
    assert (turn.participant, turn.provider, turn.model, turn.step) == ("nano", "cheap", "nano-1", SUMMARY)
    assert (turn.round, turn.sums_up, turn.summary, turn.role) == (3, 1, "", "participant")
    assert turn.labels == {"A": "opus", "B": "mini", "C": "aside", "D": "far"}
    assert turn.inserted and turn.inserted.timeout_s == 30
    assert (turn.deadline - tale.at).total_seconds() == 30


def test_the_next_summary_rests_on_the_one_before():
    tale = argue(begun(), 3)
    (third,) = asked(tale)
    first = next(turn for turn in tale.all(TurnRequested) if turn.sums_up == 1)
    assert (third.round, third.sums_up, third.summary) == (4, 2, first.turn)


def test_who_sees_everybody_reads_it_and_nobody_else():
    tale = told(argue(begun(), 2))
    (made,) = [turn for turn in tale.all(TurnRequested) if turn.sums_up]
    reads = {turn.participant: turn.summary for turn in open_turns(tale)}
    assert reads == {"opus": made.turn, "mini": made.turn, "aside": "", "far": ""}


def test_it_is_no_position_no_vote_and_nobody_s_seat():
    tale = argue(begun(), 5)
    (deciding,) = open_turns(tale)
    assert deciding.summary == [t for t in tale.all(TurnRequested) if t.sums_up][-1].turn
    tale = tale.when(answer(deciding)).later(3).then()
    (done,) = tale.all(DebateCompleted)
    assert "nano" not in {part.participant for part in done.participants}
    assert [turn.sums_up for turn in tale.all(TurnRequested) if turn.sums_up] == [1, 2, 3]


def test_a_failure_that_may_pass_is_tried_again_and_never_by_a_reserve():
    text = LONG.replace("participants:\n", "participants:\n  - opus (fallback)\n")
    tale = argue(begun(text), 2)
    (turn,) = asked(tale)
    tale = tale.when(failed(turn)).later(2).then()
    (again,) = asked(tale)
    assert (again.retries, again.sums_up, again.model) == (turn.turn, 1, "nano-1")
    tale = tale.when(failed(again)).later(2).then()
    assert not asked(tale)
    assert names(open_turns(tale)) == ["opus", "mini", "aside", "far"]
    assert not any(turn.summary for turn in open_turns(tale))


def test_an_answer_that_cannot_be_read_is_no_summary():
    tale = argue(begun(), 2)
    tale = tale.when(summary(asked(tale)[0], unparsed="no JSON"))
    tale = tale.when(summary(asked(tale)[0], unparsed="no JSON"))
    assert len(open_turns(tale)) == 4
    assert not any(turn.summary for turn in open_turns(tale))


def test_one_that_takes_too_long_is_given_up_and_not_asked_again_in_its_round():
    tale = argue(begun(), 2).later(31).then()
    (late,) = tale.all(StepTimedOut)
    assert (late.round, late.step) == (3, SUMMARY)
    turns = [turn for turn in open_turns(tale) if not turn.sums_up]
    assert len(turns) == 4
    (given_up,) = asked(tale)
    tale = tale.when(summary(given_up))
    assert not any(turn.summary for turn in tale.all(TurnRequested))


def test_the_round_after_a_failure_sums_up_all_that_is_not_summed_up_yet():
    tale = argue(begun(), 3)
    (turn,) = asked(tale)
    tale = tale.when(failed(turn, "refused", retryable=False))
    first = next(t for t in tale.all(TurnRequested) if t.sums_up == 1)
    assert {t.summary for t in open_turns(tale)} == {first.turn, ""}
    (next_one,) = asked(ruled(all_answer(tale), 0))
    assert (next_one.sums_up, next_one.summary) == (3, first.turn)


def test_a_model_that_can_never_answer_is_not_asked_again():
    tale = argue(begun(), 2)
    tale = tale.when(failed(asked(tale)[0], "auth", retryable=False))
    tale = ruled(all_answer(tale), 0)
    assert {turn.round for turn in open_turns(tale)} == {4}
    assert not asked(tale)


def test_a_pause_asks_for_none_and_the_resume_does():
    tale = argue(begun(), 1)
    tale = all_answer(tale)
    tale = tale.when(DebatePauseRequested(pause="p1"))
    tale = ruled(tale, 0)
    assert not open_turns(tale)
    assert asked(tale.when(DebateResumeRequested(resume="r1")))


def test_a_summary_that_a_pause_has_let_run_out_of_time_is_asked_once_more():
    tale = argue(begun(), 2).when(DebatePauseRequested(pause="p1")).later(60).then()
    assert not tale.all(StepTimedOut)
    tale = tale.when(DebateResumeRequested(resume="r1"))
    assert [turn.attempt for turn in tale.all(TurnRequested) if turn.sums_up] == [0, 1]


def test_an_abort_waits_for_none():
    tale = argue(begun(), 2).when(DebateAbortRequested())
    assert tale.state.ending


def test_a_newcomer_reads_it_too_and_is_not_called_like_its_maker():
    tale = told(argue(begun(), 2)).when(ParticipantInvited(invite="i1", model="opus", name="nano"))
    assert "is taken" in tale.all(RequestRefused)[0].why
    tale = tale.when(ParticipantInvited(invite="i2", model="nano"))
    assert tale.all(ParticipantJoined)[0].who.participant == "nano-2"
    tale = told(ruled(all_answer(tale), 0))
    (newcomer,) = [turn for turn in open_turns(tale) if turn.participant == "nano-2"]
    assert newcomer.summary


def test_a_fork_reads_the_summaries_of_its_parent_and_asks_for_those_that_were_open():
    parent = argue(begun(), 3)
    (made,) = [turn for turn in parent.all(TurnRequested) if turn.sums_up == 1]
    (waiting,) = asked(parent)
    later = fork(parent, parent.sees).then()
    (again,) = [turn for turn in later.all(TurnRequested) if turn.sums_up == 2]
    assert again.turn != waiting.turn
    assert again.summary == made.turn
    earlier = fork(parent, place(parent, RoundStarted, 2)).then()
    (anew,) = [turn for turn in earlier.all(TurnRequested) if turn.sums_up]
    assert (anew.sums_up, anew.turn == made.turn) == (1, False)


def test_failures_of_who_sums_up_are_none_of_the_participants():
    rule = "rules: [{condition: participant_failure, action: abort}]\n"
    tale = argue(begun(LONG + rule), 2)
    tale = tale.when(failed(asked(tale)[0], "refused", retryable=False))
    assert len(open_turns(ruled(all_answer(tale), 0))) == 1


def test_it_is_replayed_and_decided_again_as_it_was():
    tale = argue(begun(), 5)
    tale = tale.when(answer(open_turns(tale)[0])).later(3).then()
    assert list(REPLAY.differences(tale.facts)) == []
    again = redecide(tale.facts, Change(threshold=0.9))
    assert again.state == "completed"


@pytest.mark.parametrize("named", [True, False])
def test_who_is_to_sum_up_must_be_reachable_where_the_workflow_is_named(named: bool):
    reach = {"dear": Reach(True), "cheap": Reach(True, models=("mini-1",))}
    tale = begun(reach=reach, workflow="long" if named else "")
    if named:
        (no,) = tale.all(DebateRejected)
        assert no.reason == "unreachable_participant"
        assert "nano, who sums up the rounds of workflow long, cannot be reached" in no.why
        return
    (start,) = tale.all(DebateStarted)
    assert (start.flow.context.mode, start.flow.context.by) == ("window", None)
    assert "the newest rounds are shown alone" in start.seated_because


def test_who_sums_up_and_is_no_model_is_told():
    (no,) = begun(LONG.replace("by: nano", "by: nanno")).all(DebateRejected)
    assert "there is no participant 'nanno'" in no.why


def test_it_may_be_the_model_of_a_participant():
    (start,) = begun(LONG.replace("by: nano", "by: opus"), dict(ALL)).all(DebateStarted)
    assert start.flow.context.by and start.flow.context.by.participant == "opus-2"
