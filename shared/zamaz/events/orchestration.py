"""What the orchestrator says: cheap decisions about the course of a debate."""

from __future__ import annotations

from typing import ClassVar, Literal

from zamaz.events.base import Fact, Part
from zamaz.events.debater import Share, Usage

Agreement = Literal["full", "partial", "none"]


class OrchestrationFact(Fact, frozen=True, kw_only=True):
    """Said by the orchestrator service."""

    voice: ClassVar[str] = "orchestration"


class RungPassed(Part, frozen=True, kw_only=True):
    """A rung that did not answer, and why it passed the question up."""

    rung: str
    why: str


class HeldPosition(Part, frozen=True, kw_only=True):
    """A position as the ruling read it. `group` numbers the positions that say the same, from 0."""

    participant: str
    position: str
    group: int = 0


class ConsensusAssessed(OrchestrationFact, frozen=True, kw_only=True):
    """How far the positions of a round agree. `score` is the mean over ordered pairs, 0..1.

    `rung` names who ruled (`default`: nobody could, and nothing was assumed), `model` the model that did,
    `inputs_digest` the sha256 of what was read.
    """

    key: ClassVar[tuple[str, ...]] = ("ruling",)
    ruling: str
    round: int
    agreement: Agreement
    score: Share
    areas_of_agreement: tuple[str, ...] = ()
    areas_of_disagreement: tuple[str, ...] = ()
    positions: tuple[HeldPosition, ...] = ()
    rung: str
    passed: tuple[RungPassed, ...] = ()
    provider: str = ""
    model: str = ""
    confidence: Share
    why: str = ""
    inputs_digest: str
    latency_ms: int
    usage: Usage | None = None


FACTS: tuple[type[OrchestrationFact], ...] = (ConsensusAssessed,)
