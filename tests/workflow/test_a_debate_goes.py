from __future__ import annotations

from decimal import Decimal

from zamaz.events.cost import CallPriced, DebateBilled
from zamaz.events.workflow import (
    ConsensusReached,
    DebateCompleted,
    DebateStarted,
    DecisionMade,
    RoundStarted,
    RulingRequested,
    TurnRequested,
)
from zamaz.testing import types

from workflow.table import all_answer, answer, asked, open_turns, ruled

BILL = DebateBilled(cost_usd=Decimal("0.5"), calls=3)


def test_a_request_starts_a_round_and_asks_every_seat_at_once():
    tale = asked()
    assert types(f.fact for f in tale.facts) == [
        "DebateRequested", "DebateStarted", "RoundStarted", "TurnRequested", "TurnRequested",
    ]  # fmt: skip
    assert [turn.participant for turn in open_turns(tale)] == ["opus", "mini"]


def test_the_first_round_is_blind():
    assert [(turn.sees, turn.labels) for turn in open_turns(asked())] == [(0, {}), (0, {})]


def test_nothing_is_said_while_one_seat_still_thinks():
    tale = asked()
    tale = tale.given(answer(open_turns(tale)[0]))
    assert tale.said() == []


def test_when_all_have_spoken_the_orchestrator_is_asked():
    tale = all_answer(asked())
    (wanted,) = tale.all(RulingRequested)
    assert wanted.kind == "consensus"
    assert len(wanted.turns) == 2


def test_a_second_round_sees_the_others_under_neutral_labels():
    tale = ruled(all_answer(asked()), 0.0)
    assert [r.round for r in tale.all(RoundStarted)] == [1, 2]
    second = open_turns(tale)
    assert [turn.labels for turn in second] == [{"B": "mini"}, {"A": "opus"}]
    assert all(turn.sees >= 7 for turn in second)


def test_consensus_leads_to_the_final_turn_of_the_first_seat():
    tale = ruled(all_answer(asked()), 1.0)
    assert len(tale.all(ConsensusReached)) == 1
    (final,) = open_turns(tale)
    assert (final.step, final.participant, final.labels) == ("final_decision", "opus", {"A": "opus", "B": "mini"})


def test_a_score_below_the_threshold_is_no_consensus():
    assert ruled(all_answer(asked()), 0.74).all(ConsensusReached) == []


def test_consensus_before_min_rounds_does_not_count():
    tale = asked(workflow="with_counter")
    tale = ruled(all_answer(all_answer(tale)), 1.0)
    assert tale.all(ConsensusReached) == []
    assert [r.round for r in tale.all(RoundStarted)] == [1, 2]


def test_later_rounds_leave_initial_arguments_out_where_there_are_others():
    tale = ruled(all_answer(all_answer(asked(workflow="with_counter"))), 0.0)
    assert {turn.step for turn in open_turns(tale)} == {"counter_arguments"}


def test_the_definition_names_who_decides():
    tale = asked(workflow="with_counter")
    tale = ruled(all_answer(all_answer(tale)), 0.0)
    tale = ruled(all_answer(tale), 1.0)
    assert [turn.participant for turn in open_turns(tale)] == ["mini"]


def test_the_decision_waits_for_its_bill_and_then_completes():
    tale = all_answer(ruled(all_answer(asked()), 1.0), on_others={"A": "agree", "B": "partly"}, verdict="adopt")
    assert len(tale.all(DecisionMade)) == 1
    assert tale.all(DebateCompleted) == []
    (done,) = tale.when(BILL).all(DebateCompleted)
    assert (done.consensus, done.stop_reason, done.winner, done.partial) == (True, "consensus", "opus", False)
    assert (done.cost_usd, done.cost_final, done.rounds) == (Decimal("0.5"), True, 1)
    assert done.topic == "Split it?"


def test_a_missing_bill_is_waited_for_two_seconds():
    tale = all_answer(ruled(all_answer(asked()), 1.0))
    first = tale.all(TurnRequested)[0]
    price = CallPriced(call=f"{first.turn}-1", provider="p", model="m", amount_usd=Decimal("0.2"), basis="usage")
    tale = tale.given(price).later(1.9)
    assert tale.said() == []
    (done,) = tale.later(0.2).then().all(DebateCompleted)
    assert (done.cost_usd, done.cost_final) == (Decimal("0.2"), False)


def test_without_consensus_the_rounds_end_the_debate_and_dissent_is_named():
    tale = ruled(all_answer(ruled(all_answer(asked()), 0.0)), 0.0)
    tale = all_answer(tale, on_others={"A": "agree", "B": "disagree"}).when(BILL)
    (done,) = tale.all(DebateCompleted)
    assert (done.consensus, done.stop_reason, done.rounds) == (False, "rounds", 2)
    assert [(d.participant, d.position) for d in done.dissent] == [("mini", "Split it.")]


def test_with_options_the_seat_that_alone_chose_the_decision_wins():
    tale = asked(options=("split", "keep"))
    for _ in range(2):
        opus, mini = open_turns(tale)
        tale = ruled(tale.when(answer(opus, choice="split"), answer(mini, choice="keep")), 0.0)
    (final,) = open_turns(tale)
    (done,) = tale.when(answer(final, choice="keep"), BILL).all(DebateCompleted)
    assert done.winner == "mini"
    assert [d.participant for d in done.dissent] == ["opus"]


def test_a_direct_answer_is_one_turn_and_no_round():
    tale = asked(workflow="direct")
    (turn,) = open_turns(tale)
    assert (turn.step, turn.labels) == ("final_decision", {})
    (done,) = tale.when(answer(turn), BILL).all(DebateCompleted)
    assert (done.rounds, done.decision_type, done.decision, done.partial) == (0, "SIMPLE", "Split it.", False)


def test_what_runs_is_recorded_resolved():
    (start,) = asked().all(DebateStarted)
    assert start.seats[0].model == "opus-1"
    assert start.seats[0].max_output_tokens == 100
    assert [r.model for r in start.reserves] == ["nano-1"]
    assert start.ladder["consensus"][0].rung == "rules"
    assert len(start.prompts["system"]) == 64
    assert len(start.flow_digest) == 64
