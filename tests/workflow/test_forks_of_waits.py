"""A fork of a debate in which a person was asked."""

from __future__ import annotations

from zamaz.events.client import HumanRulingGiven
from zamaz.events.course import HumanRulingRequested
from zamaz.events.workflow import DebateCompleted, DecisionMade, RequestRefused, StepTimedOut, TurnRequested
from zamaz_workflow import pausing

from workflow.branching import fork, own, place
from workflow.running import CHECK, FINAL, INITIAL, rules_on
from workflow.test_human import OPTIONS, PERSON, escalated


def test_a_fork_behind_the_ruling_goes_by_it_and_asks_nobody():
    parent = rules_on(escalated(), "Wait a year.")
    tale = fork(parent, place(parent, HumanRulingGiven)).then()
    (made,) = own(tale, DecisionMade)
    assert (made.recommendation, made.ruled_by, own(tale, HumanRulingRequested)) == ("Wait a year.", "eve", [])
    (done,) = own(tale.later(3).then(), DebateCompleted)
    assert (done.stop_reason, done.ruled_by) == ("escalation", "eve")


def test_a_fork_before_the_ruling_or_behind_one_that_was_refused_asks_anew():
    parent = rules_on(escalated(request=OPTIONS), "", choice="neither")
    for at in (HumanRulingRequested, HumanRulingGiven):
        tale = fork(parent, place(parent, at)).then()
        assert len(own(tale, HumanRulingRequested)) == 1
        (made,) = own(rules_on(tale, key="h2"), DecisionMade)
        assert made.recommendation == "Wait."


def test_a_fork_behind_the_end_of_the_wait_decides_on_what_stands():
    parent = escalated(INITIAL, CHECK, PERSON, FINAL, rules=())
    parent = parent.later(301).then()
    tale = fork(parent, place(parent, StepTimedOut)).then()
    assert own(tale, HumanRulingRequested) == []
    assert [turn.step for turn in own(tale, TurnRequested)] == ["final_decision"]
    assert pausing.stood_still_s(tale.state) == 0
    late = rules_on(tale, key="h2")
    assert own(late, RequestRefused)[0].why == "it came too late: the wait was over"
