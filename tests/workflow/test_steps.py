"""Who is asked in which step, in what order, and whose word is a position."""

from __future__ import annotations

from typing import Any

from msgspec.structs import replace

from zamaz.events.course import ShortfallNoted
from zamaz.events.debater import ArgumentPresented
from zamaz.events.flow import Conditions
from zamaz.events.workflow import DebateCompleted, RulingRequested, StepTimedOut, TurnRequested

from workflow.running import CHECK, COUNTER, FINAL, INITIAL, Tale, answered, running, seats, step
from workflow.table import answer, failed, open_turns, ruled

THREE = seats("ann", "bob", "eve")


def names(tale: Tale) -> list[tuple[str, str]]:
    return [(turn.step, turn.participant) for turn in open_turns(tale)]


def test_the_steps_of_a_round_are_taken_in_the_order_of_the_file():
    tale = running(INITIAL, step("clarification"), COUNTER, CHECK, FINAL)
    seen = []
    while not tale.all(RulingRequested):
        seen.append({turn.step for turn in open_turns(tale)})
        tale = answered(tale)
    assert seen == [{"initial_arguments"}, {"clarification"}, {"counter_arguments"}]


def test_initial_arguments_come_again_where_nothing_else_lets_the_panel_argue():
    tale = ruled(answered(running(INITIAL, step("moderation"), CHECK, FINAL)), 0.0)
    assert [turn.step for turn in open_turns(tale)] == ["initial_arguments", "initial_arguments"]


def test_one_after_the_other_sees_who_spoke_before_in_this_round():
    tale = running(step("initial_arguments", order="sequential"), CHECK, FINAL, table=THREE)
    assert [(turn.participant, turn.labels) for turn in open_turns(tale)] == [("ann", {})]
    tale = answered(tale)
    assert [(turn.participant, turn.labels) for turn in open_turns(tale)] == [("bob", {"A": "ann"})]
    tale = answered(tale)
    (third,) = open_turns(tale)
    assert (third.participant, third.labels) == ("eve", {"A": "ann", "B": "bob"})
    assert third.sees == len(tale.facts) - 1


def test_who_speaks_in_turns_shares_the_time_of_the_step():
    tale = running(step("initial_arguments", order="sequential"), CHECK, FINAL, table=THREE)
    tale = tale.later(40).when(answer(open_turns(tale)[0]))
    (second,) = open_turns(tale)
    assert second.deadline == tale.all(TurnRequested)[0].deadline
    tale = tale.later(20).then()
    assert tale.all(StepTimedOut)[0].turns == (second.turn,)
    assert "eve" not in [turn.participant for turn in tale.all(TurnRequested)]


def test_whose_turn_comes_when_the_time_of_the_step_is_over_is_not_asked_any_more():
    tale = running(step("initial_arguments", order="sequential"), CHECK, FINAL, table=THREE)
    late = tale.later(40).given(answer(open_turns(tale)[0])).later(21).then()
    (over,) = late.all(StepTimedOut)
    assert (over.step, len(over.turns)) == ("initial_arguments", 1)
    assert [turn.participant for turn in late.all(TurnRequested) if turn.round == 1] == ["ann"]


def test_a_seat_that_fails_does_not_keep_the_next_from_its_turn():
    tale = running(step("initial_arguments", order="sequential", max_retries=0), CHECK, FINAL, table=THREE)
    assert names(tale.when(failed(open_turns(tale)[0]))) == [("initial_arguments", "bob")]


def test_a_step_that_names_seats_is_for_those():
    tale = answered(running(INITIAL, step("custom", who=("bob",)), CHECK, FINAL, table=THREE))
    assert names(tale) == [("custom", "bob")]


def test_a_step_whose_names_have_no_seat_is_for_whom_its_type_is():
    tale = answered(running(INITIAL, step("custom", who=("claude",)), CHECK, FINAL))
    assert names(tale) == [("custom", "ann"), ("custom", "bob")]


def test_experts_review_and_their_review_is_their_position():
    table = seats("ann", "bob", eve="expert")
    tale = answered(running(INITIAL, step("expert_review"), CHECK, FINAL, table=table))
    assert names(tale) == [("expert_review", "eve")]
    (review,) = open_turns(tale)
    tale = tale.when(answer(review, "Split it in two."))
    (ask,) = tale.all(RulingRequested)
    assert review.turn in ask.turns
    assert len(ask.turns) == 3


def test_a_step_for_a_role_that_nobody_has_is_passed_over():
    tale = answered(running(INITIAL, step("expert_review"), step("moderation"), CHECK, FINAL))
    assert len(tale.all(RulingRequested)) == 1


def test_a_moderator_speaks_but_holds_no_position():
    table = seats("ann", "bob", mod="moderator")
    tale = running(INITIAL, step("moderation"), CHECK, FINAL, table=table)
    assert "mod" not in [turn.participant for turn in open_turns(tale)]
    tale = answered(tale)
    (moderating,) = open_turns(tale)
    assert (moderating.participant, moderating.role, moderating.labels) == (
        "mod",
        "moderator",
        {"A": "ann", "B": "bob"},
    )
    (ask,) = answered(tale).all(RulingRequested)
    assert len(ask.turns) == 2
    assert moderating.turn not in ask.turns


def test_an_observer_is_asked_nothing_and_counted_nowhere():
    tale = running(table=seats("ann", "bob", obs="observer"))
    assert {turn.participant for turn in open_turns(tale)} == {"ann", "bob"}
    tale = answered(ruled(answered(tale), 1.0)).later(3).then()
    (done,) = tale.all(DebateCompleted)
    assert not done.partial


def test_one_of_the_panel_argues_against_it_and_its_own_position_stands():
    tale = answered(running(INITIAL, step("devils_advocate"), CHECK, FINAL, table=THREE))
    (against,) = open_turns(tale)
    assert (against.participant, against.role) == ("ann", "devils_advocate")
    tale = tale.when(answer(against, "Never split it."))
    (ask,) = tale.all(RulingRequested)
    assert against.turn not in ask.turns
    assert len(ask.turns) == 3


def test_each_round_another_argues_against():
    tale = ruled(answered(running(INITIAL, step("devils_advocate"), COUNTER, CHECK, FINAL), 3), 0.0)
    assert names(tale) == [("devils_advocate", "bob")]


def test_a_devils_advocate_by_role_argues_with_the_panel_and_has_no_vote():
    table = seats("ann", "bob", dev="devils_advocate")
    tale = running(table=table)
    assert len(open_turns(tale)) == 3
    (ask,) = answered(tale).all(RulingRequested)
    assert len(ask.turns) == 2


def test_the_synthesis_stands_between_the_arguing_and_the_decision():
    tale = ruled(answered(running(INITIAL, CHECK, step("synthesis"), FINAL)), 1.0)
    assert names(tale) == [("synthesis", "ann")]
    tale = answered(tale)
    assert names(tale) == [("final_decision", "ann")]
    (done,) = answered(tale).later(3).then().all(DebateCompleted)
    assert not done.partial


def test_a_moderator_makes_the_synthesis_and_a_failed_one_holds_nothing_up():
    table = seats("ann", "bob", mod="moderator")
    tale = ruled(answered(running(INITIAL, CHECK, step("synthesis", max_retries=0), FINAL, table=table)), 1.0)
    assert names(tale) == [("synthesis", "mod")]
    assert names(tale.when(failed(open_turns(tale)[0]))) == [("final_decision", "ann")]


def test_a_threshold_of_the_check_itself_counts():
    tale = ruled(answered(running(INITIAL, step("consensus_check", threshold=0.4), FINAL)), 0.5)
    assert names(tale) == [("final_decision", "ann")]


# Conditions

LONG = Conditions(min_length=30, sections=("Risks",))
SHORT_OF = "the argument has 11 characters, and at least 30 are wanted; it has no heading 'Risks'"
WELL = "I argue for it.\n\n## Risks\nNone that we could not bear."


def shortened(**more: Any) -> Tale:
    return running(step("initial_arguments", conditions=LONG, **more), CHECK, FINAL)


def test_an_answer_that_lacks_something_is_asked_for_again_and_told_what():
    tale = shortened()
    first = open_turns(tale)[0]
    tale = tale.when(answer(first))
    repair = tale.all(TurnRequested)[-1]
    assert (repair.retries, repair.attempt, repair.revise) == (first.turn, 1, SHORT_OF)
    assert (repair.sees, repair.labels, repair.deadline) == (first.sees, first.labels, first.deadline)


def well(turn: TurnRequested) -> ArgumentPresented:
    return replace(answer(turn, "Better."), argument=WELL)


def test_the_repaired_answer_counts():
    tale = shortened()
    for turn in open_turns(tale):
        tale = tale.when(answer(turn))
    repairs = open_turns(tale)
    for turn in repairs:
        tale = tale.when(well(turn))
    (ask,) = tale.all(RulingRequested)
    assert ask.turns == tuple(turn.turn for turn in repairs)
    assert tale.all(ShortfallNoted) == []


def test_after_the_last_repair_it_is_kept_and_noted():
    tale = answered(shortened(), 2)
    noted = tale.all(ShortfallNoted)
    assert [note.participant for note in noted] == ["ann", "bob"]
    assert "; ".join(noted[0].missing) == SHORT_OF
    (ask,) = tale.all(RulingRequested)
    assert len(ask.turns) == 2


def test_without_retries_it_is_noted_at_once():
    assert len(answered(shortened(max_retries=0)).all(ShortfallNoted)) == 2


def test_a_repair_that_fails_leaves_the_first_answer_standing():
    tale = shortened()
    first = open_turns(tale)
    for turn in first:
        tale = tale.when(answer(turn))
    for turn in open_turns(tale):
        tale = tale.when(failed(turn, "refused", retryable=False))
    (ask,) = tale.all(RulingRequested)
    assert ask.turns == tuple(turn.turn for turn in first)
    assert len(tale.all(ShortfallNoted)) == 2


def test_a_repair_that_runs_out_of_time_leaves_the_first_answer_standing():
    tale = shortened()
    first = open_turns(tale)
    for turn in first:
        tale = tale.when(answer(turn))
    tale = tale.later(61).then()
    assert len(tale.all(StepTimedOut)) == 1
    assert tale.all(RulingRequested)[-1].turns == tuple(turn.turn for turn in first)
