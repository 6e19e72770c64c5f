"""What the orchestrator says: cheap decisions about the course of a debate."""

from __future__ import annotations

from decimal import Decimal
from typing import ClassVar, Literal

from zamaz.events.base import Fact, Part
from zamaz.events.debater import Share, Usage
from zamaz.events.flow import Complexity

Agreement = Literal["full", "partial", "none"]
Move = Literal["continue", "redirect", "pause", "complete", "escalate"]


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


class Ruling(OrchestrationFact, frozen=True, kw_only=True):
    """What every ruling says of itself.

    `rung` names who ruled (`default`: nobody could, and nothing was assumed), `model` the model that did,
    `inputs_digest` the sha256 of what was read. `cached` says that an earlier ruling on the same inputs was taken.
    """

    key: ClassVar[tuple[str, ...]] = ("ruling",)
    ruling: str
    rung: str
    passed: tuple[RungPassed, ...] = ()
    provider: str = ""
    model: str = ""
    confidence: Share
    why: str = ""
    inputs_digest: str
    latency_ms: int
    usage: Usage | None = None
    cached: bool = False


class ConsensusAssessed(Ruling, frozen=True, kw_only=True):
    """How far the positions of a round agree. `score` is the mean over ordered pairs, 0..1."""

    round: int
    agreement: Agreement
    score: Share
    areas_of_agreement: tuple[str, ...] = ()
    areas_of_disagreement: tuple[str, ...] = ()
    positions: tuple[HeldPosition, ...] = ()


class ComplexityAssessed(Ruling, frozen=True, kw_only=True):
    """How much debate a question deserves."""

    complexity: Complexity


class WorkflowSelected(Ruling, frozen=True, kw_only=True):
    """Which definition a request is best served by (`direct`: none needs to debate it), and what that is expected to
    cost (dollars) and to take (seconds), where that is known."""

    workflow: str
    estimated_cost_usd: Decimal | None = None
    estimated_duration_s: float | None = None


class NextMoveAdvised(Ruling, frozen=True, kw_only=True):
    """How to go on after a round. `focus` is what a redirected round argues about; `consensus_chance` how likely one
    more round brings a consensus, 0..1."""

    round: int
    move: Move
    focus: str = ""
    consensus_chance: Share | None = None


class CriterionJudged(Part, frozen=True, kw_only=True):
    """Whether a criterion is met, and how likely that is (0..1). `participant` is whose answer fails it, "" for
    several, or for all together."""

    criterion: str
    met: bool
    probability: float = 1.0
    participant: str = ""
    why: str = ""


class QualityJudged(Ruling, frozen=True, kw_only=True):
    """Whether answers are what was wanted of them. `subject` is that of the request. What could not be judged is not
    held against anybody: then `met` is true and `rung` is `default`."""

    round: int
    subject: str
    met: bool
    criteria: tuple[CriterionJudged, ...] = ()


class NoveltyJudged(Ruling, frozen=True, kw_only=True):
    """Whether a proposal is new. `repeats` is the debate whose decision it repeats, "" where it is new."""

    round: int
    novel: bool
    repeats: str = ""


FACTS: tuple[type[OrchestrationFact], ...] = (
    ConsensusAssessed,
    ComplexityAssessed,
    WorkflowSelected,
    NextMoveAdvised,
    QualityJudged,
    NoveltyJudged,
)
