"""A vote on a screen: who votes, for what, and how it came out."""

from __future__ import annotations

from msgspec.structs import replace

from zamaz.events.flow import Step
from zamaz.events.voting import Count, Tally
from zamaz.events.workflow import RoundStarted, VotesCounted

from library.screens import STEPS, printed, says, scene, started, turn

VOTE = Step(id="vote", type="vote")
BEGUN = started("ann", "bob")
OPENING = (replace(BEGUN, flow=replace(BEGUN.flow, steps=(*STEPS, VOTE))), RoundStarted(round=1))
ARGUED = (*OPENING, turn("t1"), says("t1", "Do it."))


def test_a_vote_is_shown_as_one_and_is_no_position():
    facts = (
        *ARGUED,
        turn("v1", step="vote", choices=("do", "wait")),
        says("v1", "wait", choice="wait", confidence=0.7),
    )
    shown = printed(*facts)
    assert "ann votes …" in shown
    assert "votes: wait, confidence 70%" in shown
    assert [said.position for said in scene(*facts).held["ann"]] == ["Do it."]


def test_a_letter_is_shown_with_the_name_behind_it():
    asked = turn("v1", step="vote", choices=("A", "B"), labels={"A": "ann", "B": "bob"})
    assert "votes: B (bob)" in printed(*ARGUED, asked, says("v1", "B", choice="B"))
    assert "votes: B (bob) > A (ann)" in printed(*ARGUED, asked, says("v1", "B > A", ranking=("B", "A")))
    assert "votes: abstains" in printed(*ARGUED, asked, says("v1", "abstain"))


def test_the_count_says_what_each_got_and_of_whom():
    counts = (Count(option="do", votes=2, by=("ann", "bob")), Count(option="wait", votes=0.5))
    tally = Tally(
        protocol="majority", outcome="adopted", adopted="do", why="majority: 2 of 3 votes", counts=counts,
        seats=3, cast=3, abstained=0, absent=0, quorum=2,
    )  # fmt: skip
    shown = printed(*ARGUED, VotesCounted(round=1, tally=tally))
    assert "majority: 2 of 3 votes" in shown
    assert "2  do  (ann, bob)" in shown
    assert "0.5  wait" in shown
