"""What rules and gates have done to the course of a debate, read off RuleApplied and GateClosed."""

from __future__ import annotations

from collections.abc import Iterator

from msgspec.structs import replace

from zamaz.events.course import GateClosed, RuleApplied
from zamaz.events.flow import Action, Flow, Rule, Step
from zamaz.events.workflow import DebateStarted
from zamaz_workflow.debate import Debate

Effect = RuleApplied | GateClosed
FINAL: frozenset[Action] = frozenset({"skip_to_final_decision", "escalate_to_human", "abort", "complete_partial"})
"""After these nothing more is argued, and no other rule is looked at."""


def standing(d: Debate) -> list[Effect]:
    """Whatever was done, rules first."""
    if not d.rules and not d.gates:
        return []
    rules = [d.rules[number] for number in sorted(d.rules) if not d.rules[number].void]
    return [*rules, *(gate for gate in d.gates.values() if gate.action)]


def final(d: Debate) -> Effect | None:
    """What ends the arguing, if anything did. One that only cuts it short gives way to what a gate behind the decision
    says after it."""
    ends = [done for done in standing(d) if done.action in FINAL]
    return next((done for done in ends if done.action != "skip_to_final_decision"), ends[0] if ends else None)


def has(d: Debate, action: Action) -> bool:
    """Whether an action was taken."""
    return any(done.action == action for done in standing(d))


def because(done: Effect) -> str:
    """Which rule or gate it was, in a clause."""
    if isinstance(done, RuleApplied):
        return f"rule: {done.condition}"
    return f"gate {done.gate}: {'; '.join(done.unmet)}"


def extended(d: Debate, start: DebateStarted) -> DebateStarted:
    """The debate as it runs with the rounds that were added since somebody last said how many there are."""
    if not d.rules and not d.gates:
        return start
    rules, gates = d.before_rounds
    later = replace(
        d,
        rules={number: d.rules[number] for number in sorted(d.rules)[rules:]},
        gates={ruling: d.gates[ruling] for ruling in list(d.gates)[gates:]},
    )
    more = sum(_rounds(done) for done in standing(later) if done.action == "extend_debate")
    return replace(start, flow=replace(start.flow, max_rounds=start.flow.max_rounds + more)) if more else start


def _rounds(done: Effect) -> int:
    return done.amount if isinstance(done, RuleApplied) else 1


def again(d: Debate, round_: int, step: str) -> int:
    """How often a step of a round was to be asked once more."""
    return max((done.again + 1 for done in _revisions(d, round_, step)), default=0)


def revise(d: Debate, round_: int, step: str) -> str:
    """Why it was the last time, for whoever is asked."""
    newest = again(d, round_, step) - 1
    whys = [done.why or because(done) for done in _revisions(d, round_, step) if done.again == newest]
    return "; ".join(dict.fromkeys(whys))


def _revisions(d: Debate, round_: int, step: str) -> Iterator[Effect]:
    for done in standing(d):
        of = done.target if isinstance(done, RuleApplied) else done.step
        if done.action == "require_revision" and (done.round, of) == (round_, step):
            yield done


def inserted(d: Debate, flow: Flow, round_: int) -> dict[str, list[Step]]:
    """What was put into a round, by the step that it follows ("": it begins the round)."""
    found: dict[str, list[Step]] = {}
    if (before := d.moves.get(round_ - 1)) and before.inserted:
        found[""] = [before.inserted]
    for done in standing(d):
        if done.action == "request_clarification" and done.round == round_:
            found.setdefault(done.step, []).append(_clarification(flow, done))
    return found


def _clarification(flow: Flow, done: Effect) -> Step:
    """A step as the definition's own clarification, or with the time of the step that it is about."""
    wanted = done.target if isinstance(done, RuleApplied) else done.step
    like = next((step for step in flow.steps if step.id == wanted), flow.steps[0])
    own = next((step for step in (like, *flow.steps) if step.type == "clarification"), None)
    name = f"clarification-by-{f'rule-{done.number}' if isinstance(done, RuleApplied) else f'gate-{done.ruling[:8]}'}"
    if own:
        return replace(own, id=name)
    return Step(id=name, type="clarification", timeout_s=like.timeout_s, max_retries=like.max_retries)


def applied(d: Debate, number: int, rule: Rule) -> list[RuleApplied]:
    """When a rule was applied, by its place in the definition and what it says: the definition may be changed."""
    done = (d.rules[n] for n in sorted(d.rules))
    return [one for one in done if (one.rule, one.condition, one.action) == (number, rule.condition, rule.action)]
