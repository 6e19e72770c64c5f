from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from zamaz.alive import Reach
from zamaz.definition import OrchestrationFile, WorkflowFile, parse
from zamaz.events import Malformed, encode
from zamaz.events.client import DebateAbortRequested, DebateRequested
from zamaz.events.workflow import DebateCancelled, DebateRejected, DebateStarted
from zamaz.testing import START, Story
from zamaz_workflow.decide import DECIDER, wake
from zamaz_workflow.seating import World

from workflow.table import ALL, catalog, story

ONLY_CHEAP = {"dear": Reach(False, "set DEAR_KEY"), "cheap": Reach(True, models=("mini-1",))}


def rejected(reach: dict[str, Reach] | None = None, **request: Any) -> DebateRejected:
    tale = story(reach).when(DebateRequested(**{"question": "q", **request}))
    fact: DebateRejected
    (fact,) = tale.all(DebateRejected)
    return fact


def seats(reach: dict[str, Reach] | None = None, **request: Any) -> list[tuple[str, str]]:
    tale = story(reach).when(DebateRequested(**{"question": "q", **request}))
    (start,) = tale.all(DebateStarted)
    return [(seat.participant, seat.model) for seat in start.seats]


def test_the_request_names_the_seats():
    assert seats(participants=("nano", "cheap/any")) == [("nano", "nano-1"), ("cheap/any", "any")]


def test_the_definition_names_them_else():
    assert seats() == [("opus", "opus-1"), ("mini", "mini-1")]


def test_an_unnamed_workflow_is_seated_with_what_can_be_reached():
    assert seats(ONLY_CHEAP) == [("mini", "mini-1"), ("mini-2", "mini-1")]


def test_a_named_workflow_is_never_reseated():
    refusal = rejected(ONLY_CHEAP, workflow="two_rounds")
    assert refusal.reason == "unreachable_participant"
    assert "opus" in refusal.why
    assert "set DEAR_KEY" in refusal.why


def test_named_participants_out_of_reach_are_refused_with_the_cause():
    assert "has no model 'nano-1'; it has: mini-1" in rejected(ONLY_CHEAP, participants=("mini", "nano")).why


def test_nobody_within_reach_is_refused_with_every_cause():
    assert "dear: set DEAR_KEY" in rejected({"dear": Reach(False, "set DEAR_KEY")}).why


def test_a_request_waits_for_a_debater_and_then_starts_with_the_definitions_seats():
    tale = story({}).when(DebateRequested(question="q"))
    assert tale.all(DebateStarted) == []
    assert len(tale.later(10.1).then().all(DebateStarted)) == 1


def test_an_old_request_waits_as_long_after_a_restart():
    tale = story({}).given(DebateRequested(question="q")).later(3600)
    tale = replace(tale, world=replace(tale.world, since=tale.at))
    assert tale.said() == []
    (start,) = tale.later(10.1).then().all(DebateStarted)
    assert "no debater told" in start.seated_because


def test_a_second_request_on_an_id_changes_nothing():
    first = story().when(DebateRequested(question="first"))
    again = first.given(Malformed("evt.client.d1.DebateRequested.x", "key", 3), DebateRequested(question="other"))
    assert again.state.request == first.state.request
    assert again.said() == []


def test_nothing_wakes_an_id_that_nobody_requested():
    tale = story().given(DebateAbortRequested(by="ann"))
    assert tale.said() == []
    assert wake(tale.state, tale.world) is None


def test_no_answer_to_a_request_is_larger_than_the_log_takes():
    for long in ({"participants": ("script/" + "x" * 600_000,) * 2}, {"workflow": "w" * 600_000}):
        assert len(encode(rejected(**long))) < 10_000


def test_a_waiting_request_can_be_aborted():
    tale = story({}).when(DebateRequested(question="q"), DebateAbortRequested(by="ann"))
    assert tale.all(DebateCancelled) == [DebateCancelled(by="ann")]


@pytest.mark.parametrize(
    ("request_", "reason"),
    [
        ({"question": " "}, "malformed"),
        ({"participants": ("x" * 201, "mini")}, "malformed"),
        ({"question": "x" * 16385}, "too_large"),
        ({"context": "x" * 524289}, "too_large"),
        ({"workflow": "nope"}, "unknown_workflow"),
        ({"participants": ("opus", "nobody")}, "unknown_participant"),
        ({"participants": ("opus", "nowhere/x")}, "unknown_participant"),
        ({"participants": ("opus",)}, "wrong_seats"),
        ({"participants": ("opus",) * 25}, "wrong_seats"),
        ({"workflow": "direct", "participants": ("opus", "mini")}, "wrong_seats"),
        ({"workflow": "with_counter", "participants": ("opus", "nano")}, "wrong_seats"),
        ({"options": ("one",)}, "bad_options"),
        ({"options": ("a", "A ")}, "bad_options"),
        ({"options": ("a", "")}, "bad_options"),
        ({"budget_usd": "a lot"}, "bad_budget"),
        ({"budget_usd": "-1"}, "bad_budget"),
        ({"budget_usd": float("inf")}, "bad_budget"),
    ],
)
def test_a_request_that_cannot_become_a_debate_is_refused(request_: dict[str, Any], reason: str):
    assert rejected(**request_).reason == reason


def test_an_unreadable_request_is_refused_with_what_is_wrong():
    tale = story(ALL).when(Malformed("evt.client.d1.DebateRequested", "the body is empty", 0))
    (fact,) = tale.all(DebateRejected)
    assert (fact.reason, fact.why) == ("malformed", "the request cannot be read: the body is empty")


def test_an_unreadable_abort_is_an_abort():
    tale = story({}).when(DebateRequested(question="q"), Malformed("evt.client.d1.DebateAbortRequested", "?", 1))
    assert len(tale.all(DebateCancelled)) == 1


CUSTOM = """
id: custom
participants: [opus, mini, {model: nano, name: mod, role: moderator}]
steps: [{type: custom, description: Argue.}, {type: moderation}, {type: final_decision}]
"""


def test_a_debate_of_custom_steps_is_one_and_needs_two_who_argue():
    known = catalog()
    mine = replace(known, workflows={**known.workflows, "custom": parse(CUSTOM, WorkflowFile, "custom.yaml")})
    tale = replace(story(), world=replace(story().world, catalog=mine))
    assert len(tale.when(DebateRequested(question="q", workflow="custom")).all(DebateStarted)) == 1
    alone = tale.when(DebateRequested(question="q", workflow="custom", participants=("opus",)))
    (fact,) = alone.all(DebateRejected)
    assert "two participants or more who argue" in fact.why


LADDER = """
consensus:
  - {rung: rules}
  - {rung: cloud, model: opus, if_reachable: true}
  - {rung: cloud, model: mini, if_reachable: true}
"""


@pytest.mark.parametrize(
    ("reach", "rungs"), [(ALL, ["", "dear", "cheap"]), (ONLY_CHEAP, ["", "cheap"])], ids=["keys", "no key"]
)
def test_a_paid_rung_that_no_debater_has_a_key_for_is_left_out(reach: dict[str, Reach], rungs: list[str]):
    known = replace(catalog(), orchestration=parse(LADDER, OrchestrationFile, "orchestration.yaml"))
    tale = Story(DECIDER, World(START, known, reach, START, "two_rounds")).when(DebateRequested(question="q"))
    (start,) = tale.all(DebateStarted)
    assert [rung.provider for rung in start.ladder["consensus"]] == rungs
