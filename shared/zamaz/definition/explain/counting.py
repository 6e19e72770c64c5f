"""How many calls a debate may take, and how long."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from zamaz.definition.explain.plan import ADVOCATE, Plan
from zamaz.events.flow import Seat, Step

FREE_RUNG = "rules"
SUMMARY_TRIES = 2
"""Of the one model that makes it."""
QUALITY_S, COMPLEXITY_S, ADVICE_S = 60.0, 30.0, 30.0
"""How long a ruling is waited for where no consensus check says it."""


@dataclass(frozen=True)
class Calls:
    """Calls of participants' models: with the earliest consensus, with all rounds, and with every retry and reserve,
    all that rules add and all that is sent back. `rulings` are asked at most, with `judges` models at most each.
    """

    fewest: int
    all_rounds: int
    most: int
    rulings: int = 0
    judges: int = 0


def calls(plan: Plan) -> Calls:
    """How many calls a debate may take."""
    soonest = plan.flow.min_rounds if plan.check else plan.flow.max_rounds
    synthesis = tuple(step for step in plan.flow.steps if step.type == "synthesis")
    votes = (plan.vote,) if plan.vote else ()
    quick = (*_steps(plan, min(soonest, plan.rounds)), *synthesis, *(() if plan.check else votes))
    whole = (*_steps(plan, plan.rounds), *synthesis, *votes)
    worst = (*_steps(plan, _most_rounds(plan)), *synthesis, *votes * (1 + plan.tie_rounds), *_again(plan))
    deciders = [plan.decider, *([plan.judge] if plan.judge else [])]
    return Calls(
        fewest=_asked(plan, quick) + plan.summaries(min(soonest, plan.rounds)) + 1,
        all_rounds=_asked(plan, whole) + plan.summaries(plan.rounds) + 1,
        most=sum(_tries(plan, step, seat) for step in worst for seat in plan.speakers(step))
        + plan.summaries(_most_rounds(plan)) * SUMMARY_TRIES
        + max(_tries(plan, plan.decision, seat) for seat in deciders),
        rulings=_rulings(plan),
        judges=sum(rung.rung != FREE_RUNG for rung in plan.ladder),
    )


def _most_rounds(plan: Plan) -> int:
    return plan.rounds + plan.tie_rounds + plan.added_rounds


def _steps(plan: Plan, rounds: int) -> tuple[Step, ...]:
    """The turn steps of so many rounds, one after the other."""
    return (plan.turn_steps + plan.later_steps * (rounds - 1)) if rounds else ()


def _asked(plan: Plan, steps: tuple[Step, ...]) -> int:
    return sum(len(plan.speakers(step)) for step in steps)


def _again(plan: Plan) -> Iterator[Step]:
    """What rules, gates and a decision that must be new may have asked once more, or besides."""
    known = {step.id: step for step in plan.flow.steps}
    revised = [(rule.target, rule.most) for rule in plan.rules("require_revision")]
    revised += [(gate.after, gate.most) for gate in plan.gates("require_revision")]
    for target, most in revised:
        step = known[target]
        # A consensus check is measured once more with what was said: nobody is asked anything.
        yield from (step,) * (most if step.type != "consensus_check" else 0)
    clarified = [rule.target for rule in plan.rules("request_clarification") for _ in range(rule.most)]
    clarified += [gate.after for gate in plan.gates("request_clarification") for _ in range(gate.most)]
    for target in clarified:
        yield _clarification(plan, known[target])
    if plan.advocates:
        yield from (_against(plan),) * plan.advocates
    if plan.flow.novel:
        yield plan.decision


def _against(plan: Plan) -> Step:
    """A devil's advocate with the time of the first step."""
    first = plan.turn_steps[0]
    return Step(id=ADVOCATE, type=ADVOCATE, timeout_s=first.timeout_s, max_retries=first.max_retries)


def _clarification(plan: Plan, about: Step) -> Step:
    """The definition's own, or one with the time of the step that it is about."""
    own = next((step for step in plan.turn_steps if step.type == "clarification"), None)
    made = Step(id="clarification", type="clarification", timeout_s=about.timeout_s, max_retries=about.max_retries)
    return own or made


def _tries(plan: Plan, step: Step, seat: Seat) -> int:
    """The own model first and again, then each reserve once."""
    others = {(reserve.provider, reserve.model) for reserve in plan.reserves} - {(seat.provider, seat.model)}
    return 1 + step.max_retries + len(others)


def _rulings(plan: Plan) -> int:
    """Of every kind: consensus once a round, quality behind steps, what is sent back once more, complexity, novelty."""
    checked = _most_rounds(plan) if plan.check else 0
    asked = (*_steps(plan, _most_rounds(plan)), *_again(plan), *(step for step in plan.flow.steps if _once(step)))
    behind = sum(_questions(plan, step) for step in asked)
    if plan.check:
        behind += _questions(plan, plan.check) * checked
    return checked + behind + plan.advised + int(plan.flow.assess) + 2 * int(plan.flow.novel)


def _once(step: Step) -> bool:
    return step.type in ("synthesis", "final_decision")


def _questions(plan: Plan, step: Step) -> int:
    """What is asked of the orchestrator behind a step: its gates, and its own demands together."""
    return sum(gate.after == step.id for gate in plan.flow.gates) + bool(step.conditions.demands)


def longest_s(plan: Plan) -> float:
    """Seconds that all its steps may take together, retries and rulings included. A limit of its own may end it
    sooner; a person who is asked may take longer."""
    most = _most_rounds(plan)
    once = tuple(step for step in plan.flow.steps if _once(step))
    votes = (plan.vote,) * (1 + plan.tie_rounds) if plan.vote else ()
    passed = (*_steps(plan, most), *once, *votes, *_again(plan))
    ruling = plan.check.timeout_s if plan.check else QUALITY_S
    waits = sum(ruling for step in passed if _questions(plan, step))
    checks = plan.check.timeout_s * most if plan.check else 0.0
    if plan.check and _questions(plan, plan.check):
        checks *= 2
    novelty = 2 * ruling if plan.flow.novel else 0.0
    assessed = (COMPLEXITY_S if plan.flow.assess else 0.0) + plan.advised * ADVICE_S
    summed_up = plan.summaries(most) * plan.flow.context.timeout_s
    return sum(step.timeout_s for step in passed) + waits + checks + novelty + assessed + summed_up
