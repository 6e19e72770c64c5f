"""What the orchestrator says: cheap decisions about the course of a debate."""

from __future__ import annotations

from decimal import Decimal
from typing import ClassVar, Literal

from zamaz.events.base import Fact, Part
from zamaz.events.debater import Share, Usage
from zamaz.events.flow import Complexity, Move

Agreement = Literal["full", "partial", "none"]
Observed = Literal["sycophancy", "repetition", "drift"]
"""A position that moved to the others' without a new argument; an agreement that only says once more what was said; an
argument off the question."""


class OrchestrationFact(Fact, frozen=True, kw_only=True):
    """Said by the orchestrator service."""

    voice: ClassVar[str] = "orchestration"


Passing = Literal[
    "no_evidence",
    "unsure",
    "timeout",
    "late",
    "circuit",
    "limited",
    "spent",
    "schema",
    "refused",
    "unreachable",
    "missing_model",
    "not_configured",
    "error",
]
"""Why a rung passes up: it has nothing to go by (`no_evidence`); its confidence is under the threshold (`unsure`); it
gave no answer in time (`timeout`), or there was none left (`late`); it was not asked, because of its circuit, its rate
limit or its spend cap; it answered outside the schema, or would not answer (`refused`); or it could not be asked."""


class RungPassed(Part, frozen=True, kw_only=True):
    """A rung that did not answer, and why it passed the question up.

    One that was asked names the model and the tokens that it took all the same. `call` is that of RungAsked, where
    there was one (`zamaz.events.rungs` has what the bill calls it).
    """

    rung: str
    why: str
    reason: Passing | None = None
    provider: str = ""
    model: str = ""
    confidence: Share | None = None
    latency_ms: int = 0
    usage: Usage | None = None
    call: str = ""


class HeldPosition(Part, frozen=True, kw_only=True):
    """A position as the ruling read it. `group` numbers the positions that say the same, from 0."""

    participant: str
    position: str
    group: int = 0


class Ruling(OrchestrationFact, frozen=True, kw_only=True):
    """What every ruling says of itself.

    `rung` names who ruled (`default`: nobody could, and nothing was assumed), `model` the model that did,
    `inputs_digest` the sha256 of what was read. `cached` says that an earlier ruling on the same inputs was taken.
    `odds` are the probabilities of the options that it had, where its rung gives them. `call` is that of RungAsked,
    where its rung sends bills.
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
    odds: dict[str, Share] = {}
    call: str = ""


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


class Observation(Part, frozen=True, kw_only=True):
    """What a participant did in a round that more rounds will not mend, and how one sees it."""

    of: Observed
    participant: str
    why: str = ""


class NextMoveAdvised(Ruling, frozen=True, kw_only=True):
    """How to go on after a round. `focus` is what a redirected round argues about; `consensus_chance` how likely one
    more round brings a consensus, 0..1; `observed` what was seen beside that, whatever the move."""

    round: int
    move: Move
    focus: str = ""
    consensus_chance: Share | None = None
    observed: tuple[Observation, ...] = ()


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


class RungAsked(OrchestrationFact, frozen=True, kw_only=True):
    """A rung that sends bills is about to be asked for a ruling. `call` is `<ruling>-asked-<n>`, n from 1 over all
    that were asked for it, whoever asked; one by another process takes over from one that is gone.

    `by` is the asking process, `prompt_digest` the sha256 of the prompts, in their order. A `shadow` measures a ruling
    that stands.
    """

    key: ClassVar[tuple[str, ...]] = ("call",)
    call: str
    ruling: str
    by: str
    rung: str
    provider: str
    model: str
    prompt_digest: str
    max_output_tokens: int = 0
    prompt_bytes: int = 0
    shadow: bool = False


class RulingShadowed(OrchestrationFact, frozen=True, kw_only=True):
    """What another rung makes of a question that is ruled on already. It changes nothing: it measures.

    `ruled_by` is the rung that ruled with `ruled_confidence`, `ruled` what it said and `said` what this one says, each
    in a word. `regret` is how far the ruling is off if this one is right, 0..1. Where it could not say, `agrees` is
    None and `why` tells the reason. `call` is that of RungAsked, where its rung sends bills.
    """

    key: ClassVar[tuple[str, ...]] = ("ruling",)
    ruling: str
    kind: str
    ruled_by: str
    ruled: str
    ruled_confidence: Share
    rung: str
    said: str = ""
    agrees: bool | None = None
    regret: Share | None = None
    provider: str = ""
    model: str = ""
    confidence: Share = 0.0
    odds: dict[str, Share] = {}
    why: str = ""
    inputs_digest: str
    latency_ms: int = 0
    usage: Usage | None = None
    call: str = ""


class RulingDiscarded(OrchestrationFact, frozen=True, kw_only=True):
    """A ruling that was paid for and is not used: another stood on the same question, or nobody waits for it any more.

    `call` is that of RungAsked, where its rung sends bills. Of an orchestrator that is gone, it is all that is known.
    """

    key: ClassVar[tuple[str, ...]] = ("discard",)
    discard: str
    ruling: str
    rung: str
    passed: tuple[RungPassed, ...] = ()
    provider: str = ""
    model: str = ""
    usage: Usage | None = None
    call: str = ""


FACTS: tuple[type[OrchestrationFact], ...] = (
    ConsensusAssessed,
    ComplexityAssessed,
    WorkflowSelected,
    NextMoveAdvised,
    QualityJudged,
    NoveltyJudged,
    RungAsked,
    RulingShadowed,
    RulingDiscarded,
)

RULINGS: tuple[type[Ruling], ...] = (
    ConsensusAssessed,
    ComplexityAssessed,
    WorkflowSelected,
    NextMoveAdvised,
    QualityJudged,
    NoveltyJudged,
)
"""Whatever answers a RulingRequested."""
