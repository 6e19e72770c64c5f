"""The existing application's events that want a debate, read as requests. They may be objects or mappings.

A value is looked for on the event itself, then in its `payload`, `data` and `metadata`.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime

import msgspec

from zamaz import subjects
from zamaz.compat.complexity import complexity
from zamaz.compat.practice import Ask, Practice, seated

EVOLUTION, WORK_ITEM = "EvolutionTriggered", "DebateTriggeredForWorkItem"
TRIGGERS = (EVOLUTION, WORK_ITEM)
_INSIDE = ("payload", "data", "metadata")


@dataclass(frozen=True)
class Wanted:
    """A request in the making. `debate` is the same whenever the event is: a repeated event asks once."""

    debate: str
    question: str
    context: str
    ask: Ask
    metadata: dict[str, str] = field(default_factory=dict)


def wanted_by(event: object, practice: Practice) -> Wanted | None:
    """The request that an event stands for; None for an event that wants no debate."""
    name = text_of(event, "event_type") or type(event).__name__
    if name == EVOLUTION:
        about, question, context = "evolution_id", practice.evolution_question, _why_evolution(event)
        ask = practice.evolution
    elif name == WORK_ITEM:
        about, question, context = "work_item_id", text_of(event, "debate_topic"), _what_item(event)
        ask = _for_item(event, question, context, practice)
    else:
        return None
    names = ("event_id", about)
    carried = {key: text for key in names if (text := text_of(event, key))}
    return Wanted(_debate(event, name, about, question), question, context, ask, {"event_type": name, **carried})


def _debate(event: object, name: str, about: str, question: str) -> str:
    """The event's own id, or one made of what tells the event from others."""
    own = text_of(event, "event_id")
    if subjects.is_token(own):
        return own
    parts = (own,) if own else (text_of(event, about), text_of(event, "occurred_at"), question)
    return subjects.made_id("compat", "/".join((name, *parts)))


def _for_item(event: object, question: str, context: str, practice: Practice) -> Ask:
    """A work item that triggers a debate gets one, however simple its topic reads."""
    level = complexity(question, context, practice.rule)
    named = value_of(event, "participants")
    names = map(str, named) if isinstance(named, list | tuple) else ()
    who = tuple(practice.aliases.get(name.lower(), name) for name in names)
    return seated(practice.ask("moderate" if level == "simple" else level), who if len(who) > 1 else ())


def _why_evolution(event: object) -> str:
    trigger, details = text_of(event, "trigger_type"), value_of(event, "trigger_details")
    lines = [f"What triggered it: {trigger}"] if trigger else []
    return "\n".join([*lines, f"Details: {_json(details)}"] if details else lines)


def _what_item(event: object) -> str:
    told = {"Work item": "work_item_id", "Its type": "work_item_type", "Its complexity": "complexity_score"}
    return "\n".join(f"{label}: {text}" for label, name in told.items() if (text := text_of(event, name)))


def _json(value: object) -> str:
    return msgspec.json.encode(value, enc_hook=str).decode()


def text_of(event: object, name: str) -> str:
    """A value as text: a time in ISO 8601, an enumeration's member by its value, "" for none."""
    value = value_of(event, name)
    if isinstance(value, datetime):
        return value.isoformat()
    return "" if value is None else str(getattr(value, "value", value))


def value_of(event: object, name: str) -> object:
    """A value of an event, wherever the event holds it; None where it has none."""
    return next((value for place in _places(event) if (value := _in(place, name)) is not None), None)


def _places(event: object) -> Iterator[object]:
    yield event
    for name in _INSIDE:
        yield _in(event, name)


def _in(place: object, name: str) -> object:
    return place.get(name) if isinstance(place, Mapping) else getattr(place, name, None)
