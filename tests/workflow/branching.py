"""Forks in stories: where a fact stands, the fork at it, and what the fork itself has said."""

from __future__ import annotations

from typing import Any

from zamaz.events.client import DebateForked
from zamaz.forks import inherited
from zamaz.testing import Story
from zamaz_workflow.debate import Debate
from zamaz_workflow.decide import DECIDER
from zamaz_workflow.seating import World

Tale = Story[Debate, World]
HOUR = 3600.0


def place(tale: Tale, kind: type[Any], nth: int = -1) -> int:
    """Where a fact of one type stands."""
    return [heard.seq for heard in tale.facts if isinstance(heard.fact, kind)][nth]


def fork(tale: Tale, at: int, debate: str = "f1", **changes: Any) -> Tale:
    """A fork of a debate, made an hour after its newest fact, as its loader hands it to the decider."""
    said = DebateForked(parent=tale.debate, at=at, changes={key.replace("_", "."): v for key, v in changes.items()})
    parent = tale.later(HOUR)
    beginning = tuple(inherited(parent.facts, said, parent.sees + 1))
    own = Story(DECIDER, parent.world, beginning, parent.at, debate)
    return own.given(said)


def own(tale: Tale, kind: type[Any]) -> list[Any]:
    return [heard.fact for heard in tale.facts if heard.debate == tale.debate and isinstance(heard.fact, kind)]
