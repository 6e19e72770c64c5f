"""orchestration.yaml: which rungs rule, in which order, and when each passes up."""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from zamaz.definition.yamlfile import Seconds, Strict
from zamaz.events.workflow import RungSetting

Rung = Literal["rules", "ollama", "local"]


class RungSpec(Strict):
    """One rung. Below `threshold` confidence, or after `timeout` seconds, it passes the question up."""

    rung: Rung
    threshold: float = Field(default=0.0, ge=0, le=1)
    model: str = ""
    timeout: Seconds = Field(default=30.0, gt=0)


class AgreementSpec(Strict):
    """What a score (0..1) is called: `full` from `full_from` on, `none` below `none_below`, else `partial`."""

    full_from: float = Field(default=0.9, ge=0, le=1)
    none_below: float = Field(default=0.4, ge=0, le=1)


class OrchestrationFile(Strict):
    """The ladder of each kind of ruling, cheapest rung first."""

    consensus: tuple[RungSpec, ...] = Field(min_length=1)
    agreement: AgreementSpec = AgreementSpec()

    def ladder(self) -> dict[str, tuple[RungSetting, ...]]:
        """As DebateStarted carries it."""
        rungs = tuple(
            RungSetting(rung=r.rung, threshold=r.threshold, model=r.model, timeout_s=r.timeout) for r in self.consensus
        )
        return {"consensus": rungs}
