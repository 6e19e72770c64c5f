"""A workflow file: who debates, in which steps, by which thresholds and rules."""

from __future__ import annotations

import hashlib
from typing import Any

import msgspec
from pydantic import ConfigDict, Field, field_validator, model_validator

from zamaz import subjects
from zamaz.definition import rules, sense, steps, who
from zamaz.definition.config import Config, RoundsSpec
from zamaz.definition.metadata import MetadataSpec
from zamaz.definition.participants import HOLDS_A_SEAT, ParticipantSpec, Written, long_form, names
from zamaz.definition.protocol import BALLOTED, COUNTED
from zamaz.definition.rules import GateSpec, RuleSpec
from zamaz.definition.steps import ARGUED, IN_NUMBER, TURN_STEPS, StepSpec
from zamaz.definition.yamlfile import Strict, wrong
from zamaz.events.flow import DecisionType, Flow, Step
from zamaz.events.voting import JUDGE_ROLE
from zamaz.selecting import AUTO

ROUNDS_OF_CONFIG = ("max_rounds", "min_rounds", "consensus_threshold")


class WorkflowFile(Strict):
    """A whole workflow file. Keys not listed here are refused."""

    model_config = ConfigDict(json_schema_extra={"title": "Workflow"})

    id: str = Field(default="", validate_default=True, json_schema_extra={"pattern": "^[A-Za-z0-9_-]{1,64}$"})
    """What requests call it (`--workflow`): 1 to 64 of A-Z a-z 0-9 _ -; the file's name, unless given."""
    name: str = ""
    """For people."""
    description: str = ""
    """For people."""
    version: str | float | int = ""
    """For people."""
    decision_type: DecisionType = "MODERATE"
    """How weighty its decisions are."""
    participants: tuple[ParticipantSpec, ...] = Field(min_length=1, max_length=24, json_schema_extra=HOLDS_A_SEAT)
    """Who debates, in the order of the seats. `"name (fallback)"` is a reserve; and so is an alias that no step
    requires, where steps require others."""
    config: Config = Config()
    """How long and how strictly."""
    rounds: RoundsSpec | None = None
    """The short form of what config says of rounds."""
    steps: tuple[StepSpec, ...] = Field(min_length=1, json_schema_extra=IN_NUMBER)
    """What a round consists of, in order; then, if wanted, a consensus_check, a synthesis, a vote and a human_ruling;
    at last the final_decision."""
    rules: tuple[RuleSpec, ...] = Field(default=(), max_length=50)
    """What is done when; where two hold at once, the first is taken first."""
    quality_gates: tuple[GateSpec, ...] = Field(default=(), max_length=20)
    """What the orchestrator is asked about answers before the debate goes on."""
    metadata: MetadataSpec = MetadataSpec()
    """What it is for."""

    @classmethod
    def out_of(cls, data: object, file: str) -> object:
        """A file without an id is called by its own name."""
        return {"id": file, **data} if isinstance(data, dict) else data

    @field_validator("id")
    @classmethod
    def _is_token(cls, value: str) -> str:
        if not subjects.is_token(value):
            raise ValueError("must be 1 to 64 of A-Z a-z 0-9 _ -")
        if value == AUTO:
            raise ValueError(f"{AUTO} stands for a choice among the workflows: call it something else")
        return value

    _short_participants = field_validator("participants", mode="before", json_schema_input_type=Written)(long_form)

    @model_validator(mode="after")
    def _written_out(self) -> WorkflowFile:
        """The short forms in the place of which the long ones stand."""
        needed = self.config.require_all_participants
        changes: dict[str, Any] = {
            "participants": who.with_reserves(self.participants, self.steps, all_required=needed)
        }
        if self.rounds is not None:
            if twice := [key for key in ROUNDS_OF_CONFIG if key in self.config.model_fields_set]:
                raise wrong("rounds says the same: leave one of them out", "config", twice[0])
            changes["config"] = self.config.model_copy(update=self.rounds.written_out())
        return self.model_copy(update=changes)

    @model_validator(mode="after")
    def _makes_sense(self) -> WorkflowFile:
        steps.check(self.steps)
        known = names(self.participants)
        who.check(self.steps, known, self.rules)
        rules.check(self.rules, self.quality_gates, self.resolved_steps(), known)
        sense.check(self.participants, self.config, self.rules, self.quality_gates)
        return self

    def doubts(self) -> list[tuple[sense.Place, str]]:
        """What is likely a mistake in it, and where."""
        measured = any(step.type == "consensus_check" for step in self.resolved_steps())
        return list(sense.doubts(self.participants, self.config, self.rules, measured=measured))

    @model_validator(mode="after")
    def _decides(self) -> WorkflowFile:
        chosen = self.config.protocol
        types = [step.type for step in self.resolved_steps()]
        judges = [p for p in self.participants if p.role == JUDGE_ROLE and not p.reserve]
        if chosen.name != "consensus" and not any(kind in ARGUED for kind in types):
            raise wrong(f"protocol {chosen.name} needs a step with arguments", "config", "protocol")
        if chosen.name in BALLOTED and "vote" not in types:
            raise wrong(f"protocol {chosen.name} needs a step of the type vote: arguments do not say it", "steps")
        if "vote" in types and chosen.name not in COUNTED:
            problem = f"a vote is not counted under protocol {chosen.name}: choose another, or leave it out"
            raise wrong(problem, "steps", [step.type for step in self.steps].index("vote"))
        if chosen.setting().has_judge and len(judges) != 1:
            raise wrong(f"one participant must have the role {JUDGE_ROLE}, and {len(judges)} have", "participants")
        if chosen.name == "judge" and (self.steps[-1].participant or self.steps[-1].required_participants):
            problem = "the judge decides: leave the participant of final_decision out"
            raise wrong(problem, "steps", len(self.steps) - 1)
        if self.config.novelty and chosen.name != "consensus":
            raise wrong(f"a decision that must be new is sent back, and {chosen.name} binds it", "config", "novelty")
        if chosen.name == "unanimity" and "consensus_check" in types and self._threshold() < 1:
            raise wrong("under unanimity a consensus is one of all: consensus_threshold must be 1", "config")
        return self

    @model_validator(mode="after")
    def _adapts(self) -> WorkflowFile:
        if self.config.adaptation is None:
            return self
        if not any(step.type in TURN_STEPS for step in self.resolved_steps()):
            raise wrong("nothing is argued that could go on otherwise: leave it out", "config", "adaptation")
        if self.config.max_rounds == 1 and not any(rule.action == "extend_debate" for rule in self.rules):
            raise wrong("no round follows the only one: raise max_rounds, or leave it out", "config", "adaptation")
        return self

    def resolved_steps(self) -> tuple[Step, ...]:
        """The steps as they run."""
        return steps.resolved(self.steps, checked=self.config.auto_consensus_check)

    def _threshold(self) -> float:
        """A consensus_check's own, or the workflow's."""
        own = (step.conditions.threshold for step in self.steps)
        return next((threshold for threshold in own if threshold is not None), self.config.consensus_threshold)

    def flow(self) -> Flow:
        """The definition as the log carries it."""
        known = names(self.participants)
        run = who.everybody(self.resolved_steps(), known)
        named = self.steps[-1].participant
        if not named and not self.config.protocol.setting().has_judge:
            run = who.judged(run, known)
        ruled = rules.rules_of(self.rules, run, known)
        config = self.config
        return Flow(
            id=self.id,
            steps=run,
            decision_type=self.decision_type,
            max_rounds=config.max_rounds,
            min_rounds=config.min_rounds,
            consensus_threshold=self._threshold(),
            max_execution_s=config.max_execution_time,
            decided_by=named or next(iter(run[-1].who), ""),
            retry_delay_s=config.retry_delay,
            on_budget=config.on_budget,
            protocol=config.protocol.setting(),
            rules=ruled,
            gates=rules.gates_of(self.quality_gates, run),
            dynamic=config.allow_dynamic_participants,
            all_required=config.require_all_participants,
            assess=any(term.of == "complexity" for rule in ruled for term in rule.terms),
            novel=config.novelty is not None,
            context=config.context.setting(),
            adaptation=config.adaptation.setting() if config.adaptation else None,
            on_repeat=config.novelty.on_repeat if config.novelty else "complete_partial",
        )


def digest(flow: Flow) -> str:
    """sha256 of the flow's canonical JSON, 64 hex digits: of the flow as it is read back, since a whole number that
    stands for a part of one (a rule's value) is another text before it was stored."""
    stored = msgspec.json.decode(msgspec.json.encode(flow), type=Flow)
    return hashlib.sha256(msgspec.json.encode(stored, order="sorted")).hexdigest()
