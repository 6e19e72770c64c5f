"""What another rule makes of the same answers."""

from __future__ import annotations

from typing import Any

import pytest

from zamaz.events.client import (
    DebateAbortRequested,
    DebatePauseRequested,
    DebateRequested,
    DebateResumeRequested,
    ParticipantDismissed,
)
from zamaz.events.course import GateClosed, RuleApplied
from zamaz.events.debater import CallStarted
from zamaz.events.flow import Seat
from zamaz.events.workflow import DebateCompleted, DebateFailed, DebateTimeoutOccurred, StepTimedOut, TurnRequested
from zamaz.otherwise import Change, Outcome, recorded
from zamaz.testing import Story
from zamaz_workflow.debate import Debate
from zamaz_workflow.otherwise import redecide
from zamaz_workflow.seating import World

from workflow.running import answered, gate, judge, rule, rules_on, running, seats
from workflow.table import all_answer, answer, asked, failed, open_turns, ruled, story

Tale = Story[Debate, World]


def spoken(tale: Tale, *positions: str, **more: Any) -> Tale:
    """Each open turn is answered with a position of its own."""
    for turn, position in zip(open_turns(tale), positions, strict=True):
        tale = tale.when(answer(turn, position, **more))
    return tale


def finished(tale: Tale) -> Tale:
    """The bill is waited for in vain."""
    tale = tale.later(5).then()
    assert tale.all(DebateCompleted) or tale.all(DebateFailed)
    return tale


def one_round(score: float = 0.8) -> Tale:
    """Consensus in the first of two rounds."""
    return finished(spoken(ruled(spoken(asked(), "Split it.", "Keep it."), score), "Split it slowly."))


def two_rounds(first: float = 0.5, second: float = 0.6) -> Tale:
    """Two rounds without consensus."""
    tale = ruled(spoken(asked(), "Split it.", "Keep it."), first)
    return finished(spoken(ruled(spoken(tale, "Split it.", "Keep it, still."), second), "Split it slowly."))


def outcome(tale: Tale, **change: Any) -> Outcome:
    return redecide(tale.facts, Change(**change))


def hasty() -> Tale:
    """One seat is given up in the first round, and answers after that."""
    tale = asked()
    one, late = open_turns(tale)
    tale = tale.when(answer(one, "Split it.")).later(90).then().given(answer(late, "Keep it."))
    return finished(spoken(ruled(spoken(tale, "Split it.", "Keep it."), 0.2), "Split it slowly."))


def repaired() -> Tale:
    """One call fails once, and is tried again."""
    tale = asked()
    one, two = open_turns(tale)
    tale = tale.when(failed(one)).when(answer(two, "Split it.")).later(2).then()
    return finished(all_answer(ruled(all_answer(tale), 1.0)))


def out_of_time() -> Tale:
    """The whole debate runs longer than it may."""
    tale = all_answer(story().when(DebateRequested(question="Split it?", workflow="with_counter")))
    for _ in range(11):
        tale = tale.later(60).then()
    return finished(tale)


def failing() -> Tale:
    tale = asked()
    for _ in range(20):
        for turn in open_turns(tale):
            tale = tale.when(failed(turn, "bad_request", retryable=False))
        tale = tale.later(3).then()
    return finished(tale)


@pytest.mark.parametrize("make", [one_round, two_rounds, hasty, repaired, out_of_time, failing])
def test_the_same_rule_makes_the_same_of_it(make: Any):
    tale = make()
    assert outcome(tale) == recorded(tale.facts)
    assert recorded(tale.facts).state in ("completed", "failed")


def test_a_lower_threshold_ends_it_in_an_earlier_round_with_the_position_that_is_adopted():
    tale = two_rounds()
    would_be = outcome(tale, threshold=0.5)
    assert (would_be.consensus, would_be.rounds, would_be.why) == (True, 1, "consensus (score 0.50 in round 1)")
    assert would_be.decision == "Split it.", "nobody was asked to word a decision then"
    assert recorded(tale.facts).rounds == 2


def test_where_it_ends_in_the_same_round_the_deciding_words_stay():
    tale = two_rounds()
    would_be = outcome(tale, threshold=0.6)
    assert (would_be.consensus, would_be.rounds) == (True, 2)
    assert would_be.decision == recorded(tale.facts).decision == "Split it slowly."


def test_a_higher_threshold_asks_for_a_round_that_nobody_argued():
    would_be = outcome(one_round(), threshold=0.9)
    assert (would_be.state, would_be.decision) == ("open", "")
    assert would_be.why == "round 2 would follow: 2 questions that nobody was asked"


def test_a_threshold_between_the_same_scores_changes_nothing():
    tale = one_round(0.8)
    for threshold in (0.0, 0.5, 0.8):
        assert outcome(tale, threshold=threshold) == recorded(tale.facts)


def test_another_protocol_counts_the_positions_that_were_argued():
    tie = outcome(two_rounds(), protocol="majority")
    assert tie.state == "failed"
    assert "tie" in tie.why
    chosen = asked(options=("split", "keep"), participants=("opus", "mini", "nano"))
    for choices in (("split", "keep", "keep"),) * 2:
        for turn, choice in zip(open_turns(chosen), choices, strict=True):
            chosen = chosen.when(answer(turn, f"We {choice}.", choice=choice))
        chosen = ruled(chosen, 0.3)
    chosen = finished(spoken(chosen, "We split.", choice="split"))
    assert recorded(chosen.facts).choice == "split", "one seat decides"
    by_majority = outcome(chosen, protocol="majority")
    assert (by_majority.state, by_majority.choice, by_majority.decision) == ("completed", "keep", "We keep.")
    assert outcome(chosen, protocol="unanimity").state == "failed"
    assert outcome(chosen, protocol="consensus") == recorded(chosen.facts)


@pytest.mark.parametrize(("protocol", "lacks"), [("approval", "a vote"), ("ranked", "a vote"), ("judge", "a judge")])
def test_a_protocol_that_needs_what_the_debate_had_not_says_so(protocol: Any, lacks: str):
    would_be = outcome(two_rounds(), protocol=protocol)
    assert would_be.state == "open"
    assert lacks in would_be.why


def test_what_was_ended_by_hand_or_goes_on_stays_as_it_is():
    aborted = asked().when(DebateAbortRequested(by="ann", why="no need"))
    assert outcome(aborted, threshold=0.1) == Outcome("cancelled", why="no need")
    assert outcome(asked(), threshold=0.1).state == "open"
    assert outcome(story(), threshold=0.1).state == "open"


def test_nothing_is_said_and_nothing_is_asked():
    tale = two_rounds()
    before = tale.facts
    outcome(tale, threshold=0.9)
    assert tale.facts == before
    assert len(tale.all(TurnRequested)) == 5
    assert tale.all(CallStarted) == []


def test_a_person_who_was_asked_rules_again_and_one_who_was_not_leaves_it_open():
    never = rule("escalate_to_human", ("consensus", "==", 0), ("rounds_left", "<=", 0))
    tale = finished(rules_on(ruled(answered(running(max_rounds=1, rules=(never,))), 0.5), "Wait."))
    assert recorded(tale.facts).decision == "Wait."
    assert outcome(tale, threshold=0.9) == recorded(tale.facts)
    assert outcome(tale, threshold=0.5).decision != "Wait."
    agreed = finished(answered(ruled(answered(running(max_rounds=1, rules=(never,))), 0.8)))
    assert outcome(agreed, threshold=0.9).why == "a person would have to rule, and nobody was asked"


def test_gates_and_rules_are_gone_through_again():
    more = rule("extend_debate", ("score", "<", 0.7), ("rounds_left", "<=", 0))
    tale = judge(answered(running(max_rounds=1, rules=(more,), gates=(gate("require_revision"),))), met=False)
    tale = ruled(judge(answered(tale), met=True), 0.5)
    tale = finished(answered(ruled(judge(answered(tale), met=True), 0.8)))
    assert recorded(tale.facts).rounds == 2
    assert outcome(tale, threshold=0.75) == recorded(tale.facts)
    assert outcome(tale, threshold=0.5).rounds == 1


def test_a_reserve_that_a_rule_seated_is_seated_once():
    expert = rule("add_expert_participant", ("rounds", "==", 0))
    reserves = (Seat(participant="pro", provider="cheap", model="pro-1", role="expert"),)
    tale = finished(answered(ruled(answered(running(rules=(expert,), reserves=reserves)), 0.8)))
    assert outcome(tale, threshold=0.75) == recorded(tale.facts)


def cut_short(*, paused: float = 0.0) -> Tale:
    """One round within the debate's time; the second one is half argued when that is over."""
    tale = ruled(answered(running(max_rounds=2, max_execution_s=100.0).later(50)), 0.2)
    if paused:
        tale = tale.when(DebatePauseRequested(pause="p")).later(paused).when(DebateResumeRequested(resume="r"))
    tale = tale.later(20).when(answer(open_turns(tale)[0], "Split it at last.")).later(40).then()
    assert tale.all(DebateTimeoutOccurred)
    return finished(tale)


@pytest.mark.parametrize("paused", [0.0, 1000.0])
def test_what_the_debates_time_ended_it_ends_again(paused: float):
    tale = cut_short(paused=paused)
    assert outcome(tale) == recorded(tale.facts)
    assert recorded(tale.facts).why.startswith("deadline")


def test_a_rule_that_looks_at_the_time_finds_the_time_of_the_log():
    slow = rule("skip_to_final_decision", ("elapsed_s", ">", 50))
    tale = answered(running(max_rounds=3, rules=(slow,)).later(55))
    tale = finished(answered(tale))
    assert tale.all(RuleApplied)
    assert outcome(tale) == recorded(tale.facts)


def nobody_ruled() -> Tale:
    """The first round's ruling does not come in time."""
    tale = answered(running(table=seats("ann", "bob", "eve"), dynamic=True)).later(10).then()
    assert tale.all(StepTimedOut)
    return tale


def test_who_went_after_a_ruling_ran_out_of_time_goes_after_it_again():
    tale = nobody_ruled().when(ParticipantDismissed(dismissal="x", participant="eve"))
    tale = finished(answered(ruled(answered(tale), 0.8)))
    assert outcome(tale) == recorded(tale.facts)


def test_what_was_wanted_when_all_was_over_changes_nothing():
    tale = finished(answered(ruled(answered(nobody_ruled()), 0.8))).later(50).when(DebatePauseRequested(pause="p"))
    assert outcome(tale) == recorded(tale.facts)


def test_a_gate_that_nobody_judged_in_time_is_passed_again_whatever_was_judged_later():
    tale = answered(running(gates=(gate("require_revision"),))).later(10).then()
    (closed,) = tale.all(GateClosed)
    assert (closed.met, closed.judged) == (True, False)
    tale = judge(ruled(tale, 0.8), met=False)
    tale = finished(answered(tale))
    assert outcome(tale) == recorded(tale.facts)
