"""Who comes or goes while a round is under way: a step that the round has passed is put to nobody else."""

from __future__ import annotations

from zamaz.events.client import ParticipantDismissed, ParticipantInvited
from zamaz.events.flow import Adaptation
from zamaz.events.workflow import ParticipantJoined, ParticipantLeft

from workflow.running import (
    CHECK,
    COUNTER,
    FINAL,
    INITIAL,
    Tale,
    advise,
    answered,
    gate,
    judge,
    rule,
    running,
    seats,
    step,
    wanted,
)
from workflow.table import failed, open_turns, ruled
from workflow.test_advice import GAVE_IN

THREE = seats("ann", "bob", "carl")
AGAINST = step("devils_advocate")
GATE = gate("require_revision")


def asked(tale: Tale) -> list[tuple[str, str]]:
    return [(turn.step, turn.participant) for turn in open_turns(tale)]


def dismissed(tale: Tale, who: str) -> Tale:
    return tale.when(ParticipantDismissed(dismissal="x1", participant=who))


def invited(tale: Tale, **more: str) -> Tale:
    tale = tale.when(ParticipantInvited(invite="i1", model="opus", name="dora", **more))
    assert tale.all(ParticipantJoined)
    return tale


def test_a_newcomer_is_not_asked_a_clarification_that_stands_before_its_first_step():
    unclear = gate("request_clarification")
    tale = answered(running(INITIAL, COUNTER, step("custom"), CHECK, FINAL, gates=(unclear,)))
    tale = answered(judge(tale, met=False))
    assert asked(invited(tale)) == [("counter_arguments", "ann"), ("counter_arguments", "bob")]
    assert ("custom", "dora") in asked(answered(invited(tale)))


def test_who_takes_over_a_seat_is_asked_the_clarification_where_that_is_the_newest_step():
    unclear = rule("request_clarification", ("failures", ">=", 1))
    tale = running(INITIAL, COUNTER, CHECK, FINAL, rules=(unclear,))
    tale = answered(tale.when(failed(open_turns(tale)[1], "refused", retryable=False)))
    tale = invited(tale, replaces="bob")
    (mine,) = [turn for turn in open_turns(tale) if turn.participant == "dora"]
    assert (mine.step[:13], mine.follows) == ("clarification", "bob")


def test_a_devils_advocate_who_comes_after_the_one_that_was_put_in_speaks_in_the_next_round():
    watched = Adaptation(on_sycophancy="devils_advocate")
    tale = running(INITIAL, COUNTER, step("custom"), CHECK, FINAL, adaptation=watched, max_rounds=3)
    tale = answered(advise(ruled(answered(tale, 3), 0.25), "continue", GAVE_IN))
    assert {kind for kind, _ in asked(tale)} == {"counter_arguments"}
    assert "dora" not in {who for _, who in asked(invited(tale, role="devils_advocate"))}


def test_once_the_case_against_was_made_nobody_makes_it_for_one_who_goes():
    tale = answered(running(INITIAL, AGAINST, COUNTER, CHECK, FINAL, table=THREE))
    assert asked(tale) == [("devils_advocate", "ann")]
    tale = dismissed(answered(tale), "ann")
    assert {kind for kind, _ in asked(tale)} == {"counter_arguments"}


def test_a_case_that_was_never_made_is_not_made_up_for_once_the_round_has_gone_on():
    tale = answered(running(INITIAL, AGAINST, COUNTER, CHECK, FINAL, table=THREE))
    tale = tale.when(failed(open_turns(tale)[0], "refused", retryable=False))
    assert {kind for kind, _ in asked(dismissed(tale, "ann"))} == {"counter_arguments"}


def test_who_goes_before_making_it_leaves_it_to_another():
    tale = answered(running(INITIAL, AGAINST, COUNTER, CHECK, FINAL, table=THREE))
    tale = tale.when(failed(open_turns(tale)[0], "auth", retryable=False))
    assert [kind for kind, _ in asked(tale)] == ["devils_advocate"]


def test_a_gate_behind_a_step_that_is_passed_stays_closed_when_one_of_its_speakers_goes():
    tale = judge(answered(running(INITIAL, COUNTER, CHECK, FINAL, gates=(GATE,), table=THREE)), met=True)
    tale = dismissed(tale, "bob")
    assert {kind for kind, _ in asked(tale)} == {"counter_arguments"}
    assert wanted(tale, "quality") == []
    tale = running(INITIAL, COUNTER, CHECK, FINAL, gates=(GATE,), table=THREE)
    tale = judge(answered(tale), met=True)
    tale = tale.when(failed(open_turns(tale)[0], "auth", retryable=False))
    assert len(tale.all(ParticipantLeft)) == 1
    assert wanted(tale, "quality") == []


def test_a_gate_that_is_still_open_asks_about_those_who_are_left():
    tale = dismissed(answered(running(INITIAL, COUNTER, CHECK, FINAL, gates=(GATE,), table=THREE)), "bob")
    first, second = wanted(tale, "quality")
    assert (len(first.turns), len(second.turns)) == (3, 2)
