"""Facts as the existing application's events."""

from __future__ import annotations

import json
from dataclasses import fields
from decimal import Decimal
from typing import Any
from uuid import UUID

import msgspec

from zamaz import events
from zamaz.compat import DebateCompleted, DecisionMade
from zamaz.compat.events import event_of
from zamaz.compat.outcome import decided
from zamaz.events.orchestration import ConsensusAssessed
from zamaz.testing import START, record

from contract.samples import SAMPLES

BASE = {"event_id", "occurred_at", "event_type", "aggregate_id", "version"}


def sample(kind: type[Any], **changes: Any) -> Any:
    (found,) = (fact for fact in SAMPLES if isinstance(fact, kind))
    return msgspec.structs.replace(found, **changes)


def completed(**changes: Any) -> Any:
    return sample(events.workflow.DebateCompleted, **changes)


def test_the_events_have_the_fields_that_the_application_knows():
    assert {each.name for each in fields(DebateCompleted)} - BASE == {
        "debate_id", "topic", "winner", "consensus", "decision_type", "decision_id", "summary",
    }  # fmt: skip
    assert {each.name for each in fields(DecisionMade)} - BASE == {
        "decision_id", "debate_id", "decision_type", "question", "recommendation", "confidence",
        "implementation_required",
    }  # fmt: skip


def test_an_event_tells_what_its_fact_says():
    event = event_of(completed(), "d1", START)
    assert isinstance(event, DebateCompleted)
    assert (event.event_type, event.occurred_at, event.aggregate_id) == ("DebateCompleted", START, "d1")
    assert (event.winner, event.consensus, event.decision_type) == ("gpt-4o", True, "COMPLEX")
    decision = event_of(sample(events.workflow.DecisionMade), "d1", START)
    assert isinstance(decision, DecisionMade)
    assert (decision.aggregate_id, decision.debate_id) == ("x1", "d1")
    assert (decision.recommendation, decision.confidence) == ("Split it slowly.", 0.8)


def test_an_id_is_a_uuid_where_it_can_be_one():
    text = "6f6f2c1e-7a3b-4b7e-9a55-0d8f6f3f1c11"
    assert event_of(completed(debate_id=text), text, START).debate_id == UUID(text)


def test_the_same_fact_is_the_same_event_and_another_one_is_not():
    first, again = (event_of(completed(), "d1", START) for _ in range(2))
    assert first == again
    assert isinstance(first.event_id, UUID)
    assert event_of(completed(), "d2", START).event_id != first.event_id
    assert event_of(sample(events.workflow.DecisionMade), "d1", START).event_id != first.event_id


def test_an_event_can_be_written_down():
    written = json.loads(json.dumps(event_of(completed(), "d1", START).to_dict()))
    assert written["event_type"] == "DebateCompleted"
    assert written["occurred_at"] == START.isoformat()


def test_the_application_s_own_classes_are_used_where_it_gives_them():
    made = event_of(completed(), "d1", START, {"DebateCompleted": dict})
    assert made["summary"] == completed().summary
    assert isinstance(event_of(sample(events.workflow.DecisionMade), "d1", START, {"X": dict}), DecisionMade)


def test_a_caller_gets_the_last_assessment_with_the_decision():
    rounds = [sample(ConsensusAssessed, round=n, score=score) for n, score in ((2, 0.75), (1, 0.25))]
    facts = [record(n, fact) for n, fact in enumerate(rounds, 1)]
    answer = decided(completed(cost_usd=Decimal(0)), START, facts, "complex")
    assert answer == {
        "decision": "Split it slowly.",
        "method": "debate",
        "rounds": 2,
        "complexity": "complex",
        "debate_id": "d1",
        "time": START.isoformat(),
        "consensus": True,
        "consensus_level": 0.75,
        "consensus_type": "partial",
    }


def test_without_an_assessment_nobody_agreed():
    answer = decided(completed(consensus=False, rounds=0), START, [], "simple")
    assert (answer["method"], answer["rounds"]) == ("direct", 0)
    assert (answer["consensus"], answer["consensus_level"], answer["consensus_type"]) == (False, 0.0, "none")
