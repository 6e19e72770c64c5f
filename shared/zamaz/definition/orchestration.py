"""orchestration.yaml: which rungs rule, in which order, and when each passes up."""

from __future__ import annotations

from typing import Literal

from pydantic import ConfigDict, Field

from zamaz.definition.yamlfile import Patience, Strict
from zamaz.events.flow import RungSetting

Rung = Literal["rules", "ollama", "local"]


class RungSpec(Strict):
    """One rung of the ladder: it answers, or passes the question up."""

    rung: Rung
    """rules: no model is asked; ollama, local: a small model rules."""
    threshold: float = Field(default=0.0, ge=0, le=1)
    """Below this confidence (0..1) it passes up."""
    model: str = ""
    """Which model rules."""
    timeout: Patience = 30.0
    """After so long it passes up: seconds, or 90s, 5m."""


class AgreementSpec(Strict):
    """What a score (0..1) is called; `partial` in between."""

    full_from: float = Field(default=0.9, ge=0, le=1)
    """`full` from this score on."""
    none_below: float = Field(default=0.4, ge=0, le=1)
    """`none` below it."""


class OrchestrationFile(Strict):
    """The ladder of each kind of ruling, cheapest rung first."""

    model_config = ConfigDict(json_schema_extra={"title": "Orchestration"})

    consensus: tuple[RungSpec, ...] = Field(min_length=1)
    """Who says how far the positions of a round agree."""
    agreement: AgreementSpec = AgreementSpec()
    """What a score is called. The score alone decides a debate."""

    def ladder(self) -> dict[str, tuple[RungSetting, ...]]:
        """As DebateStarted carries it."""
        rungs = tuple(
            RungSetting(rung=r.rung, threshold=r.threshold, model=r.model, timeout_s=r.timeout) for r in self.consensus
        )
        return {"consensus": rungs}
