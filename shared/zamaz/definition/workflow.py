"""A workflow file: who debates, in which steps, by which thresholds."""

from __future__ import annotations

import hashlib
import re
from typing import Annotated

import msgspec
from pydantic import Field, field_validator, model_validator

from zamaz import subjects
from zamaz.definition.yamlfile import Seconds, Strict
from zamaz.events.workflow import DecisionType, Flow, Step, StepType

TURN_STEPS = ("initial_arguments", "counter_arguments")
_FALLBACK = re.compile(r"\s*\(fallback\)\s*\Z", re.IGNORECASE)


class ParticipantSpec(Strict):
    """One participant: an alias of models.yaml or `provider/model`, its name in the debate and its role.

    A reserve speaks for a seat whose own models are out of reach.
    """

    model: str = Field(min_length=1)
    name: str = Field(default="", max_length=64)
    role: str = Field(default="participant", max_length=64)
    reserve: bool = False


class Config(Strict):
    """How long and how strictly."""

    max_rounds: int = Field(default=1, ge=1, le=20)
    min_rounds: int = Field(default=1, ge=1, le=20)
    consensus_threshold: float = Field(default=0.75, ge=0, le=1)
    max_execution_time: Annotated[Seconds, Field(gt=0)] | None = None
    retry_delay: Seconds = Field(default=1.0, ge=0)

    @model_validator(mode="after")
    def _rounds_fit(self) -> Config:
        if self.min_rounds > self.max_rounds:
            raise ValueError(f"min_rounds {self.min_rounds} is more than max_rounds {self.max_rounds}")
        return self


class StepSpec(Strict):
    """One step. `timeout` covers all its turns and their retries; `description` is part of the prompt."""

    id: str = ""
    type: StepType
    name: str = ""
    description: str = ""
    timeout: Seconds = Field(default=180.0, gt=0)
    max_retries: int = Field(default=1, ge=0, le=10)
    participant: str = ""


class WorkflowFile(Strict):
    """A whole workflow file. Keys not listed here are refused."""

    id: str
    name: str = ""
    description: str = ""
    version: str | float | int = ""
    decision_type: DecisionType = "MODERATE"
    participants: tuple[ParticipantSpec, ...] = Field(min_length=1, max_length=24)
    config: Config = Config()
    steps: tuple[StepSpec, ...] = Field(min_length=1)

    @field_validator("id")
    @classmethod
    def _is_token(cls, value: str) -> str:
        if not subjects.is_token(value):
            raise ValueError("must be 1 to 64 of A-Z a-z 0-9 _ -")
        return value

    @field_validator("participants", mode="before")
    @classmethod
    def _short_form(cls, value: object) -> object:
        if not isinstance(value, list):
            return value
        return [
            {"model": _FALLBACK.sub("", item), "reserve": bool(_FALLBACK.search(item))}
            if isinstance(item, str)
            else item
            for item in value
        ]

    @model_validator(mode="after")
    def _makes_sense(self) -> WorkflowFile:
        types = [step.type for step in self.steps]
        if types[-1] != "final_decision" or types.count("final_decision") != 1:
            raise ValueError("steps must end with one final_decision")
        if types.count("consensus_check") > 1 or ("consensus_check" in types and types[-2] != "consensus_check"):
            raise ValueError("one consensus_check may stand, directly before final_decision")
        if len(types) > 1 and not any(kind in TURN_STEPS for kind in types):
            raise ValueError("a consensus_check needs a step with arguments before it")
        names = [step.id or step.type for step in self.steps]
        for step in names:
            if not subjects.is_token(step):
                raise ValueError(f"step id {step!r} must be 1 to 64 of A-Z a-z 0-9 _ -")
            if names.count(step) > 1:
                raise ValueError(f"two steps are called {step!r}: give each its own id")
        if all(participant.reserve for participant in self.participants):
            raise ValueError("every participant is a fallback: one must hold a seat")
        return self

    def flow(self) -> Flow:
        """The definition as the log carries it."""
        steps = tuple(
            Step(
                id=spec.id or spec.type,
                type=spec.type,
                instruction=spec.description,
                timeout_s=spec.timeout,
                max_retries=spec.max_retries,
            )
            for spec in self.steps
        )
        return Flow(
            id=self.id,
            steps=steps,
            decision_type=self.decision_type,
            max_rounds=self.config.max_rounds,
            min_rounds=self.config.min_rounds,
            consensus_threshold=self.config.consensus_threshold,
            max_execution_s=self.config.max_execution_time,
            decided_by=self.steps[-1].participant,
            retry_delay_s=self.config.retry_delay,
        )


def digest(flow: Flow) -> str:
    """sha256 of the flow's canonical JSON, 64 hex digits."""
    return hashlib.sha256(msgspec.json.encode(flow, order="sorted")).hexdigest()
