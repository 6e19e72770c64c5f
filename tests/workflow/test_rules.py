"""When a rule is looked at, when it holds, and what it does to the course of a debate."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest
from msgspec.structs import replace

from zamaz.events.cost import CallPriced
from zamaz.events.course import HumanRulingRequested, RuleApplied
from zamaz.events.flow import Rule
from zamaz.events.workflow import (
    DebateCancelled,
    DebateCompleted,
    DebateFailed,
    DebateStarted,
    ParticipantLeft,
    RoundStarted,
    RulingRequested,
    StepTimedOut,
    TurnRequested,
)
from zamaz.testing import types

from contract.samples import SAMPLES
from workflow.running import CHECK, COUNTER, FINAL, INITIAL, Tale, answered, assess, rule, running, seats, step
from workflow.table import answer, failed, open_turns, ruled

EARLY = rule("skip_to_final_decision", ("consensus", "==", 1), ("rounds_left", ">", 0))
NEVER = rule("escalate_to_human", ("consensus", "==", 0), ("rounds_left", "<=", 0))
THREE = seats("ann", "bob", "eve")


def one_round(*rules: Rule, score: float = 0.0, **more: Any) -> Tale:
    """A debate whose first round is argued and measured."""
    return ruled(answered(running(rules=rules, **more)), score)


def applied(tale: Tale) -> list[tuple[str, int, str]]:
    return [(one.action, one.round, one.step) for one in tale.all(RuleApplied)]


def test_a_consensus_that_comes_early_is_said_to_be_the_reason():
    tale = one_round(EARLY, score=1.0)
    assert applied(tale) == [("skip_to_final_decision", 1, "consensus_check")]
    (done,) = answered(tale).later(3).then().all(DebateCompleted)
    assert (done.stop_reason, done.rounds) == ("consensus", 1)


def test_no_consensus_after_all_rounds_is_none_before_the_last_is_measured():
    tale = answered(one_round(NEVER))
    assert applied(tale) == []
    tale = ruled(tale, 0.0)
    assert applied(tale) == [("escalate_to_human", 2, "consensus_check")]
    assert len(tale.all(HumanRulingRequested)) == 1


def test_what_a_rule_has_seen_is_on_record():
    (one,) = one_round(
        rule("abort", ("score", "<", 0.5), ("rounds", ">=", 1), description="Hopeless."), score=0.25
    ).all(RuleApplied)
    assert (one.number, one.rule, one.condition, one.why) == (1, 0, "score < 0.5 and rounds >= 1", "Hopeless.")
    assert one.seen == {"score": 0.25, "rounds": 1.0}


def test_what_nobody_measured_makes_no_term_hold():
    tale = answered(running(INITIAL, FINAL, rules=(rule("abort", ("score", "<", 0.9)),), max_rounds=1))
    assert applied(tale) == []
    assert applied(running(rules=(rule("abort", ("complexity", "<", 3)),))) == []


def test_enough_agreement_ends_the_arguing():
    tale = one_round(rule("skip_to_final_decision", ("score", ">=", 0.5)), score=0.5)
    assert [turn.step for turn in open_turns(tale)] == ["final_decision"]
    (done,) = answered(tale).later(3).then().all(DebateCompleted)
    assert (done.stop_reason, done.stop_detail, done.partial) == ("rounds", "rule: score >= 0.5", False)


def test_a_simple_question_is_answered_without_a_debate():
    tale = running(rules=(rule("skip_to_final_decision", ("complexity", "<=", 1)),), assess=True)
    assert types(fact for fact in tale.said()) == []
    tale = assess(tale, "simple")
    assert applied(tale) == [("skip_to_final_decision", 0, "")]
    (alone,) = open_turns(tale)
    assert (alone.step, alone.participant, alone.round, alone.labels) == ("final_decision", "ann", 0, {})
    (done,) = answered(tale).later(3).then().all(DebateCompleted)
    assert (done.rounds, done.partial, done.winner) == (0, False, "")


def test_the_complexity_is_asked_for_once_and_not_where_it_is_known():
    tale = running(assess=True)
    (ask,) = tale.all(RulingRequested)
    assert (ask.kind, ask.round, ask.turns) == ("complexity", 0, ())
    assert len(assess(tale, "moderate").all(RoundStarted)) == 1
    assert running(assess=True, complexity="complex").all(RulingRequested) == []


def test_nobody_waits_for_a_complexity_for_ever_and_a_late_one_does_not_count():
    tale = running(assess=True, rules=(rule("abort", ("complexity", ">=", 1)),)).later(31).then()
    (late,) = tale.all(StepTimedOut)
    assert (late.round, late.turns) == (0, (tale.all(RulingRequested)[0].ruling,))
    assert len(tale.all(RoundStarted)) == 1
    assert applied(ruled(answered(assess(tale, "complex")), 0.0)) == []


def test_more_rounds_are_argued_as_often_as_the_rule_may_add_them():
    more = rule("extend_debate", ("rounds_left", "<=", 0), amount=2, most=2)
    tale = running(rules=(more,), max_rounds=1)
    for _ in range(5):
        tale = ruled(answered(tale), 0.0)
    assert [one.round for one in tale.all(RoundStarted)] == [1, 2, 3, 4, 5]
    assert applied(tale) == [("extend_debate", 1, "consensus_check"), ("extend_debate", 3, "consensus_check")]
    assert [turn.step for turn in open_turns(tale)] == ["final_decision"]


def test_of_two_rules_at_once_the_first_of_the_file_acts_and_the_second_sees_what_it_did():
    more, end = rule("extend_debate", ("rounds_left", "<=", 0)), rule("abort", ("rounds_left", "<=", 0))
    assert applied(one_round(more, end, max_rounds=1)) == [("extend_debate", 1, "consensus_check")]
    assert applied(one_round(end, more, max_rounds=1)) == [("abort", 1, "consensus_check")]


def test_two_rules_that_do_not_meet_act_both_in_the_order_of_the_file():
    on, more = rule("continue_with_available", ("rounds", ">=", 1)), rule("extend_debate", ("rounds", ">=", 1))
    assert applied(one_round(on, more)) == [
        ("continue_with_available", 1, "consensus_check"),
        ("extend_debate", 1, "consensus_check"),
    ]


def test_a_rule_is_applied_once_at_one_place_however_often_it_may():
    tale = one_round(rule("continue_with_available", ("rounds", ">=", 1), most=5))
    assert len(tale.all(RuleApplied)) == 1
    assert [place for _, *place in applied(ruled(answered(tale), 0.0))] == [
        [1, "consensus_check"],
        [2, "initial_arguments"],
        [2, "consensus_check"],
    ]


def test_abort_ends_it_and_says_by_which_rule():
    (end,) = one_round(rule("abort", ("score", "<", 0.5))).all(DebateCancelled)
    assert (end.stop_reason, end.by, end.why) == ("abort", "the definition", "rule: score < 0.5")


def test_what_was_spent_can_end_it_and_the_reason_is_the_budget():
    spent = rule("complete_partial", ("cost_usd", ">", 1.0))
    tale = running(INITIAL, COUNTER, CHECK, FINAL, rules=(spent,))
    turn = open_turns(tale)[0]
    tale = tale.given(_priced(turn))
    tale = answered(tale)
    assert applied(tale) == [("complete_partial", 1, "initial_arguments")]
    (done,) = answered(tale).later(3).then().all(DebateCompleted)
    assert (done.stop_reason, done.partial) == ("budget", True)


def _priced(turn: TurnRequested) -> CallPriced:
    (sample,) = [fact for fact in SAMPLES if isinstance(fact, CallPriced)]
    return replace(sample, call=f"{turn.turn}-1", amount_usd=Decimal("1.5"))


def test_time_can_end_it_and_paused_time_does_not_count():
    slow = rule("skip_to_final_decision", ("elapsed_s", ">", 50))
    tale = running(INITIAL, COUNTER, CHECK, FINAL, rules=(slow,)).later(40)
    assert applied(answered(tale)) == []
    assert applied(answered(tale.later(15))) == [("skip_to_final_decision", 1, "initial_arguments")]


def test_who_runs_out_of_time_is_left_behind_and_that_is_said():
    late = rule("continue_with_available", ("timeouts", ">=", 1))
    tale = running(rules=(late,), table=THREE)
    for turn in open_turns(tale)[:2]:
        tale = tale.when(answer(turn))
    tale = tale.later(61).then()
    assert applied(tale) == [("continue_with_available", 1, "initial_arguments")]
    assert len(tale.all(RulingRequested)) == 1


def test_too_many_failures_end_it_as_what_it_is():
    rules = (rule("complete_partial", ("failures", ">=", 1)),)
    tale = running(step("initial_arguments", max_retries=0), CHECK, FINAL, table=THREE, rules=rules)
    tale = answered(tale.when(failed(open_turns(tale)[0], "refused", retryable=False)))
    assert applied(tale) == [("complete_partial", 1, "initial_arguments")]
    (done,) = answered(tale).later(3).then().all(DebateCompleted)
    assert (done.stop_reason, done.partial) == ("failure", True)


def gone(tale: Tale) -> Tale:
    first, *_ = open_turns(tale)
    return answered(tale.when(failed(first, "auth", retryable=False)))


def test_a_debate_that_needs_everybody_fails_when_one_has_left():
    tale = gone(running(table=THREE, all_required=True))
    assert len(tale.all(ParticipantLeft)) == 1
    (end,) = tale.all(DebateFailed)
    assert end.stop_reason == "failure"
    assert end.why.startswith("all participants are required")


def test_a_rule_lets_a_debate_that_needs_everybody_go_on_without():
    tale = gone(running(table=THREE, all_required=True, rules=(rule("continue_with_available", ("failures", ">", 0)),)))
    assert tale.all(DebateFailed) == []
    assert len(tale.all(RulingRequested)) == 1


def test_a_rule_lets_it_end_with_what_there_is():
    tale = gone(running(table=THREE, all_required=True, rules=(rule("complete_partial", ("failures", ">", 0)),)))
    (done,) = answered(tale).later(3).then().all(DebateCompleted)
    assert done.partial


def test_a_rule_may_have_what_was_said_made_clear_before_the_next_round():
    unclear = rule("request_clarification", ("score", "<", 0.5), target="initial_arguments")
    tale = one_round(unclear)
    clear = open_turns(tale)
    assert {(turn.step, turn.round, turn.participant) for turn in clear} == {
        ("clarification-by-rule-1", 1, "ann"),
        ("clarification-by-rule-1", 1, "bob"),
    }
    assert all(turn.inserted and turn.inserted.type == "clarification" and turn.labels for turn in clear)
    tale = answered(tale, 1)
    assert [one.round for one in tale.all(RoundStarted)] == [1, 2]


def test_a_clarification_is_a_position():
    unclear = rule("request_clarification", ("rounds_left", "<=", 0), target="initial_arguments")
    tale = one_round(unclear, max_rounds=1)
    tale = answered(tale, 1)
    (final,) = open_turns(tale)
    (done,) = tale.when(failed(final, "refused", retryable=False)).later(3).then().all(DebateCompleted)
    clear = [turn for turn in tale.all(TurnRequested) if turn.step == "clarification-by-rule-1"]
    assert done.rationale == f"{clear[0].participant} argues."
    assert done.rounds == 1


def test_a_step_is_asked_once_more_and_told_why():
    again = rule("require_revision", ("score", "<", 0.5), target="initial_arguments", description="Meet each other.")
    tale = one_round(again)
    revised = open_turns(tale)
    assert [(turn.round, turn.again, turn.attempt, turn.revise) for turn in revised] == [
        (1, 1, 1, "Meet each other."),
        (1, 1, 1, "Meet each other."),
    ]
    tale = answered(tale, 1)
    first, second = tale.all(RulingRequested)
    assert set(second.turns) == {turn.turn for turn in revised}
    assert first.ruling != second.ruling
    assert [one.round for one in ruled(tale, 0.0).all(RoundStarted)] == [1, 2]


def test_a_revision_that_nobody_gives_in_time_leaves_what_was_said():
    again = rule("require_revision", ("score", "<", 0.5), target="initial_arguments")
    tale = one_round(again, max_rounds=1).later(61).then()
    (late,) = tale.all(StepTimedOut)
    assert late.step == "initial_arguments-again-1"
    final = open_turns(tale)[-1]
    assert (final.step, len(final.labels)) == ("final_decision", 2)


@pytest.mark.parametrize(
    ("action", "more", "why"),
    [
        ("require_revision", {"target": "counter_arguments"}, "the step 'counter_arguments' was not asked in round 1"),
        ("extend_debate", {}, "there is a consensus"),
        ("request_clarification", {}, "there is a consensus"),
    ],
)
def test_what_can_change_nothing_is_said_to_change_nothing(action, more, why):
    tale = one_round(rule(action, ("rounds", ">=", 1), **more), score=0.0 if more else 1.0)
    (one,) = tale.all(RuleApplied)
    assert one.void == why
    assert open_turns(tale)


def test_a_rule_looks_at_the_debate_before_its_first_round():
    tale = running(rules=(rule("continue_with_available", ("rounds", "==", 0)),))
    assert types(heard.fact for heard in tale.facts)[1:4] == ["DebateStarted", "RuleApplied", "RoundStarted"]


def test_an_older_start_has_no_rules_and_says_none():
    tale = ruled(answered(running()), 0.0)
    assert tale.all(DebateStarted)[0].flow.rules == ()
    assert tale.all(RuleApplied) == []
