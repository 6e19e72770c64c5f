"""The steps of a workflow file: what each wants of whom, and in which order they may stand."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Annotated

from pydantic import Field, field_validator, model_validator
from pydantic.config import JsonDict

from zamaz import subjects
from zamaz.definition.participants import alias
from zamaz.definition.yamlfile import Patience, Strict, wrong
from zamaz.events.flow import ANY_ANSWER, SUMMARY, Conditions, DefinedStep, Order, Step, StepType

TURN_STEPS: tuple[StepType, ...] = (
    "initial_arguments",
    "counter_arguments",
    "clarification",
    "devils_advocate",
    "expert_review",
    "moderation",
    "custom",
)
"""What a round may consist of."""
CLOSING: tuple[StepType, ...] = ("consensus_check", "synthesis", "vote", "human_ruling", "final_decision")
"""What stands behind the rounds, each once at most and in this order."""
ARGUED: tuple[StepType, ...] = ("initial_arguments", "counter_arguments", "custom")
"""Positions come of these: without one there is no debate."""
ANSWERED: tuple[StepType, ...] = (*TURN_STEPS, "synthesis", "final_decision")
"""Steps whose answers are arguments, which may have a length and sections."""
CHECK_TIMEOUT_S = 60.0
_COMPUTED = ("min_argument_length", "max_argument_length", "required_sections")
_RULED = ("analyze_convergence", "identify_gaps")
"""What every ruling on consensus tells, asked for or not."""
Name = Annotated[str, Field(pattern=r"^\s*\S", max_length=200)]
Question = Annotated[str, Field(pattern=r"^[A-Za-z][A-Za-z0-9_ -]*$", max_length=200)]
"""What is asked about an answer, by a name; definitions/prompts/demands.md has a sentence for it, or it is its own."""


class ConditionsSpec(Strict):
    """What an answer must be. Lengths and sections are measured; the others are told to whoever answers, and the
    orchestrator is asked about them by their names."""

    min_argument_length: int = Field(default=0, ge=0)
    """Characters of the argument, at least."""
    max_argument_length: int | None = Field(default=None, ge=1)
    """Characters of the argument, at most."""
    required_sections: tuple[Name, ...] = ()
    """Headings that it must have."""
    require_structure: bool = False
    """It is divided by headings or lists."""
    must_reference_previous: bool = False
    """It refers to what others said."""
    address_concerns: bool = False
    """It answers each concern that was raised."""
    include_implementation_plan: bool = False
    """It has a plan of how it is done."""
    include_risk_mitigation: bool = False
    """It names the risks, and what is done about each."""
    include_success_metrics: bool = False
    """It says by which numbers it is seen to have worked."""
    include_action_items: bool = False
    """It lists what is to be done, and by whom."""
    include_timeline: bool = False
    """It says what is done by when."""
    analyze_convergence: bool = False
    """It names what the positions share; the ruling of a consensus_check always does."""
    identify_gaps: bool = False
    """It names where they part; the ruling of a consensus_check always does."""
    threshold: float | None = Field(default=None, ge=0, le=1)
    """consensus_check only: the score from which on they agree, instead of the workflow's."""
    require_consensus: bool = False
    """final_decision only: without a consensus it is not decided."""
    demands: tuple[Question, ...] = ()
    """Whatever else is wanted, by names of your own."""

    @model_validator(mode="after")
    def _can_be_met(self) -> ConditionsSpec:
        if self.max_argument_length is not None and self.min_argument_length > self.max_argument_length:
            raise wrong(
                f"at least {self.min_argument_length} characters and at most {self.max_argument_length} cannot be met",
                "min_argument_length",
            )
        return self

    def wanted(self, *, besides: Sequence[str] = ()) -> Conditions:
        """As the log carries it, without the switches `besides`."""
        apart = ("require_consensus", "demands", *besides)
        switches = (name for name in type(self).model_fields if name not in apart)
        made = Conditions(
            min_length=self.min_argument_length,
            max_length=self.max_argument_length or 0,
            sections=self.required_sections,
            demands=tuple(dict.fromkeys((*(s for s in switches if getattr(self, s) is True), *self.demands))),
        )
        return ANY_ANSWER if made == ANY_ANSWER else made


class StepSpec(Strict):
    """One step."""

    id: str = Field(default="", json_schema_extra={"pattern": "^[A-Za-z0-9_-]{0,64}$"})
    """Its name in the log; its type, unless given."""
    type: DefinedStep
    """Of a round: initial_arguments and counter_arguments: the panel argues; clarification: it answers what is
    unclear; devils_advocate: one argues against what most hold; expert_review: the experts judge what was said;
    moderation: the moderator sums up and points the way; custom: what its description says. After the rounds:
    consensus_check: the agreement is measured; synthesis: one answer is made of all; vote: without consensus,
    everybody votes, unseen by the others; human_ruling: a person decides; final_decision: one participant decides."""
    name: str = ""
    """For people."""
    description: str = ""
    """What is wanted of the participants: a part of their prompt."""
    required_participants: tuple[Name, ...] = ()
    """Who takes part, by their names; unless given, whoever the step's type is for. Of final_decision, the first
    decides."""
    order: Order = "parallel"
    """parallel: all are asked at once; sequential: one after the other, each seeing those before it."""
    conditions: ConditionsSpec = ConditionsSpec()
    """What an answer must be."""
    timeout: Patience = 180.0
    """For all its turns, retries included: seconds, or 90s, 5m, 1h30m. A human_ruling is waited for without end, unless
    given: then the debate decides itself."""
    max_retries: int = Field(default=1, ge=0, le=10)
    """How often the same model is tried again, before the reserves are."""
    participant: str = ""
    """Who decides (final_decision only); the first participant, unless given."""

    @field_validator("required_participants")
    @classmethod
    def _without_marks(cls, value: tuple[str, ...]) -> tuple[str, ...]:
        return tuple(alias(name.strip()) for name in value)

    @model_validator(mode="after")
    def _conditions_fit(self) -> StepSpec:
        given = self.conditions
        if given.threshold is not None and self.type != "consensus_check":
            raise wrong(f"a {self.type} measures no agreement: leave it out", "conditions", "threshold")
        if given.require_consensus and self.type != "final_decision":
            raise wrong("only a final_decision waits for a consensus", "conditions", "require_consensus")
        if self.type not in ANSWERED and (measured := [name for name in _COMPUTED if getattr(given, name)]):
            raise wrong(f"a {self.type} has no arguments: leave it out", "conditions", measured[0])
        if self.order == "sequential" and self.type not in TURN_STEPS:
            raise wrong(f"nobody takes turns in a {self.type}: leave it out", "order")
        if self.participant and self.type != "final_decision":
            raise wrong("only a final_decision has one: write required_participants", "participant")
        if self.participant and self.required_participants:
            raise wrong("participant says the same: leave one of them out", "required_participants")
        return self

    @property
    def called(self) -> str:
        """Its name in the log."""
        return self.id or self.type

    def step(self, type_: StepType) -> Step:
        """As the log carries it."""
        ruled = _RULED if type_ == "consensus_check" else ()
        return Step(
            id=self.called,
            type=type_,
            instruction=self.description,
            timeout_s=0.0 if type_ == "human_ruling" and "timeout" not in self.model_fields_set else self.timeout,
            max_retries=self.max_retries,
            who=self.required_participants,
            order=self.order,
            conditions=self.conditions.wanted(besides=ruled),
            needs_consensus=self.conditions.require_consensus,
        )


def resolved(steps: Sequence[StepSpec], *, checked: bool) -> tuple[Step, ...]:
    """The steps as they run. `checked` adds a consensus_check where people argue and none stands; a custom step behind
    the check is no part of a round any more: it is the synthesis."""
    made: list[Step] = []
    for spec in steps:
        behind = any(step.type == "consensus_check" for step in made)
        made.append(spec.step("synthesis" if behind and spec.type == "custom" else spec.type))
    types = [step.type for step in made]
    if checked and "consensus_check" not in types and any(kind in ARGUED for kind in types):
        at = 1 + max(n for n, kind in enumerate(types) if kind in TURN_STEPS)
        made.insert(at, Step(id="consensus_check", type="consensus_check", timeout_s=CHECK_TIMEOUT_S))
    return tuple(made)


def check(specs: Sequence[StepSpec]) -> None:
    """Raises an error with its place for steps that cannot stand like this."""
    steps = resolved(specs, checked=False)
    types = [step.type for step in steps]
    _check_ending(types)
    for n, kind in enumerate(types):
        _check_place(steps, n, kind)
        name = specs[n].called
        if not subjects.is_token(name):
            raise wrong(f"step id {name!r} must be 1 to 64 of A-Z a-z 0-9 _ -", "steps", n, "id")
        if name == SUMMARY:
            raise wrong(
                f"{name} is what the summaries of older rounds are called: give it another id", "steps", n, "id"
            )
        if any(spec.called == name for spec in specs[:n]):
            raise wrong(f"two steps are called {name!r}: give each its own id", "steps", n)
    if len(types) > 1 and not any(kind in ARGUED for kind in types):
        kinds = ", ".join(ARGUED)
        raise wrong(f"a {types[0]} needs a step with arguments before it: one of {kinds}", "steps", 0)


def _check_ending(types: list[StepType]) -> None:
    if "final_decision" not in types:
        raise wrong("steps must end with one final_decision, and none is there", "steps")
    if (at := types.index("final_decision")) < len(types) - 1:
        raise wrong(f"steps must end with one final_decision: this {types[at + 1]} is never reached", "steps", at + 1)


def _check_place(steps: Sequence[Step], n: int, kind: StepType) -> None:
    before = [step.type for step in steps[:n]]
    if kind in CLOSING and kind in before:
        raise wrong(f"one {kind} at most: this is the second", "steps", n)
    if late := [other for other in before if _rank(other) > _rank(kind)]:
        order = ", ".join(CLOSING)
        raise wrong(f"{kind} cannot stand behind {late[0]}: arguments first, then {order}", "steps", n)


def _rank(kind: StepType) -> int:
    return CLOSING.index(kind) + 1 if kind in CLOSING else 0


def _with_type(*types: StepType) -> JsonDict:
    return {"properties": {"type": {"enum": list(types)}}, "required": ["type"]}


def _at_most_one(kind: StepType) -> JsonDict:
    return {"contains": _with_type(kind), "minContains": 0, "maxContains": 1}


IN_NUMBER: JsonDict = {
    "allOf": [
        {"contains": _with_type("final_decision"), "minContains": 1, "maxContains": 1},
        *(_at_most_one(kind) for kind in CLOSING[:-1]),
        {"if": {"minItems": 2}, "then": {"contains": _with_type(*ARGUED)}},
    ]
}
"""What a JSON Schema can say of `check`. The order of the steps is beyond it."""
