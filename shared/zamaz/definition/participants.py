"""Who debates, as a workflow file says it: seats and reserves, with roles, sides, and what each sees."""

from __future__ import annotations

import difflib
import re
from collections.abc import Iterable
from typing import Annotated

from pydantic import Field, field_validator
from pydantic.config import JsonDict

from zamaz.definition.yamlfile import Strict
from zamaz.events.flow import Visibility

ROLES = ("proposer", "opponent", "moderator", "expert", "devils_advocate", "judge", "observer")
"""The roles that have a prompt of their own and a meaning to the course of a debate."""
NO_ROLE = "participant"
_FALLBACK = re.compile(r"\s*\(fallback\)\s*\Z", re.IGNORECASE)


class ParticipantSpec(Strict):
    """One participant; its model's name alone is a short way to write it."""

    model: str = Field(min_length=1)
    """An alias of models.yaml, or provider/model."""
    name: str = Field(default="", max_length=64)
    """Its name in the debate; the model's, unless given."""
    role: str = Field(default=NO_ROLE, max_length=64)
    """proposer, opponent, moderator, expert, devils_advocate, judge (argues and votes not, and decides) and observer
    (speaks and votes not) have a meaning and a prompt of their own; another is what the prompt calls it."""
    stance: str = Field(default="", max_length=500)
    """What it has to argue for; its own mind, unless given."""
    side: str = Field(default="", max_length=64)
    """Seats of one side see each other, where that is all they see."""
    visibility: Visibility = "all"
    """Whom of the others it sees: all; own_side; neighbours: the seats before and after its own; summary: of all, but
    their positions alone. Whoever decides sees all positions."""
    reserve: bool = False
    """It holds no seat, and speaks for a seat whose own model cannot; or takes one, where a rule adds it."""

    @field_validator("role")
    @classmethod
    def _no_slip(cls, value: str) -> str:
        near = difflib.get_close_matches(value.lower(), ROLES, n=1, cutoff=0.8)
        if near and value != near[0]:
            raise ValueError(f"{value!r} is no role with a meaning: did you mean {near[0]!r}?")
        return value

    @property
    def called(self) -> str:
        """Its name, before a second one of that name."""
        return self.name or self.model


Written = Annotated[
    tuple[ParticipantSpec | Annotated[str, Field(min_length=1)], ...], Field(min_length=1, max_length=24)
]
HOLDS_A_SEAT: JsonDict = {
    "contains": {
        "anyOf": [
            {"type": "string", "not": {"pattern": r"\([Ff][Aa][Ll][Ll][Bb][Aa][Cc][Kk]\)\s*$"}},
            {"type": "object", "not": {"properties": {"reserve": {"const": True}}, "required": ["reserve"]}},
        ]
    }
}


def long_form(value: object) -> object:
    """A list of participants with each alias written out; `"alias (fallback)"` is a reserve."""
    if not isinstance(value, list):
        return value
    return [_written_out(item) if isinstance(item, str) else item for item in value]


def alias(text: str) -> str:
    """A name without its mark of a reserve."""
    return _FALLBACK.sub("", text)


def unique(name: str, taken: Iterable[str]) -> str:
    """The name, or with a number where it is taken."""
    known, n, made = set(taken), 2, name
    while made in known:
        made, n = f"{name}-{n}", n + 1
    return made


def names(participants: Iterable[ParticipantSpec]) -> dict[str, ParticipantSpec]:
    """Each participant by the name that it has in a debate of all of them; the seats are named first."""
    made: dict[str, ParticipantSpec] = {}
    for participant in sorted(participants, key=lambda p: p.reserve):
        made[unique(participant.called, made)] = participant
    return made


def _written_out(text: str) -> dict[str, object]:
    return {"model": alias(text), "reserve": True} if _FALLBACK.search(text) else {"model": text}
