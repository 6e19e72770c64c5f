"""A workflow as a Mermaid state diagram: a state a step, with the way back into the next round, and what rules do."""

from __future__ import annotations

from collections.abc import Iterator

from zamaz.definition.explain.plan import Plan
from zamaz.definition.explain.units import duration
from zamaz.events.flow import Action, Move, Step

PERSON = "person"
_LEADS: dict[Action, str] = {
    "skip_to_final_decision": "decision",
    "complete_partial": "decision",
    "escalate_to_human": PERSON,
    "abort": "end",
}
"""Where an action leads that leaves the arguing."""
_ADVISED: dict[Move, str] = {"complete": "decision", "escalate": PERSON}
"""Where a move leads that leaves it."""


def diagram(plan: Plan) -> str:
    """The plan as text in Mermaid's language (stateDiagram-v2)."""
    return "\n".join(("stateDiagram-v2", *(f"    {line}" for line in _lines(plan)))) + "\n"


def _lines(plan: Plan) -> Iterator[str]:
    names = {step.id: f"s{n}" for n, step in enumerate(plan.flow.steps, 1)}
    for step in plan.flow.steps:
        yield f'state "{_label(plan, step)}" as {names[step.id]}'
    if _asks_person(plan):
        yield f'state "a person decides" as {PERSON}'
    yield f"[*] --> {names[plan.flow.steps[0].id]}"
    for one, other in zip(plan.flow.steps, plan.flow.steps[1:], strict=False):
        yield f"{names[one.id]} --> {names[other.id]}{_why_on(plan, other)}"
    if plan.check and plan.vote:
        yield f"{names[plan.check.id]} --> {names[_past_the_vote(plan).id]} : {_score(plan)}"
    if plan.rounds > 1:
        last = plan.check or plan.turn_steps[-1]
        yield f"{names[last.id]} --> {names[plan.later_steps[0].id]} : {_why_back(plan)}"
    yield from _ruled(plan, names)
    yield f"{names[plan.decision.id]} --> [*]"


def _past_the_vote(plan: Plan) -> Step:
    """Where a consensus goes on that makes a vote needless."""
    steps = plan.flow.steps
    after_check = steps[steps.index(plan.check) + 1] if plan.check else plan.decision
    return steps[steps.index(after_check) + 1] if after_check == plan.vote else after_check


def _label(plan: Plan, step: Step) -> str:
    return f"{step.id} ({_who(plan, step)}{f', {duration(step.timeout_s)}' if step.timeout_s else ''})"


def _who(plan: Plan, step: Step) -> str:
    if step == plan.decision:
        return "1 decides" if plan.flow.protocol.name in ("consensus", "judge") else "1 words it"
    if step == plan.check:
        return "ruling"
    if step.type == "human_ruling":
        return "a person decides"
    number = len(plan.speakers(step))
    return f"{number} {'in turn' if step.order == 'sequential' else 'at once'}"


def _asks_person(plan: Plan) -> bool:
    """Whether a person may be asked who has no step."""
    wanted = plan.rules("escalate_to_human") or plan.gates("escalate_to_human") or plan.decision.needs_consensus
    return (bool(wanted) or "escalate" in _moves(plan)) and plan.only("human_ruling") is None


def _moves(plan: Plan) -> tuple[Move, ...]:
    return plan.flow.adaptation.moves if plan.flow.adaptation else ()


def _ruled(plan: Plan, names: dict[str, str]) -> Iterator[str]:
    """The ways that rules and gates open, and the person whom a missing consensus asks."""
    person = plan.only("human_ruling")
    behind = names[(_first_behind(plan) if plan.turn_steps else plan.decision).id]
    to = {"decision": behind, PERSON: names[person.id] if person else PERSON, "end": "[*]"}
    last = plan.check or (plan.turn_steps or plan.flow.steps)[-1]
    for rule in plan.flow.rules:
        if lead := _LEADS.get(rule.action):
            yield f"{names[last.id]} --> {to[lead]} : {_plain(rule.condition)}"
    for move in dict.fromkeys(_moves(plan)):
        if lead := _ADVISED.get(move):
            yield f"{names[last.id]} --> {to[lead]} : {move}, where the orchestrator advises it"
    for gate in plan.flow.gates:
        lead = _LEADS.get(gate.on_failure)
        back = names[gate.after] if gate.on_failure == "require_revision" else to[lead] if lead else ""
        if back:
            yield f"{names[gate.after]} --> {back} : {_plain(gate.name)} not met"
    if plan.flow.novel:
        yield f"{names[plan.decision.id]} --> {names[plan.decision.id]} : it repeats an earlier decision"
    if plan.decision.needs_consensus and person is None:
        yield f"{names[last.id]} --> {PERSON} : no consensus"
    if _asks_person(plan):
        yield f"{PERSON} --> [*]"


def _plain(text: str) -> str:
    """Text that ends no transition."""
    return text.replace(":", " ").replace(";", " ").replace("\n", " ")


def _why_on(plan: Plan, to: Step) -> str:
    if plan.turn_steps and to == _first_behind(plan):
        if plan.check is None or plan.vote:
            return f" : after round {plan.rounds}"
        return f" : {_score(plan)}, or after round {plan.rounds}"
    return " : adopted" if plan.vote and to == plan.flow.steps[plan.flow.steps.index(plan.vote) + 1] else ""


def _first_behind(plan: Plan) -> Step:
    """The first step behind the rounds."""
    last = plan.check or plan.turn_steps[-1]
    return plan.flow.steps[plan.flow.steps.index(last) + 1]


def _score(plan: Plan) -> str:
    from_round = f" from round {plan.flow.min_rounds} on" if plan.flow.min_rounds > 1 else ""
    return f"score {plan.flow.consensus_threshold:g} or more{from_round}"


def _why_back(plan: Plan) -> str:
    more = ", one more at a tie" if plan.tie_rounds else ""
    added = f", {plan.added_rounds} more by a rule" if plan.added_rounds else ""
    return f"next round, {plan.rounds} at most{more}{added}"
