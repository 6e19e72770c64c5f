"""The existing application's events, in each of the shapes that it gives them, as requests."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from enum import Enum
from typing import Any
from uuid import UUID

import pytest

from zamaz.compat.triggers import Wanted, wanted_by
from zamaz.subjects import is_token

from compat.before import PRACTICE

ID = UUID("6f6f2c1e-7a3b-4b7e-9a55-0d8f6f3f1c11")
ITEM = UUID("0b7a1c52-9a0e-4d2c-8a3f-6f3a0b1c2d3e")
AT = datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC)


class WorkItemType(Enum):
    STORY = "story"


@dataclass(frozen=True)
class EvolutionTriggered:
    """As the application's evolution context has it."""

    event_id: UUID = ID
    occurred_at: datetime = AT
    event_type: str = "EvolutionTriggered"
    aggregate_id: UUID = ITEM
    evolution_id: UUID = ITEM
    trigger_type: str = "testing"
    trigger_details: dict[str, Any] = field(default_factory=lambda: {"decrease": 7.5, "since": AT, "area": ITEM})


@dataclass
class DebateTriggeredForWorkItem:
    """As the application's orchestration context has it: without an event_id and an event_type."""

    work_item_id: UUID = ITEM
    work_item_type: WorkItemType = WorkItemType.STORY
    debate_topic: str = "Which queue?"
    complexity_score: float = 7.5
    participants: list[str] = field(default_factory=list)
    occurred_at: datetime = AT


def wanted(event: object) -> Wanted:
    found = wanted_by(event, PRACTICE)
    assert found
    return found


def test_a_triggered_evolution_asks_the_question_of_the_practice_with_what_triggered_it():
    asked = wanted(EvolutionTriggered())
    assert (asked.debate, asked.question, asked.ask) == (str(ID), "What next?", PRACTICE.evolution)
    assert asked.context == (
        f'What triggered it: testing\nDetails: {{"decrease":7.5,"since":"2026-01-02T03:04:05Z","area":"{ITEM}"}}'
    )
    assert asked.metadata == {"event_type": "EvolutionTriggered", "event_id": str(ID), "evolution_id": str(ITEM)}


def test_a_work_item_s_debate_asks_its_topic_and_never_takes_the_way_without_a_debate():
    asked = wanted(DebateTriggeredForWorkItem(debate_topic="What is a queue?"))
    assert (asked.question, asked.ask) == ("What is a queue?", PRACTICE.moderate)
    assert asked.context == f"Work item: {ITEM}\nIts type: story\nIts complexity: 7.5"
    assert wanted(DebateTriggeredForWorkItem(debate_topic="Should we queue?")).ask == PRACTICE.complex
    assert asked.metadata == {"event_type": "DebateTriggeredForWorkItem", "work_item_id": str(ITEM)}


def test_the_application_s_names_of_participants_become_ours():
    asked = wanted(DebateTriggeredForWorkItem(participants=["Claude", "gemini", "openai/gpt-4o"]))
    assert asked.ask.participants == ("opus", "gemini-pro", "openai/gpt-4o")
    assert asked.ask.workflow == PRACTICE.moderate.workflow


@pytest.mark.parametrize("few", [[], ["claude"]])
def test_fewer_than_two_participants_are_no_debate_so_the_practice_s_sit(few: list[str]):
    assert wanted(DebateTriggeredForWorkItem(participants=few)).ask == PRACTICE.moderate


def test_the_same_event_is_the_same_debate_and_another_one_is_another():
    first, again = DebateTriggeredForWorkItem(), DebateTriggeredForWorkItem()
    assert wanted(first) == wanted(again)
    assert is_token(wanted(first).debate)
    others = (
        replace(first, work_item_id=ID),
        replace(first, occurred_at=AT.replace(hour=4)),
        replace(first, debate_topic="Which broker?"),
    )
    assert len({wanted(event).debate for event in (first, *others)}) == 4


def test_an_event_s_id_that_cannot_be_one_here_gets_one_that_is_always_the_same():
    odd = {"event_type": "EvolutionTriggered", "event_id": "evolution 7"}
    assert wanted(odd).debate == wanted({**odd, "trigger_type": "other"}).debate != "evolution 7"
    assert is_token(wanted(odd).debate)


@pytest.mark.parametrize("inside", ["payload", "data"])
def test_a_mapping_with_its_values_inside_reads_like_an_object(inside: str):
    item = DebateTriggeredForWorkItem()
    event = {
        "event_type": "DebateTriggeredForWorkItem",
        "metadata": {"event_id": str(ID)},
        inside: {**vars(item), "work_item_type": "story", "occurred_at": AT.isoformat()},
    }
    assert replace(wanted(event), debate="", metadata={}) == replace(wanted(item), debate="", metadata={})
    assert wanted(event).debate == str(ID)


@pytest.mark.parametrize("other", [{"event_type": "TaskCreated"}, {}, object(), None])
def test_other_events_want_no_debate(other: object):
    assert wanted_by(other, PRACTICE) is None
