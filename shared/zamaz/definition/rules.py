"""The rules and quality gates of a workflow file: what is done when, and what the orchestrator is asked before a
debate goes on."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Annotated

from pydantic import AfterValidator, Field

from zamaz.definition import condition
from zamaz.definition.participants import ParticipantSpec
from zamaz.definition.steps import ANSWERED, TURN_STEPS, Question
from zamaz.definition.yamlfile import Strict, near, wrong
from zamaz.events.flow import Action, Gate, Rule, Step

SEATING: tuple[Action, ...] = ("add_expert_participant", "fallback_participant")
"""Actions on a participant."""
REPEATING: tuple[Action, ...] = ("request_clarification", "require_revision")
"""Actions on a step."""
NOVELTY = "novelty"
ABOUT = {"decision": "final_decision", "consensus": "consensus_check"}
"""Where a gate stands whose name begins like this, and names no step."""
_GATED = (*ANSWERED, "consensus_check")


def _is_condition(text: str) -> str:
    condition.terms(text)
    return text


Condition = Annotated[
    str, AfterValidator(_is_condition), Field(json_schema_extra={"pattern": condition.pattern()}, max_length=500)
]


class RuleSpec(Strict):
    """When its condition holds, its action is taken."""

    condition: Condition
    """A name (consensus_reached_early, no_consensus_after_max_rounds, participant_timeout, participant_failure,
    high_complexity_detected) or comparisons, joined by `and`: `rounds >= 2 and consensus_score < 0.5`,
    `cost_usd > 1.50`, `elapsed > 10m`, `failures >= 2`, `complexity >= moderate`, `consensus == no`."""
    action: Action
    """skip_to_final_decision, escalate_to_human, continue_with_available (who is late is left behind),
    add_expert_participant, fallback_participant, extend_debate, request_clarification, require_revision, abort,
    complete_partial."""
    description: str = ""
    """For people."""
    target: str = ""
    """add_expert_participant, fallback_participant: which participant; request_clarification, require_revision: which
    step. Unless given: the expert in reserve, the first reserve, the last step with arguments."""
    amount: int = Field(default=1, ge=1, le=20)
    """How many rounds extend_debate adds."""
    most: int = Field(default=1, ge=1, le=20)
    """How often a debate may do it."""


class GateSpec(Strict):
    """What the orchestrator is asked about the answers of a step."""

    gate: str = Field(min_length=1, max_length=64)
    """Its name. Where that is a step's id or type, it stands behind that step; decision_… behind the final decision,
    consensus_… behind the consensus check."""
    criteria: tuple[Question, ...] = Field(min_length=1, max_length=20)
    """What each answer is held against, by name."""
    action_on_failure: Action
    """What is done where one is not met, as of a rule."""
    after: str = ""
    """The step that it stands behind; where neither this nor its name says it, the last step with arguments."""
    most: int = Field(default=1, ge=1, le=20)
    """How often a debate may do it; after that it goes on."""


def check(
    rules: Sequence[RuleSpec],
    gates: Sequence[GateSpec],
    steps: Sequence[Step],
    participants: Mapping[str, ParticipantSpec],
) -> None:
    """Raises an error with its place for a target that is none, and for a gate behind no step."""
    turns = [step for step in steps if step.type in TURN_STEPS]
    for n, rule in enumerate(rules):
        _check_target(n, rule, turns, participants)
        if rule.amount != 1 and rule.action != "extend_debate":
            raise wrong(f"{rule.action} counts no rounds: leave it out", "rules", n, "amount")
    for n, gate in enumerate(gates):
        if any(other.gate == gate.gate for other in gates[:n]):
            raise wrong(f"two gates are called {gate.gate!r}", "quality_gates", n, "gate")
        if gate.gate == NOVELTY:
            raise wrong("this name is kept for decisions that must be new: take another", "quality_gates", n, "gate")
        if gate.after and _named(gate.after, steps) is None:
            problem = f"there is no step with answers that is called {gate.after!r}{near(gate.after, _words(steps))}"
            raise wrong(problem, "quality_gates", n, "after")


def _check_target(n: int, rule: RuleSpec, turns: Sequence[Step], participants: Mapping[str, ParticipantSpec]) -> None:
    if rule.target and rule.action not in (*SEATING, *REPEATING):
        raise wrong(f"{rule.action} has no target: leave it out", "rules", n, "target")
    if rule.target and rule.action in SEATING:
        if rule.target not in participants:
            problem = f"there is no participant {rule.target!r}{near(rule.target, participants)}"
            raise wrong(problem, "rules", n, "target")
        if not participants[rule.target].reserve:
            raise wrong(f"{rule.target!r} has a seat already: mark it as a reserve", "rules", n, "target")
    if rule.action in REPEATING:
        if rule.target and rule.target not in (ids := [step.id for step in turns]):
            problem = f"there is no step of a round that is called {rule.target!r}{near(rule.target, ids)}"
            raise wrong(problem, "rules", n, "target")
        if not turns:
            raise wrong(f"{rule.action} needs a step with arguments, and there is none", "rules", n, "action")


def rules_of(
    rules: Iterable[RuleSpec], steps: Sequence[Step], participants: Mapping[str, ParticipantSpec]
) -> tuple[Rule, ...]:
    """As the log carries them: each with the target that it has."""
    return tuple(
        Rule(
            condition=spec.condition.strip(),
            terms=condition.terms(spec.condition),
            action=spec.action,
            target=spec.target or _target(spec.action, steps, participants),
            amount=spec.amount,
            most=spec.most,
            description=spec.description,
        )
        for spec in rules
    )


def _target(action: Action, steps: Sequence[Step], participants: Mapping[str, ParticipantSpec]) -> str:
    """Where a rule names none. "": there is nobody in reserve, and the action has nothing to take."""
    reserves = {name: p for name, p in participants.items() if p.reserve}
    experts = [name for name, p in reserves.items() if p.role == "expert"]
    if action == "add_expert_participant":
        return next(iter((*experts, *reserves)), "")
    if action == "fallback_participant":
        return next(iter(name for name in reserves if name not in experts), next(iter(reserves), ""))
    return _last_turn(steps) if action in REPEATING else ""


def gates_of(gates: Iterable[GateSpec], steps: Sequence[Step]) -> tuple[Gate, ...]:
    """As the log carries them: each behind a step."""
    return tuple(
        Gate(
            name=spec.gate,
            criteria=spec.criteria,
            on_failure=spec.action_on_failure,
            after=_named(spec.after or spec.gate, steps) or _meant(spec.gate, steps),
            most=spec.most,
        )
        for spec in gates
    )


def _named(word: str, steps: Sequence[Step]) -> str | None:
    """The step with answers, or that measures them, which has this id or is the last of this type."""
    answered = [step for step in steps if step.type in _GATED]
    by_id = [step.id for step in answered if step.id == word]
    by_type = [step.id for step in answered if step.type == word]
    return next(iter((*by_id, *reversed(by_type))), None)


def _meant(gate: str, steps: Sequence[Step]) -> str:
    about = next((kind for word, kind in ABOUT.items() if gate.startswith(word)), "")
    return _named(about, steps) or _last_turn(steps)


def _last_turn(steps: Sequence[Step]) -> str:
    """The last step of a round; of a definition without rounds, its only step."""
    return next((step.id for step in reversed(steps) if step.type in TURN_STEPS), steps[-1].id)


def _words(steps: Iterable[Step]) -> list[str]:
    return [step.id for step in steps if step.type in _GATED]
