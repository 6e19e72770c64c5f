"""Debates that a vote decides: who is asked, what is adopted, and what becomes of a vote that adopts nothing."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal
from typing import Any

import pytest
from msgspec.structs import replace as replaced

from zamaz.definition import WorkflowFile, parse
from zamaz.definition.explain import calls, plan_of
from zamaz.events.client import DebateRequested
from zamaz.events.cost import DebateBilled
from zamaz.events.orchestration import ConsensusAssessed, HeldPosition
from zamaz.events.voting import Tally
from zamaz.events.workflow import (
    DebateCompleted,
    DebateFailed,
    DebateRejected,
    DebateStarted,
    DecisionMade,
    ParticipantLeft,
    RoundStarted,
    RulingRequested,
    TurnRequested,
    VotesCounted,
)
from zamaz.testing import Story, types
from zamaz_workflow.debate import Debate
from zamaz_workflow.seating import World

from workflow.table import answer, catalog, failed, open_turns, ruled, story

BILL = DebateBilled(cost_usd=Decimal(0), calls=1)
PLAIN = "{type: initial_arguments, max_retries: 0, timeout: 60s}, {type: final_decision, max_retries: 0}"
BALLOT = PLAIN.replace("{type: final", "{type: vote, max_retries: 0, timeout: 30s}, {type: final")
CHECKED = PLAIN.replace("{type: final", "{type: consensus_check}, {type: final")
FOUR = "[opus, mini, nano, {model: nano, name: tiny}]"
JUDGED = "[opus, mini, nano, {model: nano, name: solomon, role: judge}]"
OPTIONS = ("split", "keep")
Tale = Story[Debate, World]


def asked(protocol: str, steps: str = PLAIN, seats: str = "[opus, mini, nano]", rounds: int = 1, **more: Any) -> Tale:
    text = f"id: v\nparticipants: {seats}\nconfig: {{max_rounds: {rounds}, protocol: {protocol}}}\nsteps: [{steps}]"
    known = catalog()
    known = replace(known, workflows={**known.workflows, "v": parse(text, WorkflowFile, "v.yaml")})
    tale = story()
    tale = replace(tale, world=replace(tale.world, catalog=known))
    return tale.when(DebateRequested(question="Split it?", workflow="v", **more))


def choose(tale: Tale, *choices: str, **more: Any) -> Tale:
    """Each open turn argues for a choice, in the order of the seats."""
    for turn, choice in zip(open_turns(tale), choices, strict=True):
        said = (
            more.pop("confidence", 0.5) if not isinstance(more.get("confidence"), list) else more["confidence"].pop(0)
        )
        tale = tale.when(answer(turn, f"Let us {choice}.", choice=choice or None, verdict="adopt", confidence=said))
    return tale


def tally_of(tale: Tale) -> Tally:
    return tale.all(VotesCounted)[-1].tally  # type: ignore[no-any-return]


def ends(tale: Tale) -> DebateCompleted:
    (done,) = tale.when(BILL).all(DebateCompleted)
    assert isinstance(done, DebateCompleted)
    return done


def assessed(tale: Tale, score: float, *groups: int) -> Tale:
    """The orchestrator groups the positions of the newest ruling."""
    wanted: RulingRequested = tale.all(RulingRequested)[-1]
    held = [tale.state.answers[turn] for turn in wanted.turns]
    positions = tuple(
        HeldPosition(participant=a.participant, position=a.position or "", group=g)
        for a, g in zip(held, groups, strict=True)
    )
    return tale.when(
        ConsensusAssessed(
            ruling=wanted.ruling, round=wanted.round, agreement="none", score=score, positions=positions,
            rung="rules", confidence=1.0, inputs_digest="x", latency_ms=0,
        )
    )  # fmt: skip


def test_a_majority_adopts_an_option_and_the_first_seat_words_it():
    tale = choose(asked("majority", options=OPTIONS), "split", "keep", "split")
    (final,) = open_turns(tale)
    assert (final.participant, final.step, final.adopted) == ("opus", "final_decision", "split")
    done = ends(tale.when(answer(final, "Split it by March.", choice="split")))
    assert (done.decision, done.choice, done.stop_reason, done.partial) == (
        "Split it by March.",
        "split",
        "rounds",
        False,
    )
    assert done.stop_detail == "majority: 2 of 3 votes, more than half needed"
    assert done.tally is not None
    assert done.tally.adopted == "split"
    assert [(d.participant, d.position, d.choice, d.why) for d in done.dissent] == [
        ("mini", "Let us keep.", "keep", "mini argues.")
    ]
    assert (done.consensus, done.winner) == (False, "")


def test_the_seat_that_alone_argued_for_what_the_vote_adopts_is_the_winner():
    tale = choose(asked("majority", BALLOT, options=OPTIONS), "keep", "keep", "split")
    for turn in open_turns(tale):
        tale = tale.when(answer(turn, "split", choice="split"))
    assert ends(tale.when(answer(open_turns(tale)[0], choice="split"))).winner == "nano"


def test_a_tie_without_a_rule_adopts_nothing_and_the_debate_fails_with_its_count():
    tale = choose(asked("majority", seats=FOUR, options=OPTIONS), "split", "keep", "split", "keep")
    (end,) = tale.all(DebateFailed)
    assert (end.stop_reason, end.tally.outcome, tale.all(DecisionMade)) == ("rounds", "tie", [])
    assert "majority: a tie of 2 at 2 of 4 votes" in end.why


def test_a_tie_is_broken_by_the_first_seat_that_voted_for_one_of_the_tied():
    tale = choose(
        asked("{name: majority, tie: first_seat}", seats=FOUR, options=OPTIONS), "split", "keep", "split", "keep"
    )
    assert (tally_of(tale).adopted, tally_of(tale).decided_by) == ("split", "opus")
    assert open_turns(tale)[0].adopted == "split"


def test_a_tie_is_argued_for_one_round_more_and_no_second():
    tied = "split", "keep", "split", "keep"
    tale = choose(asked("{name: majority, tie: another_round}", seats=FOUR, options=OPTIONS), *tied)
    assert [r.round for r in tale.all(RoundStarted)] == [1, 2]
    again = choose(tale, *tied)
    assert [v.round for v in again.all(VotesCounted)] == [1, 2]
    assert types(again.all(DebateFailed)) == ["DebateFailed"]
    settled = choose(tale, "split", "split", "split", "keep")
    assert (tally_of(settled).adopted, settled.all(DebateFailed)) == ("split", [])


def test_a_tie_goes_to_the_judge_who_has_taken_no_part_before():
    seats = f"{FOUR[:-1]}, {{model: nano, name: solomon, role: judge}}]"
    tale = asked("{name: majority, tie: judge}", seats=seats, options=OPTIONS)
    assert [turn.participant for turn in open_turns(tale)] == ["opus", "mini", "nano", "tiny"]
    tale = choose(tale, "split", "keep", "split", "keep")
    (judging,) = open_turns(tale)
    assert (judging.participant, judging.choices) == ("solomon", ("split", "keep"))
    assert list(judging.labels.values()) == ["opus", "mini", "nano", "tiny"]
    done = ends(tale.when(answer(judging, "Keep it, and measure.", choice="keep")))
    assert (done.decision, done.choice, done.partial) == ("Keep it, and measure.", "keep", False)
    assert done.tally is not None
    assert (done.tally.decided_by, done.tally.seats) == ("solomon", 4)
    assert [d.participant for d in done.dissent] == ["opus", "nano"]


def test_a_judge_who_says_nothing_leaves_a_tie_as_it_is():
    tale = choose(asked("{name: majority, tie: judge}", seats=JUDGED, options=OPTIONS), "split", "keep", "")
    tale = tale.when(failed(open_turns(tale)[0], "refused", retryable=False))
    (end,) = tale.all(DebateFailed)
    assert "the judge gave no ruling" in end.why
    assert "refused happened" in end.why


def test_without_a_quorum_nothing_is_decided():
    tale = asked("majority", options=OPTIONS)
    opus, mini, nano = open_turns(tale)
    tale = tale.when(answer(opus, choice="split"))
    tale = tale.when(failed(mini, "refused", retryable=False)).when(failed(nano, "timeout", retryable=False))
    (end,) = tale.all(DebateFailed)
    assert (end.stop_reason, end.tally.outcome, end.tally.cast, end.tally.absent) == ("failure", "no_quorum", 1, 2)
    assert "1 of 3 seats took part and it takes 2" in end.why
    assert "refused happened" in end.why


def test_an_abstention_makes_the_quorum_and_an_absence_makes_the_result_partial():
    tale = asked("majority", seats=FOUR, options=OPTIONS)
    opus, mini, nano, tiny = open_turns(tale)
    tale = tale.when(answer(opus, choice="split"), answer(mini, "I cannot say."), answer(nano, choice="split"))
    tale = tale.when(answer(tiny, None, unparsed="no block"))
    tally = tally_of(tale)
    assert (tally.adopted, tally.cast, tally.abstained, tally.absent) == ("split", 2, 1, 1)
    assert [(b.participant, b.state) for b in tally.ballots[1:]] == [
        ("mini", "abstained"), ("nano", "cast"), ("tiny", "unparsed"),
    ]  # fmt: skip
    done = ends(tale.when(answer(open_turns(tale)[0], choice="split")))
    assert done.partial
    assert "(1 abstained, 1 absent)" in done.summary


@pytest.mark.parametrize(
    ("kind", "state"), [("refused", "refused"), ("timeout", "timed_out"), ("provider_error", "failed")]
)
def test_why_a_seat_is_absent_is_told_apart(kind: str, state: str):
    tale = asked("majority", options=OPTIONS)
    opus, mini, nano = open_turns(tale)
    tale = tale.when(failed(opus, kind, retryable=False), answer(mini, choice="keep"), answer(nano, choice="keep"))
    assert tally_of(tale).ballots[0].state == state


def test_a_seat_that_is_out_of_time_and_one_that_has_left_are_no_votes():
    tale = asked("majority", seats=FOUR, options=OPTIONS)
    opus, mini, nano, tiny = open_turns(tale)
    tale = tale.when(answer(opus, choice="keep"), answer(nano, choice="keep"))
    tale = tale.when(failed(mini, "auth", retryable=False)).later(61).then()
    assert [left.participant for left in tale.all(ParticipantLeft)] == ["mini"]
    assert [b.state for b in tally_of(tale).ballots] == ["cast", "failed", "cast", "timed_out"]
    assert tiny.turn in tale.state.given_up


def test_a_position_of_an_earlier_round_is_no_vote_in_the_last():
    tale = choose(asked("majority", rounds=2, options=OPTIONS), "split", "split", "keep")
    opus, mini, nano = open_turns(tale)
    tale = tale.when(answer(mini, choice="keep"), answer(nano, choice="keep"), failed(opus, retryable=False))
    assert (tally_of(tale).adopted, tally_of(tale).ballots[0].state) == ("keep", "failed")


def test_without_options_the_groups_of_the_last_ruling_are_voted_for():
    tale = choose(asked("majority", CHECKED), "grow", "expand", "shrink")
    tale = assessed(tale, 0.3, 0, 0, 1)
    assert (tally_of(tale).adopted, tally_of(tale).dissent) == ("Let us grow.", ("nano",))
    (final,) = open_turns(tale)
    done = ends(tale.when(answer(final, "Grow, then look.", on_others={"A": "agree", "C": "disagree"})))
    assert done.stop_detail == "no consensus after 1 of 1 rounds; majority: 2 of 3 votes, more than half needed"
    assert [d.participant for d in done.dissent] == ["nano"]


def test_where_nobody_grouped_them_only_the_same_words_are_the_same_position():
    tale = asked("majority")
    for turn, words in zip(open_turns(tale), ("Split it.", "split  it", "Keep it."), strict=True):
        tale = tale.when(answer(turn, words))
    assert [c.votes for c in tally_of(tale).counts] == [2, 1]


def test_a_consensus_needs_no_vote():
    tale = ruled(choose(asked("supermajority", CHECKED, options=OPTIONS), "split", "split", "split"), 1.0)
    done = ends(tale.when(answer(open_turns(tale)[0], choice="split")))
    assert (done.stop_reason, done.consensus, done.tally, tale.all(VotesCounted)) == ("consensus", True, None, [])


@pytest.mark.parametrize(
    ("protocol", "choices", "adopted"),
    [
        ("supermajority", ("split", "split", "keep"), "split"),
        ("{name: supermajority, threshold: 3/4}", ("split", "split", "keep"), ""),
        ("unanimity", ("split", "split", "split"), "split"),
        ("unanimity", ("split", "split", "keep"), ""),
    ],
)
def test_what_falls_short_of_its_share_is_not_decided(protocol: str, choices: tuple[str, ...], adopted: str):
    tale = choose(asked(protocol, options=OPTIONS), *choices)
    assert tally_of(tale).adopted == adopted
    assert bool(tale.all(DebateFailed)) != bool(adopted)


def test_one_who_is_sure_outweighs_two_who_are_not():
    tale = choose(asked("confidence_weighted", options=OPTIONS), "split", "keep", "keep", confidence=[0.9, 0.2, 0.3])
    assert (tally_of(tale).adopted, tally_of(tale).dissent) == ("split", ("mini", "nano"))


def test_every_seat_votes_at_once_and_sees_the_arguments_and_no_ballot():
    tale = choose(asked("ranked", BALLOT, options=("split", "keep", "wait")), "split", "keep", "wait")
    ballots = open_turns(tale)
    assert [(turn.participant, turn.step) for turn in ballots] == [("opus", "vote"), ("mini", "vote"), ("nano", "vote")]
    assert {turn.sees for turn in ballots} == {ballots[0].sees}
    assert all(turn.choices == ("split", "keep", "wait") for turn in ballots)
    assert ballots[0].labels == {"A": "opus", "B": "mini", "C": "nano"}


def test_a_ranked_vote_adopts_the_compromise():
    tale = choose(asked("ranked", BALLOT, options=("split", "keep", "wait")), "split", "keep", "wait")
    rankings = ("split", "wait", "keep"), ("keep", "wait", "split"), ("wait",)
    for turn, ranking in zip(open_turns(tale), rankings, strict=True):
        tale = tale.when(answer(turn, " > ".join(ranking), ranking=ranking))
    assert {c.option: c.votes for c in tally_of(tale).counts} == {"wait": 4, "split": 2.5, "keep": 2.5}
    assert tally_of(tale).adopted == "wait"


@pytest.mark.parametrize(
    ("approved", "adopted", "abstained", "dissent"),
    [
        ([("split", "keep"), ("keep",), ("split",)], "", 0, ()),
        ([("split", "keep"), ("keep",), ()], "keep", 1, ()),
        ([("split", "keep"), ("keep",), ("split", "keep")], "keep", 0, ()),
        ([("split",), ("keep",), ("split", "keep"), ("split",)], "split", 0, ("mini",)),
    ],
)
def test_an_approval_vote_adopts_what_most_could_live_with(
    approved: list[tuple[str, ...]], adopted: str, abstained: int, dissent: tuple[str, ...]
):
    seats = FOUR if len(approved) == 4 else "[opus, mini, nano]"
    tale = choose(asked("approval", BALLOT, seats=seats, options=OPTIONS), *("split",) * len(approved))
    for turn, names in zip(open_turns(tale), approved, strict=True):
        tale = tale.when(answer(turn, ", ".join(names) or "abstain", approvals=names))
    assert (tally_of(tale).adopted, tally_of(tale).abstained, tally_of(tale).dissent) == (adopted, abstained, dissent)


def test_dissent_gives_the_reason_of_the_ballot():
    tale = choose(asked("majority", BALLOT, options=OPTIONS), "split", "split", "split")
    for turn, choice in zip(open_turns(tale), ("split", "keep", "split"), strict=True):
        tale = tale.when(replaced(answer(turn, choice, choice=choice), argument=f"I vote to {choice}."))
    done = ends(tale.when(answer(open_turns(tale)[0], choice="split")))
    assert [(d.participant, d.position, d.choice, d.why) for d in done.dissent] == [
        ("mini", "keep", "keep", "I vote to keep.")
    ]


def test_votes_on_positions_are_votes_for_letters():
    steps = BALLOT.replace("{type: vote", "{type: consensus_check}, {type: vote")
    tale = assessed(choose(asked("majority", steps), "grow", "shrink", "expand"), 0.2, 0, 1, 0)
    ballots = open_turns(tale)
    assert [(turn.labels, turn.choices) for turn in ballots] == [({"A": "opus", "B": "mini"}, ("A", "B"))] * 3
    for turn, letter in zip(ballots, "BBA", strict=True):
        tale = tale.when(answer(turn, letter, choice=letter))
    assert (tally_of(tale).adopted, tally_of(tale).dissent) == ("Let us shrink.", ("nano",))
    assert open_turns(tale)[0].adopted == "Let us shrink."


def test_who_argued_and_did_not_vote_has_no_vote():
    tale = choose(asked("majority", BALLOT, options=OPTIONS), "split", "split", "split")
    opus, mini, nano = open_turns(tale)
    tale = tale.when(answer(opus, "keep", choice="keep"), answer(mini, "abstain")).later(31).then()
    tally = tally_of(tale)
    assert [b.state for b in tally.ballots] == ["cast", "abstained", "timed_out"]
    assert tally.adopted == "keep"
    assert nano.turn in tale.state.given_up
    done = ends(tale.when(answer(open_turns(tale)[-1], choice="keep")))
    assert done.partial, "all have argued, and one vote is missing"


def test_a_ruling_that_comes_after_its_time_groups_nothing():
    steps = BALLOT.replace("{type: vote", "{type: consensus_check, timeout: 10s}, {type: vote")
    tale = choose(asked("majority", steps), "grow", "expand", "shrink").later(11).then()
    assert [turn.choices for turn in open_turns(tale)] == [("A", "B", "C")] * 3
    tale = assessed(tale, 1.0, 0, 0, 0)
    for turn, letter in zip(open_turns(tale), "ABC", strict=True):
        tale = tale.when(answer(turn, letter, choice=letter))
    assert [c.votes for c in tally_of(tale).counts] == [1, 1, 1]


def test_ballots_that_are_paid_for_are_waited_for_although_seats_have_left():
    tale = choose(asked("majority", BALLOT, options=OPTIONS), "split", "split", "split")
    opus, mini, nano = open_turns(tale)
    tale = tale.when(failed(opus, "auth", retryable=False), failed(mini, "not_found", retryable=False))
    assert len(tale.all(ParticipantLeft)) == 2
    assert tale.all(VotesCounted) == []
    (end,) = tale.when(answer(nano, "split", choice="split")).all(DebateFailed)
    assert end.tally.outcome == "no_quorum"


def test_without_the_deciding_turn_the_adopted_position_is_the_decision_and_partial():
    tale = choose(asked("majority", options=OPTIONS), "split", "keep", "split", confidence=[0.4, 0.9, 0.8])
    tale = tale.when(failed(open_turns(tale)[0], "refused", retryable=False))
    done = ends(tale)
    assert (done.decision, done.choice, done.partial, done.rationale) == (
        "Let us split.",
        "split",
        True,
        "nano argues.",
    )


def test_a_deciding_turn_that_decides_something_else_is_not_taken():
    tale = choose(asked("majority", options=OPTIONS), "split", "keep", "split")
    done = ends(tale.when(answer(open_turns(tale)[0], "Keep it after all.", choice="keep")))
    assert (done.decision, done.choice, done.partial) == ("Let us split.", "split", True)


def test_what_nobody_argued_for_is_decided_in_the_options_own_words():
    tale = choose(asked("ranked", BALLOT, options=("split", "keep", "wait")), "split", "keep", "split")
    for turn in open_turns(tale):
        tale = tale.when(answer(turn, "wait > keep", ranking=("wait", "keep")))
    done = ends(tale.when(failed(open_turns(tale)[0], "refused", retryable=False)))
    assert (done.decision, done.choice, done.winner, done.partial) == ("wait", "wait", "", True)


def test_at_the_debates_deadline_the_positions_that_stand_are_the_votes():
    tale = asked("majority", rounds=2, options=OPTIONS)
    tale = replace(tale, facts=tuple(limited(heard, 100) for heard in tale.facts))
    tale = choose(tale, "split", "keep", "split")
    tale = tale.when(answer(open_turns(tale)[1], choice="split")).later(101).then()
    done = ends(tale)
    assert (done.stop_reason, done.partial, done.choice) == ("deadline", True, "split")
    assert done.tally is not None
    assert done.tally.cast == 3


def test_a_ruling_that_comes_when_the_votes_are_counted_at_the_deadline_changes_nothing_about_them():
    tale = asked("majority", "{type: initial_arguments}, {type: consensus_check, timeout: 1h}, {type: final_decision}")
    tale = replace(tale, facts=tuple(limited(heard, 100) for heard in tale.facts))
    for turn, position, sure in zip(open_turns(tale), ("Split.", "Split.", "In two."), (0.1, 0.9, 0.5), strict=True):
        tale = tale.when(answer(turn, position, confidence=sure))
    tale = tale.later(101)
    said = tale.said()
    counted = next(n for n, fact in enumerate(said) if isinstance(fact, VotesCounted))
    cut_short = tale.given(*said[: counted + 1])
    late = assessed(cut_short, 0.0, 0, 1, 1)
    assert late.all(DecisionMade) == [fact for fact in said if isinstance(fact, DecisionMade)]


def limited(heard: Any, seconds: float) -> Any:
    """The same fact, of a debate with a deadline."""
    if not isinstance(heard.fact, DebateStarted):
        return heard
    flow = replaced(heard.fact.flow, max_execution_s=seconds)
    return replaced(heard, fact=replaced(heard.fact, flow=flow))


def test_a_judge_decides_last_in_sight_of_every_position():
    tale = asked("judge", seats=JUDGED, options=OPTIONS)
    assert "solomon" not in [turn.participant for turn in open_turns(tale)]
    tale = choose(tale, "split", "split", "keep")
    (judging,) = open_turns(tale)
    assert (judging.participant, judging.role, judging.step) == ("solomon", "judge", "final_decision")
    assert judging.labels == {"A": "opus", "B": "mini", "C": "nano"}
    done = ends(tale.when(answer(judging, "Keep it.", choice="keep")))
    assert (done.decision, done.choice, done.winner, done.partial) == ("Keep it.", "keep", "nano", False)
    assert [d.participant for d in done.dissent] == ["opus", "mini"]
    assert done.tally is not None
    assert (done.tally.decided_by, done.tally.seats) == ("solomon", 3)
    assert done.stop_detail.startswith("judge: ruled by solomon")


def test_a_judge_may_word_a_ruling_of_its_own():
    tale = choose(asked("judge", seats=JUDGED), "grow", "shrink", "wait")
    ruling = answer(open_turns(tale)[0], "Neither.", on_others={"A": "disagree", "B": "partly", "C": "disagree"})
    done = ends(tale.when(ruling))
    assert (done.decision, [d.participant for d in done.dissent]) == ("Neither.", ["opus", "nano"])


def test_a_judge_rules_where_the_panel_agrees_too():
    tale = ruled(choose(asked("judge", CHECKED, seats=JUDGED, options=OPTIONS), "split", "split", "split"), 1.0)
    done = ends(tale.when(answer(open_turns(tale)[0], choice="keep")))
    assert (done.choice, done.stop_reason, len(done.dissent)) == ("keep", "consensus", 3)
    assert "by consensus" not in done.summary


def test_without_the_judges_word_nothing_is_decided():
    tale = choose(asked("judge", seats=JUDGED, options=OPTIONS), "split", "split", "split")
    (end,) = tale.when(failed(open_turns(tale)[0], "refused", retryable=False)).all(DebateFailed)
    assert (end.stop_reason, end.tally.outcome) == ("failure", "no_ruling")
    tale = choose(asked("judge", seats=JUDGED, options=OPTIONS), "split", "split", "split")
    (end,) = tale.when(answer(open_turns(tale)[0], "It depends.")).all(DebateFailed)
    assert "took none of the options" in end.why


def test_a_judge_whose_model_is_out_of_reach_ends_the_debate_before_more_is_bought():
    tale = asked("judge", seats=JUDGED, rounds=3, options=OPTIONS)
    opus, mini, nano = open_turns(tale)
    tale = tale.when(failed(nano, "auth", retryable=False), answer(opus, choice="split"), answer(mini, choice="split"))
    (end,) = tale.all(DebateFailed)
    assert "the judge cannot speak: auth happened" in end.why
    assert [r.round for r in tale.all(RoundStarted)] == [1]


def test_a_debate_with_a_judge_is_not_started_without_one():
    tale = asked("judge", seats=JUDGED, participants=("opus", "mini"))
    (refused,) = tale.all(DebateRejected)
    assert (refused.reason, "role judge" in refused.why) == ("wrong_seats", True)


@pytest.mark.parametrize("protocol", ["majority", "ranked", "{name: majority, tie: another_round}"])
def test_the_calls_that_explain_names_are_those_that_are_made(protocol: str):
    tale = choose(asked(protocol, BALLOT, options=OPTIONS), "split", "split", "split")
    for turn in open_turns(tale):
        tale = tale.when(answer(turn, "split", choice="split", ranking=("split",)))
    tale = tale.when(answer(open_turns(tale)[0], choice="split"))
    known = tale.world.catalog
    count = calls(plan_of(known.workflows["v"], known.models, ()))
    assert len(tale.all(TurnRequested)) == count.fewest == count.all_rounds == 7
    assert count.most == (13 if "another_round" in protocol else 7)


def test_a_label_is_the_position_behind_it_although_another_position_reads_like_it():
    tale = asked("majority", steps=BALLOT)
    for turn, position in zip(open_turns(tale), ("B", "A", "A"), strict=True):
        tale = tale.when(answer(turn, position, verdict="adopt"))
    votes = open_turns(tale)
    word = next(label for label, who in votes[0].labels.items() if who == "opus")
    for turn in votes:
        tale = tale.when(answer(turn, f"I vote {word}.", choice=word))
    assert (tally_of(tale).adopted, tally_of(tale).outcome) == ("B", "adopted")


def test_a_tie_of_more_than_two_falls_short_whatever_breaks_ties():
    tale = choose(asked("{name: majority, tie: first_seat}", options=("a", "b", "c")), "a", "b", "c")
    assert (tally_of(tale).outcome, tally_of(tale).adopted) == ("short", "")


def test_a_judge_rules_where_the_panel_chose_none_of_the_options():
    tale = choose(asked("judge", seats=JUDGED, options=OPTIONS), "", "", "")
    (ruling,) = open_turns(tale)
    assert ruling.participant == "solomon"
