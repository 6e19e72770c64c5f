"""What the existing application asks for, as data: which workflow and which participants for which question."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from zamaz.compat.complexity import Level, Rule

REQUESTER = "zamaz.compat"
"""What its requests carry as `requester`."""


@dataclass(frozen=True)
class Ask:
    """A workflow's id, and its participants where they are not the workflow's own."""

    workflow: str
    participants: tuple[str, ...] = ()


@dataclass(frozen=True)
class Practice:
    """`simple` is answered by one participant. `aliases` maps the application's names to those of models.yaml."""

    rule: Rule
    simple: Ask
    moderate: Ask
    complex: Ask
    evolution: Ask
    evolution_question: str
    aliases: Mapping[str, str] = field(default_factory=dict)

    def ask(self, level: Level, participants: tuple[str, ...] = ()) -> Ask:
        """What a question of that level takes; `participants` sit there instead, one of them where one answers."""
        found = {"simple": self.simple, "moderate": self.moderate, "complex": self.complex}[level]
        return seated(found, participants[:1] if level == "simple" else participants)


def seated(ask: Ask, participants: tuple[str, ...]) -> Ask:
    """The same with other participants, where there are any."""
    return Ask(ask.workflow, participants) if participants else ask
