"""The existing application's events, as it knows them: dataclasses with its field names.

An id is a UUID where it can be one, as there, and else the text that it is. `event_id` is made of the fact's name, so
that an event which is published again is the same event; `occurred_at` is when the log stored the fact (UTC, aware).
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, fields
from datetime import datetime
from typing import Any
from uuid import UUID

from zamaz import subjects
from zamaz.events import subject_of, workflow

Id = UUID | str
Classes = Mapping[str, Callable[..., Any]]
"""The application's own classes by their event_type, where its bus tells events apart by class: each is called with
the keyword arguments that the class of that name here takes."""


@dataclass(frozen=True, kw_only=True)
class DomainEvent:
    """What every event of the application has."""

    event_id: UUID
    occurred_at: datetime
    event_type: str
    aggregate_id: Id
    version: int = 1

    def to_dict(self) -> dict[str, Any]:
        """The event as JSON-compatible values."""
        return {each.name: _plain(getattr(self, each.name)) for each in fields(self)}


@dataclass(frozen=True, kw_only=True)
class DebateCompleted(DomainEvent):
    """A debate has a result. `winner` is "" where nobody's position alone was adopted."""

    debate_id: Id
    topic: str
    winner: str
    consensus: bool
    decision_type: str
    decision_id: Id
    summary: str


@dataclass(frozen=True, kw_only=True)
class DecisionMade(DomainEvent):
    """A decision. `confidence` is 0..1."""

    decision_id: Id
    debate_id: Id
    decision_type: str
    question: str
    recommendation: str
    confidence: float
    implementation_required: bool


OWN: Classes = {"DebateCompleted": DebateCompleted, "DecisionMade": DecisionMade}
Told = workflow.DecisionMade | workflow.DebateCompleted
"""The facts that the application hears of."""


def event_of(fact: Told, debate: str, at: datetime, classes: Classes = OWN) -> Any:
    """The event that tells a fact, of `classes` where they know it."""
    name = type(fact).__name__
    values = _decided(fact) if isinstance(fact, workflow.DecisionMade) else _completed(fact)
    return classes.get(name, OWN[name])(
        event_id=UUID(subjects.fact_id(subject_of(debate, fact))), occurred_at=at, event_type=name, version=1, **values
    )


def _completed(fact: workflow.DebateCompleted) -> dict[str, Any]:
    return {
        "aggregate_id": as_id(fact.debate_id),
        "debate_id": as_id(fact.debate_id),
        "topic": fact.topic,
        "winner": fact.winner,
        "consensus": fact.consensus,
        "decision_type": fact.decision_type,
        "decision_id": as_id(fact.decision_id),
        "summary": fact.summary,
    }


def _decided(fact: workflow.DecisionMade) -> dict[str, Any]:
    return {
        "aggregate_id": as_id(fact.decision_id),
        "decision_id": as_id(fact.decision_id),
        "debate_id": as_id(fact.debate_id),
        "decision_type": fact.decision_type,
        "question": fact.question,
        "recommendation": fact.recommendation,
        "confidence": fact.confidence,
        "implementation_required": fact.implementation_required,
    }


def as_id(text: str) -> Id:
    """The UUID that a text spells, else the text."""
    try:
        return UUID(text)
    except ValueError:
        return text


def _plain(value: object) -> object:
    if isinstance(value, datetime):
        return value.isoformat()
    return str(value) if isinstance(value, UUID) else value
