"""A request that leaves the workflow open: `auto`."""

from __future__ import annotations

from typing import Any

import pytest

from zamaz.definition import WorkflowFile, parse
from zamaz.errors import DefinitionError
from zamaz.events.client import DebateAbortRequested, DebateRequested
from zamaz.events.orchestration import ComplexityAssessed, WorkflowSelected
from zamaz.events.workflow import DebateRejected, DebateStarted, RulingRequested
from zamaz.testing import Story, types
from zamaz_workflow.debate import Debate
from zamaz_workflow.seating import World

from workflow.table import story
from workflow.test_seating import ONLY_CHEAP

GIVEN: dict[str, Any] = {"rung": "rules", "confidence": 0.8, "inputs_digest": "x", "latency_ms": 1}


def requested(**more: Any) -> Story[Debate, World]:
    return story(more.pop("reach", None)).when(DebateRequested(question="Split it?", workflow="auto", **more))


def named(tale: Story[Debate, World], kind: str) -> str:
    found: list[RulingRequested] = [fact for fact in tale.all(RulingRequested) if fact.kind == kind]
    return found[0].ruling


def chosen(tale: Story[Debate, World], workflow: str, **more: Any) -> Story[Debate, World]:
    tale = assessed(tale, **more)
    selected = WorkflowSelected(ruling=named(tale, "workflow"), workflow=workflow, **{**GIVEN, "why": "its words"})
    return tale.when(selected)


def assessed(tale: Story[Debate, World], **more: Any) -> Story[Debate, World]:
    return tale.when(ComplexityAssessed(ruling=named(tale, "complexity"), complexity="complex", **{**GIVEN, **more}))


def started(tale: Story[Debate, World]) -> DebateStarted:
    fact: DebateStarted
    (fact,) = tale.all(DebateStarted)
    return fact


def test_the_level_is_asked_for_first_and_the_workflow_with_that_known():
    tale = requested()
    assert [fact.kind for fact in tale.all(RulingRequested)] == ["complexity"]
    tale = assessed(tale)
    assert [fact.kind for fact in tale.all(RulingRequested)] == ["complexity", "workflow"]
    assert all(fact.round == 0 and fact.turns == () for fact in tale.all(RulingRequested))
    seen = [fact.seq for fact in tale.facts if isinstance(fact.fact, ComplexityAssessed)]
    assert tale.all(RulingRequested)[1].sees >= seen[0]


def test_a_level_that_comes_late_leaves_time_for_the_workflow():
    tale = assessed(requested().later(29).then())
    assert tale.all(DebateStarted) == []
    assert tale.later(9.5).then().all(DebateStarted) == []
    assert started(tale.later(10.5).then()).workflow == "two_rounds"


def test_it_is_seated_by_the_answers_and_says_why():
    start = started(chosen(requested(), "with_counter"))
    assert (start.workflow, start.complexity) == ("with_counter", "complex")
    assert start.seated_because.startswith("with_counter was chosen by rules: its words; ")


def test_one_answer_is_not_enough():
    assert assessed(requested()).all(DebateStarted) == []


def test_without_an_answer_it_starts_by_the_default_when_the_time_is_over():
    tale = requested().later(29.9).then()
    assert tale.all(DebateStarted) == []
    start = started(tale.later(0.2).then())
    assert (start.workflow, start.complexity) == ("two_rounds", None)
    assert "nobody chose a workflow in time" in start.seated_because


def test_an_answer_that_comes_after_the_start_changes_nothing():
    late = assessed(requested().later(30.1).then())
    assert [fact.kind for fact in late.all(RulingRequested)] == ["complexity"]
    assert started(late).workflow == "two_rounds"


def test_a_level_that_nobody_gave_is_none():
    assert started(chosen(requested(), "with_counter", rung="default")).complexity is None


def test_a_workflow_that_is_not_known_here_is_not_taken():
    start = started(chosen(requested(), "newer_one"))
    assert start.workflow == "two_rounds"
    assert "'newer_one' was chosen, which is not known here" in start.seated_because


def test_a_question_that_needs_no_debate_is_answered_by_one():
    assert len(started(chosen(requested(), "direct")).seats) == 1


def test_several_participants_that_are_named_debate():
    start = started(chosen(requested(participants=("opus", "mini")), "direct"))
    assert start.workflow == "two_rounds"
    assert len(start.seats) == 2


def test_what_was_chosen_is_seated_with_what_can_be_reached():
    start = started(chosen(requested(reach=ONLY_CHEAP), "two_rounds"))
    assert {seat.model for seat in start.seats} == {"mini-1"}


def test_a_bad_request_is_refused_before_anybody_is_asked():
    tale = requested(options=("one",))
    assert types(fact.fact for fact in tale.facts[1:]) == [DebateRejected.__name__]


def test_an_abort_comes_before_the_choice():
    tale = requested().when(DebateAbortRequested(by="ann"))
    assert types(fact.fact for fact in tale.facts)[-1] == "DebateCancelled"
    assert assessed(tale).all(DebateStarted) == []


def test_no_definition_may_be_called_auto():
    with pytest.raises(DefinitionError, match="auto stands for a choice among the workflows"):
        parse("id: auto\nparticipants: [opus]\nsteps: [{type: final_decision}]\n", WorkflowFile, "auto.yaml")
