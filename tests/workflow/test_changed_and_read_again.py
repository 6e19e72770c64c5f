"""A debate that was changed while it ran is replayed, decided again, forked and measured like any other."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from decimal import Decimal

import pytest

from zamaz.events.client import (
    DebateChangeRequested,
    DebatePauseRequested,
    DebateRequested,
    DebateResumeRequested,
    ParticipantDismissed,
    ParticipantInvited,
)
from zamaz.events.cost import DebateBilled
from zamaz.events.workflow import (
    ConsensusReached,
    DebateChanged,
    DebateCompleted,
    DebateRejected,
    DebateStarted,
    ParticipantJoined,
    ParticipantLeft,
    TurnRequested,
)
from zamaz.otherwise import Change, recorded
from zamaz.testing import Story, record
from zamaz_workflow.again import REPLAY
from zamaz_workflow.debate import Debate
from zamaz_workflow.durations import durations
from zamaz_workflow.otherwise import redecide
from zamaz_workflow.seating import World

from workflow.branching import fork, own, place
from workflow.table import all_answer, answer, asked, open_turns, ruled, story
from workflow.test_other_terms import begun

Tale = Story[Debate, World]
BILL = DebateBilled(cost_usd=Decimal(0), calls=1)


def came_and_went() -> Tale:
    """A newcomer in the second round, a replacement in the middle of a step, a dismissal while a ruling is open."""
    tale = asked(participants=("opus", "mini", "nano"), workflow="two_rounds")
    first = open_turns(tale)[0]
    tale = tale.when(ParticipantInvited(invite="i1", model="dear/other", name="late", requester="ann"), answer(first))
    tale = all_answer(tale.when(ParticipantInvited(invite="i2", model="dear/third", name="heir", replaces="nano")))
    tale = ruled(all_answer(ruled(tale, 0.2)).when(ParticipantDismissed(dismissal="x", participant="mini")), 0.9)
    return all_answer(tale).when(BILL)


def other_terms() -> Tale:
    """More rounds, a threshold that was met only for it, and another workflow's steps."""
    change = DebateChangeRequested(change="c1", max_rounds=4, consensus_threshold=0.6, workflow="with_a_vote")
    tale = ruled(all_answer(begun().when(change)), 0.5)
    return all_answer(ruled(all_answer(tale), 0.65)).when(BILL)


def paused_and_changed() -> Tale:
    """Everything at once, unheard, with a pause around it, and some of it refused."""
    tale = story().given(
        DebateRequested(question="q"),
        DebatePauseRequested(pause="p"),
        ParticipantInvited(invite="i1", model="nano"),
        ParticipantInvited(invite="i2", model="nothing"),
        ParticipantDismissed(dismissal="x1", participant="opus"),
        DebateChangeRequested(change="c1", max_rounds=1),
        DebateResumeRequested(resume="r"),
        DebateResumeRequested(resume="r2"),
    )
    return all_answer(ruled(all_answer(tale.then()), 0.1)).when(BILL)


EACH = pytest.mark.parametrize("make", [came_and_went, other_terms, paused_and_changed])


@EACH
def test_it_ends_and_a_replay_finds_nothing(make: Callable[[], Tale]):
    tale = make()
    assert len(tale.all(DebateCompleted)) == 1
    assert list(REPLAY.differences(tale.facts)) == []
    assert REPLAY.unsaid(tale.facts, tale.at) == []


@EACH
def test_the_same_rule_makes_the_same_of_it(make: Callable[[], Tale]):
    tale = make()
    assert redecide(tale.facts, Change(None, None)) == recorded(tale.facts)


def test_a_leaving_that_nobody_asked_for_is_a_difference():
    tale = came_and_went()
    (gone,) = [
        heard for heard in tale.facts if getattr(heard.fact, "dismissal", "") == "x" and heard.voice == "workflow"
    ]
    assert isinstance(gone.fact, ParticipantLeft)
    facts = [
        heard if heard is not gone else record(gone.seq, ParticipantLeft(seat=0, participant="opus", why="forged"))
        for heard in tale.facts
    ]
    assert ("ParticipantLeft.0", "") in {
        (one.subject.split(".", 3)[3], one.field) for one in REPLAY.differences(tuple(facts))
    }


def test_another_threshold_now_counts_for_more_than_the_one_that_was_asked_for_in_flight():
    would_be = redecide(other_terms().facts, Change(0.5, None))
    assert (would_be.consensus, would_be.rounds) == (True, 1)
    assert redecide(other_terms().facts, Change(0.7, None)).state == "open"


def test_a_fork_goes_on_with_who_came_and_under_what_was_changed_and_may_change_it_again():
    parent = other_terms()
    at = place(parent, TurnRequested, 3)
    tale = fork(parent, at).then()
    assert {turn.step for turn in own(tale, TurnRequested)} == {"rebuttal"}
    tale = ruled(all_answer(tale), 0.65)
    assert len(own(tale, ConsensusReached)) == 1
    stricter = ruled(all_answer(fork(parent, at, threshold=0.9).then()), 0.65)
    assert (own(stricter, DebateStarted)[0].flow.consensus_threshold, own(stricter, ConsensusReached)) == (0.9, [])
    (no,) = own(fork(parent, at, protocol="unanimity").then(), DebateRejected)
    assert "went on under another workflow" in no.why


def test_a_fork_keeps_the_seats_of_its_parents_flight():
    parent = came_and_went()
    tale = fork(parent, place(parent, ParticipantJoined)).then()
    asked_for = {turn.participant for turn in own(tale, TurnRequested)}
    tale = ruled(all_answer(tale), 0.1)
    assert asked_for | {turn.participant for turn in own(tale, TurnRequested)} == {"opus", "mini", "heir", "late"}


def test_steps_of_another_workflow_are_measured_by_their_own_types():
    change = DebateChangeRequested(change="c1", max_rounds=4, workflow="with_a_vote")
    tale = ruled(all_answer(begun().when(change)).later(5), 0.5).later(7)
    for turn in open_turns(tale):
        tale = tale.given(answer(turn))
    took = list(durations(tale.state, tale.said(), tale.world.now))
    assert [(one.what, one.labels) for one in took] == [("step", ("counter_arguments",))]
    assert [one.seconds for one in took] == [7.0]


def test_two_changes_said_in_another_order_than_they_are_read_are_the_same():
    tale = begun().when(
        DebateChangeRequested(change="c1", max_rounds=4), DebateChangeRequested(change="c2", max_rounds=3)
    )
    first, second = [heard for heard in tale.facts if isinstance(heard.fact, DebateChanged)]
    swapped = [{first.seq: second, second.seq: first}.get(heard.seq, heard) for heard in tale.facts]
    state = tale.decider.fold(swapped, tale.decider.initial("d1"))
    assert state.changes == tale.state.changes
    assert replace(tale, facts=tuple(swapped)).said() == []
