"""A workflow file: who debates, in which steps, by which thresholds."""

from __future__ import annotations

import hashlib
import re
from typing import Annotated, Literal

import msgspec
from pydantic import ConfigDict, Field, field_validator, model_validator
from pydantic.config import JsonDict

from zamaz import subjects
from zamaz.definition.protocol import BALLOTED, COUNTED, ProtocolSpec, WrittenProtocol, long_form
from zamaz.definition.yamlfile import Patience, Seconds, Strict
from zamaz.events.flow import DecisionType, Flow, Step
from zamaz.events.voting import JUDGE_ROLE

Known = Literal["initial_arguments", "counter_arguments", "consensus_check", "vote", "final_decision"]
TURN_STEPS = ("initial_arguments", "counter_arguments")
CLOSINGS = (
    ["final_decision"],
    ["consensus_check", "final_decision"],
    ["vote", "final_decision"],
    ["consensus_check", "vote", "final_decision"],
)
_FALLBACK = re.compile(r"\s*\(fallback\)\s*\Z", re.IGNORECASE)


class ParticipantSpec(Strict):
    """One participant; its model's name alone is a short way to write it."""

    model: str = Field(min_length=1)
    """An alias of models.yaml, or provider/model."""
    name: str = Field(default="", max_length=64)
    """Its name in the debate; the model's, unless given."""
    role: str = Field(default="participant", max_length=64)
    """What its prompt calls it. Under a protocol with a judge, the one with the role judge argues and votes not."""
    reserve: bool = False
    """It holds no seat, and speaks for a seat whose own model cannot."""


Written = Annotated[
    tuple[ParticipantSpec | Annotated[str, Field(min_length=1)], ...], Field(min_length=1, max_length=24)
]


class Config(Strict):
    """How long and how strictly."""

    max_rounds: int = Field(default=1, ge=1, le=20)
    """After so many rounds the debate decides without consensus."""
    min_rounds: int = Field(default=1, ge=1, le=20)
    """An earlier consensus does not count."""
    consensus_threshold: float = Field(default=0.75, ge=0, le=1)
    """The score (0..1) from which on the participants agree."""
    max_execution_time: Patience | None = None
    """How long the whole debate may run, pauses not counted: seconds, or 90s, 5m, 1h30m."""
    retry_delay: Seconds = 1.0
    """How long to wait before the same model is tried again, where its provider names no time."""
    protocol: ProtocolSpec = ProtocolSpec(name="consensus")
    """How it is decided where there is no consensus after max_rounds: a name, or what else belongs to it."""

    _short_protocol = field_validator("protocol", mode="before", json_schema_input_type=WrittenProtocol)(long_form)

    @model_validator(mode="after")
    def _rounds_fit(self) -> Config:
        if self.min_rounds > self.max_rounds:
            raise ValueError(f"min_rounds {self.min_rounds} is more than max_rounds {self.max_rounds}")
        return self


class StepSpec(Strict):
    """One step."""

    id: str = Field(default="", json_schema_extra={"pattern": "^[A-Za-z0-9_-]{0,64}$"})
    """Its name in the log; its type, unless given."""
    type: Known
    """initial_arguments and counter_arguments: everybody argues; consensus_check: the agreement is measured;
    vote: without consensus, everybody votes, unseen by the others; final_decision: one participant decides."""
    name: str = ""
    """For people."""
    description: str = ""
    """What is wanted of the participants: a part of their prompt."""
    timeout: Patience = 180.0
    """For all its turns, retries included: seconds, or 90s, 5m, 1h30m."""
    max_retries: int = Field(default=1, ge=0, le=10)
    """How often the same model is tried again, before the reserves are."""
    participant: str = ""
    """Who decides (final_decision only); the first participant, unless given."""


def _with_type(*types: Known) -> JsonDict:
    return {"properties": {"type": {"enum": list(types)}}, "required": ["type"]}


HOLDS_A_SEAT: JsonDict = {
    "contains": {
        "anyOf": [
            {"type": "string", "not": {"pattern": r"\([Ff][Aa][Ll][Ll][Bb][Aa][Cc][Kk]\)\s*$"}},
            {"type": "object", "not": {"properties": {"reserve": {"const": True}}, "required": ["reserve"]}},
        ]
    }
}
STEPS_IN_NUMBER: JsonDict = {
    "allOf": [
        {"contains": _with_type("final_decision"), "minContains": 1, "maxContains": 1},
        {"contains": _with_type("consensus_check"), "minContains": 0, "maxContains": 1},
        {"contains": _with_type("vote"), "minContains": 0, "maxContains": 1},
        {"if": {"minItems": 2}, "then": {"contains": _with_type("initial_arguments", "counter_arguments")}},
    ]
}
"""What a JSON Schema can say of `_makes_sense`. The order of the steps is beyond it."""


class WorkflowFile(Strict):
    """A whole workflow file. Keys not listed here are refused."""

    model_config = ConfigDict(json_schema_extra={"title": "Workflow"})

    id: str = Field(json_schema_extra={"pattern": "^[A-Za-z0-9_-]{1,64}$"})
    """What requests call it (`--workflow`): 1 to 64 of A-Z a-z 0-9 _ -"""
    name: str = ""
    """For people."""
    description: str = ""
    """For people."""
    version: str | float | int = ""
    """For people."""
    decision_type: DecisionType = "MODERATE"
    """How weighty its decisions are."""
    participants: tuple[ParticipantSpec, ...] = Field(min_length=1, max_length=24, json_schema_extra=HOLDS_A_SEAT)
    """Who debates, in the order of the seats. `"name (fallback)"` is a reserve."""
    config: Config = Config()
    """How long and how strictly."""
    steps: tuple[StepSpec, ...] = Field(min_length=1, json_schema_extra=STEPS_IN_NUMBER)
    """What a round consists of, in order; then a consensus_check and a vote, if wanted; at last the final_decision."""

    @field_validator("id")
    @classmethod
    def _is_token(cls, value: str) -> str:
        if not subjects.is_token(value):
            raise ValueError("must be 1 to 64 of A-Z a-z 0-9 _ -")
        return value

    @field_validator("participants", mode="before", json_schema_input_type=Written)
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
        closing = [kind for kind in types if kind not in TURN_STEPS]
        if closing not in CLOSINGS or types[-len(closing) :] != closing:
            raise ValueError("one consensus_check, and then one vote, may stand directly before final_decision")
        if len(closing) == len(types) > 1:
            raise ValueError(f"a {closing[0]} needs a step with arguments before it")
        names = [step.id or step.type for step in self.steps]
        for step in names:
            if not subjects.is_token(step):
                raise ValueError(f"step id {step!r} must be 1 to 64 of A-Z a-z 0-9 _ -")
            if names.count(step) > 1:
                raise ValueError(f"two steps are called {step!r}: give each its own id")
        if all(participant.reserve for participant in self.participants):
            raise ValueError("every participant is a fallback: one must hold a seat")
        return self

    @model_validator(mode="after")
    def _decides(self) -> WorkflowFile:
        chosen = self.config.protocol
        types = [step.type for step in self.steps]
        judges = [p for p in self.participants if p.role == JUDGE_ROLE and not p.reserve]
        if chosen.name != "consensus" and not any(kind in TURN_STEPS for kind in types):
            raise ValueError(f"protocol {chosen.name} needs a step with arguments")
        if chosen.name in BALLOTED and "vote" not in types:
            raise ValueError(f"protocol {chosen.name} needs a step of the type vote: arguments do not say it")
        if "vote" in types and chosen.name not in COUNTED:
            raise ValueError(f"a vote is not counted under protocol {chosen.name}: choose another, or leave it out")
        if chosen.setting().has_judge and len(judges) != 1:
            raise ValueError(f"one participant must have the role {JUDGE_ROLE}, and {len(judges)} have")
        if chosen.name == "judge" and self.steps[-1].participant:
            raise ValueError("the judge decides: leave the participant of final_decision out")
        if chosen.name == "unanimity" and "consensus_check" in types and self.config.consensus_threshold < 1:
            raise ValueError("under unanimity a consensus is one of all: consensus_threshold must be 1")
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
            protocol=self.config.protocol.setting(),
        )


def digest(flow: Flow) -> str:
    """sha256 of the flow's canonical JSON, 64 hex digits."""
    return hashlib.sha256(msgspec.json.encode(flow, order="sorted")).hexdigest()
