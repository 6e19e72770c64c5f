"""How long and how strictly a workflow file lets its participants debate."""

from __future__ import annotations

from typing import Annotated

from pydantic import BeforeValidator, Field, field_validator, model_validator

from zamaz.definition.adaptation import AdaptationSpec
from zamaz.definition.context import ContextSpec, WrittenContext, context_form
from zamaz.definition.protocol import ProtocolSpec, WrittenProtocol, long_form
from zamaz.definition.yamlfile import Patience, Seconds, Strict, wrong
from zamaz.events.flow import OnBudget, Repeat

MAX_ROUNDS = 20


class NoveltySpec(Strict):
    """A decision must not repeat one of those before it."""

    earlier: int = Field(default=50, ge=1, le=200)
    """How many of the newest decisions of the same decision_type it is held against."""
    on_repeat: Repeat = "complete_partial"
    """What is done when the proposal repeats one although it was sent back once: complete_partial: it is decided, and
    says that it repeats; abort: it fails, and says what it repeats."""


def _given(value: object) -> object:
    if value is None:
        raise ValueError("is empty: write {} to have it as it usually is, or leave it out")
    return value


class Config(Strict):
    """How long and how strictly."""

    max_rounds: int = Field(default=1, ge=1, le=MAX_ROUNDS)
    """After so many rounds the debate decides without consensus."""
    min_rounds: int = Field(default=1, ge=1, le=MAX_ROUNDS)
    """An earlier consensus does not count."""
    consensus_threshold: float = Field(default=0.75, ge=0, le=1)
    """The score (0..1) from which on the participants agree."""
    max_execution_time: Patience | None = None
    """How long the whole debate may run, pauses not counted: seconds, or 90s, 5m, 1h30m, PT25M."""
    auto_consensus_check: bool = False
    """true: the agreement is measured after every round, also where no step of the type consensus_check stands."""
    allow_dynamic_participants: bool = True
    """Whether participants may join, leave and be replaced while it runs."""
    require_all_participants: bool = False
    """Whether it ends when a seat cannot speak any more. If so, who is named by no step has a seat all the same."""
    retry_delay: Seconds = 1.0
    """How long to wait before the same model is tried again, where its provider names no time."""
    on_budget: OnBudget = "finish"
    """When a budget is too small for what comes next. shrink: no further round, and it is decided in order; finish: it
    is decided on what stands, without another call; stop: it fails."""
    protocol: ProtocolSpec = ProtocolSpec(name="consensus")
    """How it is decided where there is no consensus after max_rounds: a name, or what else belongs to it."""
    context: ContextSpec = ContextSpec()
    """How much of what was said each speaker is shown: window, full, or what else belongs to it."""
    novelty: Annotated[NoveltySpec | None, BeforeValidator(_given, json_schema_input_type=NoveltySpec)] = None
    """Given, the decision must be new: `{}`, or how far back it looks."""
    adaptation: Annotated[AdaptationSpec | None, BeforeValidator(_given, json_schema_input_type=AdaptationSpec)] = None
    """Given, the orchestrator is asked after each round how to go on: `{}`, or what it may do."""

    _short_protocol = field_validator("protocol", mode="before", json_schema_input_type=WrittenProtocol)(long_form)

    _short_context = field_validator("context", mode="before", json_schema_input_type=WrittenContext)(context_form)

    @model_validator(mode="after")
    def _rounds_fit(self) -> Config:
        if self.min_rounds > self.max_rounds:
            raise wrong(f"min_rounds {self.min_rounds} is more than max_rounds {self.max_rounds}", "min_rounds")
        return self


class RoundsSpec(Strict):
    """The short form of what config says of rounds."""

    max: int = Field(default=1, ge=1, le=MAX_ROUNDS)
    """config.max_rounds."""
    min: int = Field(default=1, ge=1, le=MAX_ROUNDS)
    """config.min_rounds."""
    consensus_threshold: float = Field(default=0.75, ge=0, le=1)
    """config.consensus_threshold."""

    @model_validator(mode="after")
    def _rounds_fit(self) -> RoundsSpec:
        if self.min > self.max:
            raise wrong(f"min {self.min} is more than max {self.max}", "min")
        return self

    def written_out(self) -> dict[str, object]:
        """As config has it."""
        return {
            "max_rounds": self.max,
            "min_rounds": self.min,
            "consensus_threshold": self.consensus_threshold,
        }
