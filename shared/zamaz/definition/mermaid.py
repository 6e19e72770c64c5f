"""A workflow as a Mermaid state diagram: a state a step, with the way back into the next round."""

from __future__ import annotations

from collections.abc import Iterator

from zamaz.definition.explain import Plan, duration
from zamaz.events.flow import Step


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
    if plan.check and plan.vote:
        yield f"{names[plan.check.id]} --> {names[plan.decision.id]} : {_score(plan)}"
    if plan.rounds > 1:
        last = plan.check or plan.turn_steps[-1]
        yield f"{names[last.id]} --> {names[plan.later_steps[0].id]} : {_why_back(plan)}"
    yield f"{names[plan.decision.id]} --> [*]"


def _label(plan: Plan, step: Step) -> str:
    judged = plan.flow.protocol.name in ("consensus", "judge")
    deciding = "1 decides" if judged else "1 words it"
    who = deciding if step == plan.decision else "ruling" if step == plan.check else f"{len(plan.panel)} at once"
    return f"{step.id} ({who}, {duration(step.timeout_s)})"


def _why_on(plan: Plan, to: Step) -> str:
    if to != (plan.vote or plan.decision):
        return " : adopted" if to == plan.decision else ""
    if plan.check is None or plan.vote:
        return f" : after round {plan.rounds}"
    return f" : {_score(plan)}, or after round {plan.rounds}"


def _score(plan: Plan) -> str:
    from_round = f" from round {plan.flow.min_rounds} on" if plan.flow.min_rounds > 1 else ""
    return f"score {plan.flow.consensus_threshold:g} or more{from_round}"


def _why_back(plan: Plan) -> str:
    return f"next round, {plan.rounds} at most" + (", one more at a tie" if plan.tie_rounds else "")
