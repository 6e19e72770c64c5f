from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from decimal import Decimal

import pytest

from zamaz.definition import WorkflowFile, parse
from zamaz.events.client import DebateChangeRequested, DebatePauseRequested, DebateResumeRequested, ParticipantInvited
from zamaz.events.cost import DebateBilled
from zamaz.events.course import RuleApplied
from zamaz.events.workflow import (
    ConsensusReached,
    DebateChanged,
    DebateCompleted,
    DebateTimeoutOccurred,
    RequestRefused,
    RoundStarted,
    TurnRequested,
)
from zamaz.testing import START, Story
from zamaz_workflow.debate import Debate
from zamaz_workflow.decide import wake
from zamaz_workflow.seating import World

from workflow.running import rule, running
from workflow.table import all_answer, answer, asked, open_turns, ruled

BILL = DebateBilled(cost_usd=Decimal(0), calls=1)
Tale = Story[Debate, World]
OTHERS = (
    """
id: with_a_vote
participants: [opus, mini]
config: {max_rounds: 5, protocol: majority}
steps:
  - {type: counter_arguments, id: rebuttal, description: Rebut., timeout: 30s}
  - {type: consensus_check}
  - {type: vote, id: ballots}
  - {type: final_decision, id: verdict}
""",
    """
id: ends_alike
participants: [opus, mini]
steps: [{type: initial_arguments, id: other}, {type: final_decision, id: initial_arguments}]
""",
    """
id: mini_decides
participants: [opus, {model: mini, name: max}]
steps: [{type: initial_arguments}, {type: final_decision, participant: max}]
""",
    """
id: judged
participants: [opus, mini, {model: nano, role: judge}]
config: {protocol: judge}
steps: [{type: initial_arguments}, {type: final_decision}]
""",
    """
id: unanimous
participants: [opus, mini]
config: {protocol: unanimity, consensus_threshold: 1}
steps: [{type: initial_arguments}, {type: consensus_check}, {type: final_decision}]
""",
)


def change(key: str = "c1", **more: object) -> DebateChangeRequested:
    return DebateChangeRequested(change=key, **more)  # type: ignore[arg-type]


def begun(**more: object) -> Tale:
    return knowing(asked(**more))


def knowing(tale: Tale) -> Tale:
    """A debate whose world knows more workflows."""
    others = {file.id: file for file in (parse(text, WorkflowFile, "test.yaml") for text in OTHERS)}
    known = tale.world.catalog
    more_known = replace(known, workflows={**known.workflows, **others})
    return replace(tale, world=replace(tale.world, catalog=more_known))


def refusal(tale: Tale) -> str:
    (refused,) = tale.all(RequestRefused)
    return str(refused.why)


def argued(tale: Tale, score: float = 0.0) -> Tale:
    return ruled(all_answer(tale), score)


def test_more_rounds_and_another_threshold_hold_at_once_and_it_is_on_record_who_asked():
    tale = begun().when(change(max_rounds=3, consensus_threshold=0.4, requester="ann", why="it is worth it"))
    (changed,) = tale.all(DebateChanged)
    assert (changed.number, changed.change, changed.round, changed.max_rounds) == (1, "c1", 1, 3)
    assert (changed.consensus_threshold, changed.max_execution_s, changed.by, changed.why) == (
        0.4, None, "ann", "it is worth it",
    )  # fmt: skip
    tale = argued(argued(tale))
    assert tale.state.rounds == 3
    assert len(argued(tale, 0.5).all(ConsensusReached)) == 1


def test_fewer_rounds_end_the_arguing_after_the_one_that_runs():
    tale = argued(begun().when(change(max_rounds=1)))
    assert [turn.step for turn in open_turns(tale)] == ["final_decision"]
    (done,) = all_answer(tale).when(BILL).all(DebateCompleted)
    assert (done.rounds, done.stop_reason) == (1, "rounds")


def test_rounds_that_a_rule_has_added_are_in_the_number_that_somebody_names_after_it():
    more = rule("extend_debate", ("rounds_left", "<=", 0), amount=2, most=2)
    tale = argued(running(rules=(more,), max_rounds=1))
    assert len(tale.all(RoundStarted)) == 2
    tale = argued(tale.when(change(max_rounds=2)))
    assert [one.round for one in tale.all(RuleApplied)] == [1, 2], "what a rule adds after it is added to it"
    tale = argued(argued(tale))
    assert len(tale.all(RoundStarted)) == 4
    assert [turn.step for turn in open_turns(tale)] == ["final_decision"]


def test_later_changes_stand_on_earlier_ones():
    tale = begun().when(change(max_rounds=5), change("c2", min_rounds=4), change("c3", max_rounds=3))
    assert "min_rounds 4 and max_rounds 3 do not fit" in refusal(tale)
    assert [changed.number for changed in tale.all(DebateChanged)] == [1, 2]
    for _ in range(3):
        tale = argued(tale, 1.0)
    assert (tale.state.rounds, tale.all(ConsensusReached)) == (4, [])


def test_a_sooner_deadline_moves_the_timer_and_ends_the_debate():
    tale = begun(workflow="with_counter").later(100).when(change(max_execution_s=130.0))
    assert wake(tale.state, tale.world) == START + timedelta(seconds=130)
    tale = tale.later(30).then()
    (late,) = tale.all(DebateTimeoutOccurred)
    assert (late.after_s, len(late.turns)) == (130.0, 3)


def test_a_later_deadline_moves_the_timer_and_gives_the_step_its_whole_time_again():
    tale = begun(workflow="with_counter").when(change(max_execution_s=60.0)).then()
    late = argued_in_first_step(tale.later(50))
    assert {turn.deadline for turn in open_turns(late)} == {START + timedelta(seconds=60)}
    late = late.when(change("c2", max_execution_s=600.0))
    assert late.later(15).all(DebateTimeoutOccurred) == []
    again = late.later(21).then()
    assert [turn.attempt for turn in again.all(TurnRequested)][-3:] == [1, 1, 1]
    assert {turn.deadline for turn in again.all(TurnRequested)[-3:]} == {START + timedelta(seconds=50 + 180)}


def argued_in_first_step(tale: Tale) -> Tale:
    for turn in open_turns(tale):
        tale = tale.when(answer(turn))
    return tale


def test_a_deadline_can_be_set_where_there_was_none_and_paused_time_does_not_count():
    tale = begun().later(10).when(DebatePauseRequested(pause="p")).later(1000).when(change(max_execution_s=30.0))
    tale = tale.when(DebateResumeRequested(resume="r"))
    assert wake(tale.state, tale.world) == tale.later(20).at
    assert "more than the 10 s that it has run" in refusal(tale.when(change("c2", max_execution_s=5.0)))


def test_another_workflow_runs_from_the_next_round_on():
    tale = begun().when(change(workflow="with_a_vote", max_rounds=3))
    (changed,) = tale.all(DebateChanged)
    assert (changed.workflow, changed.tail.id, len(changed.tail_digest)) == ("with_a_vote", "with_a_vote", 64)
    assert {turn.step for turn in open_turns(tale)} == {"initial_arguments"}
    tale = argued(tale)
    assert {turn.step for turn in open_turns(tale)} == {"rebuttal"}
    tale = argued(argued(tale))
    assert [turn.step for turn in open_turns(tale)] == ["ballots", "ballots"]
    tale = all_answer(all_answer(tale, choice="A"))
    assert open_turns(tale) == [] or {turn.step for turn in open_turns(tale)} == {"verdict"}
    (done,) = all_answer(tale).when(BILL).all(DebateCompleted)
    assert (done.rounds, done.tally.protocol) == (3, "majority")


def test_where_no_round_follows_its_last_steps_decide():
    tale = argued(argued(begun()).when(change(workflow="with_a_vote")))
    assert [turn.step for turn in open_turns(tale)] == ["ballots", "ballots"]
    tale = argued(begun().when(change(workflow="with_a_vote")), 1.0)
    assert [turn.step for turn in open_turns(tale)] == ["verdict"]


def test_positions_of_the_rounds_before_still_stand_under_another_workflow():
    tale = begun(workflow="with_counter").when(change(workflow="with_a_vote", max_execution_s=300.0))
    tale = argued(all_answer(tale))
    assert {turn.step for turn in open_turns(tale)} == {"rebuttal"}
    tale = tale.later(301).then()
    (done,) = tale.when(BILL).all(DebateCompleted)
    assert (done.stop_reason, done.partial, done.tally.adopted) == ("deadline", True, "Split it.")


def test_who_takes_over_a_seat_by_its_name_decides_in_another_workflow():
    named = ParticipantInvited(invite="i", model="dear/other", name="max", replaces="mini")
    tale = begun().when(named, change(workflow="mini_decides"))
    tale = argued(argued(tale)) if tale.all(RequestRefused) == [] else tale
    (final,) = open_turns(tale)
    assert (final.participant, final.step) == ("max", "final_decision")


@pytest.mark.parametrize(
    ("request_", "why"),
    [
        (change(), "it changes nothing"),
        (change(max_rounds=0), "do not fit: 1 <= min <= max <= 20"),
        (change(max_rounds=21), "do not fit"),
        (change(min_rounds=3), "min_rounds 3 and max_rounds 2 do not fit"),
        (change(consensus_threshold=1.5), "consensus_threshold 1.5 is not between 0 and 1"),
        (change(max_execution_s=0.0), "max_execution_s 0 must be more than the 0 s"),
        (change(workflow="unheard_of"), "there is no workflow 'unheard_of'; known are: direct, ends_alike"),
        (change(workflow="direct"), "is one answer: a debate cannot go on as one"),
        (change(workflow="ends_alike"), "ends with initial_arguments, which is a step of the arguing here"),
        (change(workflow="mini_decides"), "needs max, who have no seat: invite them first"),
        (change(workflow="judged"), "differ in having a judge"),
        (change(workflow="unanimous"), "ask for consensus_threshold 1 as well"),
        (change(budget_usd="much"), "is no amount of dollars"),
    ],
)
def test_what_cannot_be_changed_is_refused_with_the_reason(request_, why):
    tale = begun().when(request_)
    assert why in refusal(tale)
    assert tale.all(DebateChanged) == []


def test_rounds_below_those_that_have_begun_are_refused():
    assert "round 2 has begun, so max_rounds 1 is too few" in refusal(argued(begun()).when(change(max_rounds=1)))


def test_while_the_decision_is_taken_only_its_time_can_be_changed():
    tale = argued(begun(), 1.0).when(change(max_rounds=4), change("c2", max_execution_s=90.0))
    assert "the arguing is over" in refusal(tale)
    assert len(tale.all(DebateChanged)) == 1
    tale = all_answer(tale).when(change("c3", max_execution_s=900.0))
    assert tale.all(RequestRefused)[-1].why == "the decision is made"


def test_a_change_under_a_pause_holds_from_then_on_and_asks_nothing():
    tale = begun().when(DebatePauseRequested(pause="p"), change(max_rounds=1))
    assert (len(tale.all(DebateChanged)), len(tale.all(TurnRequested))) == (1, 2)
    tale = argued(tale.when(DebateResumeRequested(resume="r")))
    assert tale.all(RoundStarted) == [RoundStarted(round=1)]
