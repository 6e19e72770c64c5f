"""What the orchestrator is asked about the answers of a step, and what is done where they are not enough."""

from __future__ import annotations

from typing import Any

from zamaz.events.client import DebatePauseRequested, DebateResumeRequested
from zamaz.events.course import GateClosed, HumanRulingRequested
from zamaz.events.flow import Conditions, Gate
from zamaz.events.workflow import DebateCancelled, DebateCompleted, RoundStarted, RulingRequested, TurnRequested

from workflow.running import CHECK, FINAL, Tale, answered, gate, judge, rule, running, step, wanted
from workflow.table import answer, failed, open_turns, ruled


def gated(*gates: Gate, **more: Any) -> Tale:
    """The first round is argued, and its gates are asked."""
    return answered(running(gates=gates, **more))


def test_a_gate_is_asked_behind_its_step_before_the_debate_goes_on():
    tale = gated(gate("require_revision"))
    (ask,) = tale.all(RulingRequested)
    assert (ask.kind, ask.subject, ask.criteria, len(ask.turns)) == ("quality", "risks", ("risks_named",), 2)


def test_a_gate_that_is_met_lets_it_go_on():
    tale = judge(gated(gate("abort")), met=True)
    (closed,) = tale.all(GateClosed)
    assert (closed.met, closed.judged, closed.unmet, closed.action) == (True, True, (), None)
    assert [ask.kind for ask in tale.all(RulingRequested)] == ["quality", "consensus"]


def test_what_is_not_met_is_revised_and_judged_again():
    tale = judge(gated(gate("require_revision")), met=False)
    (closed,) = tale.all(GateClosed)
    assert (closed.met, closed.unmet, closed.action, closed.step) == (
        False,
        ("risks_named",),
        "require_revision",
        "initial_arguments",
    )
    assert [turn.revise for turn in open_turns(tale)] == ["risks_named: none is", "risks_named: none is"]
    tale = judge(answered(tale), met=True)
    assert [one.again for one in tale.all(GateClosed)] == [0, 1]
    assert wanted(tale, "consensus")


def test_it_acts_as_often_as_the_definition_says_and_then_goes_on():
    tale = judge(gated(gate("require_revision")), met=False)
    tale = judge(answered(tale), met=False)
    assert [one.action for one in tale.all(GateClosed)] == ["require_revision", None]
    assert wanted(tale, "consensus")


def test_of_two_gates_both_are_asked_at_once_and_the_step_is_revised_once():
    tale = gated(gate("require_revision"), gate("require_revision", name="costs", criteria=("costs_named",)))
    assert len(wanted(tale, "quality")) == 2
    tale = judge(tale, met=False)
    assert [turn.again for turn in open_turns(tale)] == [1, 1]
    assert open_turns(tale)[0].revise == "risks_named: none is; costs_named: none is"


def test_who_answers_only_when_the_step_is_asked_once_more_is_judged_with_those_whose_answer_stands():
    tale = running(gates=(gate("require_revision"),))
    ann, bob = open_turns(tale)
    tale = judge(tale.when(answer(ann)).when(failed(bob, "refused", retryable=False)), met=False)
    ann, bob = open_turns(tale)
    tale = tale.when(failed(ann, "refused", retryable=False)).when(answer(bob))
    (again,) = wanted(tale, "quality")
    assert bob.turn in again.turns and len(again.turns) == 2


def test_what_nobody_judged_in_time_is_held_against_nobody():
    tale = gated(gate("abort")).later(11).then()
    (closed,) = tale.all(GateClosed)
    assert (closed.met, closed.judged, closed.why) == (True, False, "nobody judged it in time")
    assert tale.all(DebateCancelled) == []
    late = judge(tale, met=False)
    assert len(late.all(GateClosed)) == 1


def test_what_nobody_was_sure_of_is_held_against_nobody():
    (closed,) = judge(gated(gate("abort")), met=False, rung="default").all(GateClosed)
    assert (closed.met, closed.judged, closed.action) == (True, False, None)


def test_a_gate_behind_a_step_that_nobody_answered_is_not_asked():
    tale = gated(gate("abort", after="expert_review"), gate("abort", after="counter_arguments"))
    assert [ask.kind for ask in tale.all(RulingRequested)] == ["consensus"]


def test_a_gate_is_asked_in_every_round_that_has_its_step():
    tale = ruled(judge(gated(gate("require_revision")), met=True), 0.0)
    tale = answered(tale)
    assert [ask.round for ask in tale.all(RulingRequested) if ask.kind == "quality"] == [1, 2]


def test_a_gate_may_end_it_or_ask_a_person():
    (end,) = judge(gated(gate("abort")), met=False).all(DebateCancelled)
    assert end.why == "gate risks: risks_named"
    (asked,) = judge(gated(gate("escalate_to_human")), met=False).all(HumanRulingRequested)
    assert asked.why == "gate risks: risks_named"


def test_a_gate_may_add_a_round():
    tale = ruled(judge(gated(gate("extend_debate"), max_rounds=1), met=False), 0.0)
    assert [one.round for one in tale.all(RoundStarted)] == [1, 2]


def test_a_gate_behind_the_check_judges_the_positions():
    tale = ruled(gated(gate("skip_to_final_decision", after="consensus_check"), max_rounds=3), 0.0)
    (ask,) = wanted(tale, "quality")
    assert len(ask.turns) == 2
    assert [turn.step for turn in open_turns(judge(tale, met=False))] == ["final_decision"]


def test_a_decision_that_is_not_good_enough_is_written_once_more():
    tale = answered(ruled(gated(gate("require_revision", after="final_decision")), 1.0))
    tale = judge(tale, met=False)
    (again,) = open_turns(tale)
    assert (again.step, again.again, again.revise) == ("final_decision", 1, "risks_named: none is")
    tale = judge(tale.when(answer(again, "Split it with care.")), met=True)
    (done,) = tale.later(3).then().all(DebateCompleted)
    assert (done.decision, done.partial) == ("Split it with care.", False)


def test_a_gate_behind_the_decision_acts_where_the_arguing_was_cut_short():
    skip = rule("skip_to_final_decision", ("rounds", ">=", 1))
    for action, kind in (("abort", DebateCancelled), ("escalate_to_human", HumanRulingRequested)):
        tale = ruled(gated(gate(action, after="final_decision"), rules=(skip,)), 0.0)
        assert len(judge(answered(tale), met=False).all(kind)) == 1
    early = gate("skip_to_final_decision", name="enough")
    tale = judge(gated(early, gate("abort", after="final_decision")), met=False)
    assert len(judge(answered(tale), met=False).all(DebateCancelled)) == 1


def test_a_revision_that_fails_leaves_the_decision_that_was_there():
    tale = answered(ruled(gated(gate("require_revision", after="final_decision")), 1.0), 1)
    tale = judge(tale, met=False)
    (again,) = open_turns(tale)
    tale = judge(tale.when(failed(again, "refused", retryable=False)), met=False)
    (done,) = tale.later(3).then().all(DebateCompleted)
    assert (done.decision, done.partial) == ("Split it.", False)


def test_demands_are_judged_and_noted():
    demanding = step("initial_arguments", conditions=Conditions(demands=("address_concerns",)))
    tale = answered(running(demanding, CHECK, FINAL))
    (ask,) = tale.all(RulingRequested)
    assert (ask.subject, ask.criteria) == ("initial_arguments", ("address_concerns",))
    tale = judge(tale, met=False)
    (closed,) = tale.all(GateClosed)
    assert (closed.gate, closed.met, closed.unmet, closed.action) == (
        "initial_arguments",
        False,
        ("address_concerns",),
        None,
    )
    assert wanted(tale, "consensus")
    assert len(tale.all(TurnRequested)) == 2


def test_a_pause_gives_a_gate_its_time_again():
    tale = gated(gate("abort")).when(DebatePauseRequested(pause="p")).later(60).when(DebateResumeRequested(resume="r"))
    assert tale.all(GateClosed) == []
    assert len(wanted(tale, "quality")) == 2
    assert len(judge(tale, met=True).all(GateClosed)) == 1
