"""A workflow as a Mermaid state diagram: a state a step, with the way back into the next round."""

from __future__ import annotations

from collections.abc import Iterator

from zamaz.definition.explain import Plan, duration
from zamaz.events.workflow import Step


def diagram(plan: Plan) -> str:
    """The plan as text in Mermaid's language (stateDiagram-v2)."""
    return "\n".join(("stateDiagram-v2", *(f"    {line}" for line in _lines(plan)))) + "\n"


def _lines(plan: Plan) -> Iterator[str]:
    names = {step.id: f"s{n}" for n, step in enumerate(plan.flow.steps, 1)}
    for step in plan.flow.steps:
        yield f'state "{_label(plan, step)}" as {names[step.id]}'
    yield f"[*] --> {names[plan.flow.steps[0].id]}"
    for one, other in zip(plan.flow.steps, plan.flow.steps[1:], strict=False):
        yield f"{names[one.id]} --> {names[other.id]}{_why_on(plan, other)}"
    if plan.rounds > 1:
        last = plan.flow.steps[-2]
        yield f"{names[last.id]} --> {names[plan.later_steps[0].id]} : {_why_back(plan)}"
    yield f"{names[plan.decision.id]} --> [*]"


def _label(plan: Plan, step: Step) -> str:
    who = "1 decides" if step == plan.decision else "ruling" if step == plan.check else f"{len(plan.seats)} at once"
    return f"{step.id} ({who}, {duration(step.timeout_s)})"


def _why_on(plan: Plan, to: Step) -> str:
    if to != plan.decision:
        return ""
    if plan.check is None:
        return f" : after round {plan.rounds}"
    from_round = f" from round {plan.flow.min_rounds} on" if plan.flow.min_rounds > 1 else ""
    return f" : score {plan.flow.consensus_threshold:g} or more{from_round}, or after round {plan.rounds}"


def _why_back(plan: Plan) -> str:
    return f"next round, {plan.rounds} at most"
