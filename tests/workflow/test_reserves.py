"""A reserve takes a seat because a rule or a gate says so."""

from __future__ import annotations

from zamaz.events.course import RuleApplied
from zamaz.events.flow import Seat
from zamaz.events.workflow import ParticipantJoined, ParticipantLeft, RoundStarted, RulingRequested, TurnRequested
from zamaz.testing import types

from workflow.running import (
    CHECK,
    COUNTER,
    FINAL,
    INITIAL,
    Tale,
    answered,
    assess,
    gate,
    judge,
    rule,
    running,
    seats,
    step,
)
from workflow.table import failed, open_turns, ruled

THREE = seats("ann", "bob", "eve")
RESERVES = (
    Seat(participant="nan", provider="cheap", model="nan-1"),
    Seat(participant="pro", provider="cheap", model="pro-1", role="expert"),
)
COMPLEX = rule("add_expert_participant", ("complexity", ">=", 3))


def joined(tale: Tale) -> list[tuple[str, str, str]]:
    return [(one.who.participant, one.who.role, one.replaces) for one in tale.all(ParticipantJoined)]


def test_a_complex_question_gets_an_expert_from_the_first_round_on():
    tale = assess(running(rules=(COMPLEX,), assess=True, reserves=RESERVES), "complex")
    assert joined(tale) == [("pro", "expert", "")]
    assert {turn.participant for turn in open_turns(tale)} == {"ann", "bob", "pro"}
    assert len(answered(tale).all(RulingRequested)[-1].turns) == 3


def test_the_rule_may_name_the_expert():
    named = rule("add_expert_participant", ("complexity", ">=", 3), target="nan")
    tale = running(rules=(named,), complexity="complex", reserves=RESERVES)
    assert joined(tale) == [("nan", "expert", "")]


def test_who_gave_a_seat_is_on_record():
    tale = running(rules=(COMPLEX,), complexity="complex", reserves=RESERVES)
    (one,) = tale.all(ParticipantJoined)
    assert (one.by, one.why, one.seat, one.since) == ("rule 1", "rule: complexity >= 3", 2, 1)


def test_an_expert_who_comes_after_a_round_is_asked_in_the_next():
    late = rule("add_expert_participant", ("score", "<", 0.5))
    tale = ruled(answered(running(INITIAL, COUNTER, CHECK, FINAL, rules=(late,), reserves=RESERVES), 2), 0.0)
    assert [one.round for one in tale.all(RoundStarted)] == [1, 2]
    assert {turn.participant for turn in open_turns(tale)} == {"ann", "bob", "pro"}


def test_without_a_reserve_or_a_step_that_is_left_nobody_comes_and_that_is_said():
    tale = running(rules=(COMPLEX,), complexity="complex")
    assert [one.void for one in tale.all(RuleApplied)] == ["there is no reserve that has no seat"]
    last = rule("add_expert_participant", ("rounds_left", "<=", 0))
    tale = ruled(answered(running(rules=(last,), max_rounds=1, reserves=RESERVES)), 0.0)
    assert [one.void for one in tale.all(RuleApplied)] == ["no step is left that it could take part in"]
    assert [turn.step for turn in open_turns(tale)] == ["final_decision"]


def test_a_rule_makes_no_thirteenth_who_argues():
    tale = running(rules=(COMPLEX,), complexity="complex", reserves=RESERVES, table=seats(*"abcdefghijkl"))
    assert joined(tale) == []
    assert [one.void for one in tale.all(RuleApplied)] == ["12 participants argue, and more cannot"]


def test_each_reserve_takes_one_seat():
    twice = rule("add_expert_participant", ("rounds", ">=", 1), most=3)
    tale = running(rules=(twice,), max_rounds=5, reserves=RESERVES)
    for _ in range(3):
        tale = ruled(answered(tale), 0.0)
    assert [name for name, *_ in joined(tale)] == ["pro", "nan"]
    assert tale.all(RuleApplied)[-1].void == "there is no reserve that has no seat"


def silenced(tale: Tale) -> Tale:
    """The first seat and whoever speaks for it refuse; the others answer."""
    while ours := [turn for turn in open_turns(tale) if turn.participant == "ann"]:
        tale = tale.when(failed(ours[0], "refused", retryable=False))
    return answered(tale)


def test_who_gave_no_answer_is_replaced_and_the_step_is_asked_of_the_other():
    instead = rule("fallback_participant", ("failures", ">", 0))
    tale = silenced(
        running(
            step("initial_arguments", max_retries=0), CHECK, FINAL, table=THREE, rules=(instead,), reserves=RESERVES
        )
    )
    assert joined(tale) == [("nan", "participant", "ann")]
    assert [one.participant for one in tale.all(ParticipantLeft)] == ["ann"]
    (turn,) = open_turns(tale)
    assert (turn.participant, turn.step, turn.follows) == ("nan", "initial_arguments", "ann")
    tale = answered(tale)
    assert turn.turn in tale.all(RulingRequested)[-1].turns


def test_nobody_is_replaced_where_all_have_answered():
    instead = rule("fallback_participant", ("rounds", ">=", 1))
    tale = ruled(answered(running(rules=(instead,), reserves=RESERVES)), 0.0)
    assert [one.void for one in tale.all(RuleApplied)] == ["nobody is without an answer"]


def test_a_gate_may_call_an_expert():
    late = gate("add_expert_participant")
    tale = judge(answered(running(INITIAL, COUNTER, CHECK, FINAL, gates=(late,), reserves=RESERVES)), met=False)
    assert joined(tale) == [("pro", "expert", "")]
    assert {turn.participant for turn in tale.all(TurnRequested) if turn.step == "counter_arguments"} == {
        "ann",
        "bob",
        "pro",
    }


def test_a_gate_that_finds_nobody_without_an_answer_replaces_nobody_later_either():
    instead = gate("fallback_participant")
    tale = judge(answered(running(INITIAL, COUNTER, CHECK, FINAL, gates=(instead,), reserves=RESERVES)), met=False)
    assert {turn.step for turn in open_turns(tale)} == {"counter_arguments"}
    assert joined(answered(tale)) == []
    tale = ruled(judge(answered(running(gates=(instead,), reserves=RESERVES)), met=False), 0.0)
    assert len(tale.all(RoundStarted)) == 2
    assert joined(answered(tale)) == []


def test_the_seat_follows_the_rule_at_once():
    tale = running(rules=(COMPLEX,), complexity="complex", reserves=RESERVES)
    assert types(heard.fact for heard in tale.facts)[1:5] == [
        "DebateStarted",
        "RuleApplied",
        "ParticipantJoined",
        "RoundStarted",
    ]
