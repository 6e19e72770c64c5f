"""A debate that waits for a person."""

from __future__ import annotations

import dataclasses
from datetime import timedelta
from typing import Any

import pytest
from msgspec.structs import replace

from zamaz import subjects
from zamaz.events import Malformed
from zamaz.events.client import (
    DebateAbortRequested,
    DebateChangeRequested,
    DebatePauseRequested,
    DebateResumeRequested,
    HumanRulingGiven,
    ParticipantDismissed,
)
from zamaz.events.course import HumanRulingRequested
from zamaz.events.flow import Step
from zamaz.events.voting import ProtocolSetting
from zamaz.events.workflow import (
    DebateCancelled,
    DebateChanged,
    DebateCompleted,
    DebateFailed,
    DebateTimeoutOccurred,
    DecisionMade,
    RequestRefused,
    StepTimedOut,
    VotesCounted,
)
from zamaz.testing import START, record
from zamaz_workflow import turns
from zamaz_workflow.decide import DECIDER

from workflow.running import CHECK, FINAL, INITIAL, Tale, answered, rule, rules_on, running, seats, step
from workflow.table import answer, open_turns, ruled

NEVER = rule("escalate_to_human", ("consensus", "==", 0), ("rounds_left", "<=", 0))
OPTIONS = {"options": ("split", "keep")}
PERSON = step("human_ruling", timeout_s=300.0)
STRICT = step("final_decision", needs_consensus=True)


def escalated(*steps: Step, score: float = 0.0, **more: Any) -> Tale:
    """One round without a consensus, after which a person is asked."""
    more = {"max_rounds": 1, "rules": (NEVER,), **more}
    return ruled(answered(running(*steps, **more)), score)


def ended(tale: Tale) -> list[Any]:
    return tale.later(3).then().all(DebateCompleted)


def test_a_person_is_asked_with_the_positions_at_stake():
    tale = escalated(request=OPTIONS)
    (asked,) = tale.all(HumanRulingRequested)
    assert (asked.number, asked.round, asked.options, asked.deadline) == (1, 1, ("split", "keep"), None)
    assert asked.why == "rule: consensus == 0 and rounds_left <= 0"
    assert len(asked.turns) == 2
    assert open_turns(tale) == []


def test_the_ruling_is_the_decision():
    tale = rules_on(escalated(), "Wait a year.")
    (made,) = tale.all(DecisionMade)
    assert (made.recommendation, made.ruling, made.ruled_by, made.rests_on) == ("Wait a year.", "h1", "eve", "")
    (done,) = ended(tale)
    assert (done.decision, done.rationale, done.ruled_by) == ("Wait a year.", "I say so.", "eve")
    assert (done.stop_reason, done.partial, done.consensus) == ("escalation", False, False)
    assert done.stop_detail == "rule: consensus == 0 and rounds_left <= 0"


def test_who_was_dismissed_before_is_among_those_who_took_part():
    tale = answered(running(max_rounds=1, rules=(NEVER,), table=seats("ann", "bob", "cid")))
    tale = tale.when(ParticipantDismissed(dismissal="x", participant="cid"))
    (done,) = ended(rules_on(ruled(tale, 0.0)))
    assert [(one.participant, one.answers) for one in done.participants] == [("ann", 1), ("bob", 1), ("cid", 1)]


def test_a_ruling_may_choose_and_then_the_others_dissent():
    tale = running(max_rounds=1, rules=(NEVER,), request=OPTIONS)
    for turn, choice in zip(open_turns(tale), ("split", "keep"), strict=True):
        tale = tale.when(answer(turn, f"Let us {choice}.", choice=choice))
    (done,) = ended(rules_on(ruled(tale, 0.0), "", choice="keep"))
    assert (done.decision, done.choice, done.winner) == ("keep", "keep", "bob")
    assert [(one.participant, one.choice) for one in done.dissent] == [("ann", "split")]


def refusals(tale: Tale) -> list[tuple[str, str, str]]:
    return [(one.request, one.asked, one.why) for one in tale.all(RequestRefused)]


def test_a_ruling_that_nobody_asked_for_is_refused_and_does_not_count_later():
    tale = rules_on(running(max_rounds=1, rules=(NEVER,)))
    assert refusals(tale) == [("h1", "HumanRulingGiven", "nobody asked for a ruling when it came")]
    tale = ruled(answered(tale), 0.0)
    assert len(tale.all(HumanRulingRequested)) == 1
    assert tale.all(DecisionMade) == []


def test_a_second_ruling_is_refused():
    tale = rules_on(rules_on(escalated()), "Now!", key="h2")
    assert [one.recommendation for one in tale.all(DecisionMade)] == ["Wait."]
    assert refusals(tale) == [("h2", "HumanRulingGiven", "eve has ruled already")]


def test_of_two_rulings_at_once_the_first_in_the_log_counts():
    tale = escalated().given(
        HumanRulingGiven(ruling="h1", decision="One.", by="eve"),
        HumanRulingGiven(ruling="h2", decision="Two.", by="zoe"),
    )
    tale = tale.then()
    assert [one.recommendation for one in tale.all(DecisionMade)] == ["One."]
    assert [key for key, *_ in refusals(tale)] == ["h2"]


@pytest.mark.parametrize(
    ("more", "why"),
    [
        ({"decision": "", "choice": "grow"}, "it chooses 'grow'; the options are: split, keep"),
        ({"decision": " "}, "it decides nothing: give a decision"),
    ],
)
def test_what_cannot_be_taken_is_refused_and_the_wait_goes_on(more, why):
    tale = rules_on(escalated(request=OPTIONS), **more)
    assert [told for *_, told in refusals(tale)] == [why]
    assert len(rules_on(tale, key="h2").all(DecisionMade)) == 1


def test_a_choice_where_there_are_no_options_is_refused():
    ((*_, why),) = refusals(rules_on(escalated(), choice="split"))
    assert why == "it chooses 'split'; this debate has no options"


def test_a_ruling_that_cannot_be_read_is_refused():
    broken = Malformed(subjects.name("client", "d1", "HumanRulingGiven", "h9"), "not JSON", 3)
    assert refusals(escalated().when(broken)) == [("h9", "HumanRulingGiven", "it cannot be read: not JSON")]


def test_a_ruling_without_a_key_counts_all_the_same():
    tale = escalated()
    heard = replace(
        record(99, HumanRulingGiven(ruling="x", by="eve")), fact=HumanRulingGiven(decision="Wait.", by="eve")
    )
    tale = dataclasses.replace(tale, facts=(*tale.facts, heard)).then()
    (made,) = tale.all(DecisionMade)
    assert made.ruling == "none"
    assert ended(tale)[0].ruled_by == "eve"


def test_a_step_for_a_person_is_asked_with_a_consensus_too():
    tale = escalated(INITIAL, CHECK, PERSON, FINAL, score=1.0, rules=())
    (asked,) = tale.all(HumanRulingRequested)
    assert (asked.why, asked.deadline) == ("score 1.00 in round 1", START + timedelta(seconds=300))
    (done,) = ended(rules_on(tale))
    assert (done.stop_reason, done.consensus, done.ruled_by) == ("escalation", True, "eve")


def test_nobody_rules_in_time_and_what_stands_is_decided_as_partial():
    tale = escalated(INITIAL, CHECK, PERSON, FINAL, rules=()).later(300).then()
    assert tale.all(StepTimedOut)[0].step == "human_ruling"
    assert [turn.step for turn in open_turns(tale)] == ["final_decision"]
    (done,) = ended(answered(tale))
    assert (done.stop_reason, done.partial, done.ruled_by) == ("escalation", True, "")
    assert done.stop_detail.endswith("; nobody ruled in time")


def test_a_ruling_after_the_wait_is_refused():
    tale = rules_on(escalated(INITIAL, CHECK, PERSON, FINAL, rules=()).later(300).then())
    assert [why for *_, why in refusals(tale)] == ["it came too late: the wait was over"]
    assert tale.all(DecisionMade) == []


def overlapping(*steps: Step) -> Tale:
    """A person rules while the end of the wait is being written."""
    tale = escalated(*steps, rules=()).later(300)
    return tale.given(HumanRulingGiven(ruling="h1", decision="Wait.", by="eve"), *tale.said()).then()


def test_a_ruling_that_stands_before_the_end_of_the_wait_is_taken():
    (made,) = overlapping(INITIAL, CHECK, PERSON, FINAL).all(DecisionMade)
    assert (made.recommendation, made.ruling, made.ruled_by) == ("Wait.", "h1", "eve")


def test_unless_what_stands_was_decided_with_it_and_then_it_is_refused():
    tale = escalated(INITIAL, CHECK, PERSON, FINAL, rules=()).later(300)
    made = DecisionMade(
        decision_id="x", debate_id="d1", decision_type="SIMPLE", question="?", recommendation="Split it.", confidence=1
    )
    tale = tale.given(HumanRulingGiven(ruling="h1", decision="Wait.", by="eve"), *tale.said(), made).then()
    assert refusals(tale) == [("h1", "HumanRulingGiven", "it came too late: the decision is made")]


def test_what_needs_a_consensus_and_has_none_waits_for_a_person():
    tale = escalated(INITIAL, CHECK, STRICT, rules=())
    (asked,) = tale.all(HumanRulingRequested)
    assert asked.why == "no consensus after 1 of 1 rounds, and it is not decided without one"
    assert len(ended(rules_on(tale))) == 1


def test_what_needs_a_consensus_and_has_one_is_decided():
    tale = answered(escalated(INITIAL, CHECK, STRICT, rules=(), score=1.0))
    assert tale.all(HumanRulingRequested) == []
    assert len(ended(tale)) == 1


def test_what_needs_a_consensus_fails_when_nobody_rules_in_time():
    tale = escalated(INITIAL, CHECK, PERSON, STRICT, rules=()).later(300).then()
    (end,) = tale.all(DebateFailed)
    assert end.stop_reason == "escalation"
    assert end.why.startswith("nobody ruled in time")


def test_a_vote_that_adopts_something_is_agreement_enough():
    majority = ProtocolSetting(name="majority", threshold=0.5)
    tale = escalated(INITIAL, CHECK, STRICT, rules=(), protocol=majority)
    assert [count.tally.outcome for count in tale.all(VotesCounted)] == ["adopted"]
    assert tale.all(HumanRulingRequested) == []


def test_an_abort_ends_the_wait():
    (end,) = escalated().when(DebateAbortRequested(by="eve", why="enough")).all(DebateCancelled)
    assert end.why == "enough"


def test_a_ruling_under_a_pause_waits_for_the_resume():
    tale = rules_on(escalated().when(DebatePauseRequested(pause="p")))
    assert tale.all(DecisionMade) == []
    assert len(tale.when(DebateResumeRequested(resume="r")).all(DecisionMade)) == 1


def test_a_pause_gives_the_wait_its_whole_time_again():
    tale = escalated(INITIAL, CHECK, PERSON, FINAL, rules=())
    tale = tale.when(DebatePauseRequested(pause="p")).later(400).when(DebateResumeRequested(resume="r"))
    assert tale.all(StepTimedOut) == []
    assert len(tale.later(301).then().all(StepTimedOut)) == 1


def test_while_a_person_is_waited_for_the_debates_own_time_stands_still():
    tale = escalated(max_execution_s=100.0).later(5000)
    assert tale.said() == []
    assert tale.then().all(DebateTimeoutOccurred) == []
    assert len(ended(rules_on(tale))) == 1


def test_the_time_that_nobody_ruled_in_is_none_of_the_debates_own():
    tale = escalated(INITIAL, CHECK, PERSON, FINAL, rules=(), max_execution_s=100.0)
    tale = tale.when(DebatePauseRequested(pause="p")).later(50).when(DebateResumeRequested(resume="r"))
    tale = tale.later(300).then()
    assert [turn.step for turn in open_turns(tale)] == ["final_decision"]
    assert turns.execution_deadline(tale.state) == START + timedelta(seconds=450)
    (done,) = ended(answered(tale))
    assert (done.partial, done.stop_reason) == (True, "escalation")


def test_more_or_less_time_may_be_given_while_a_person_is_waited_for_whose_time_is_none_of_the_debates_own():
    tale = escalated(max_execution_s=600.0).later(1000)
    tale = tale.when(DebatePauseRequested(pause="p")).later(50).when(DebateResumeRequested(resume="r")).later(50)
    less = tale.when(DebateChangeRequested(change="c1", max_execution_s=30.0))
    assert [one.max_execution_s for one in less.all(DebateChanged)] == [30.0]
    late = rules_on(tale.when(DebatePauseRequested(pause="p2")).later(50)).when(
        DebateChangeRequested(change="c2", max_execution_s=20.0)
    )
    assert [one.max_execution_s for one in late.all(DebateChanged)] == [20.0]


def test_whoever_waits_for_a_person_looks_after_it_once_an_hour():
    tale = escalated()
    assert DECIDER.wake(tale.state, tale.world) == START + timedelta(hours=1)
    tale = escalated(INITIAL, CHECK, PERSON, FINAL, rules=())
    assert DECIDER.wake(tale.state, tale.world) == START + timedelta(seconds=300)
