"""The rules of a definition: when they are looked at, what they look at, and what is said when their terms hold.

A rule is looked at where the debate stands between two things: before the first round, after each step of a round,
and when the round is over (its consensus check is done). There, the first rule of the file whose terms hold is
applied; then the others are looked at again, on what stands now, each once at most. A quantity that is not known yet
makes no term hold.
"""

from __future__ import annotations

import operator
from collections.abc import Callable, Mapping

import msgspec

from zamaz.events import Fact
from zamaz.events.course import RuleApplied
from zamaz.events.debater import TurnFailed
from zamaz.events.flow import Complexity, Quantity, Rule, Term
from zamaz.events.orchestration import ConsensusAssessed
from zamaz.events.workflow import DebateStarted
from zamaz_workflow import effects, reserves
from zamaz_workflow.debate import Debate
from zamaz_workflow.turns import Moment

_HOLDS: Mapping[str, Callable[[float, float], bool]] = {
    "<": operator.lt,
    "<=": operator.le,
    "==": operator.eq,
    "!=": operator.ne,
    ">=": operator.ge,
    ">": operator.gt,
}
NOBODY = "default"
"""The rung of a ruling that nobody gave."""
_COMPLEXITY: Mapping[Complexity, float] = {"simple": 1.0, "moderate": 2.0, "complex": 3.0}


class Seam(msgspec.Struct, frozen=True):
    """Between two things of a debate: after the step `step` of `round` ("" and 0: before the first). `rounds` are
    over."""

    round: int = 0
    step: str = ""
    rounds: int = 0


def apply(d: Debate, start: DebateStarted, seam: Seam, moment: Moment) -> list[Fact]:
    """The next rule that applies here, if any does."""
    if effects.final(d):
        return []
    for number, rule in enumerate(start.flow.rules):
        before = effects.applied(d, number, rule)
        if len(before) >= rule.most or any((one.round, one.step) == (seam.round, seam.step) for one in before):
            continue
        known = {term.of: _quantity(d, start, seam, moment, term.of) for term in rule.terms}
        if all(_holds(term, known[term.of]) for term in rule.terms):
            seen: dict[str, float] = {of: value for of, value in known.items() if value is not None}
            return [_applied(d, start, seam, number, rule, seen)]
    return []


def _holds(term: Term, value: float | None) -> bool:
    return value is not None and _HOLDS[term.op](value, term.value)


def _quantity(d: Debate, start: DebateStarted, seam: Seam, moment: Moment, of: Quantity) -> float | None:
    """What a rule looks at, as it is now; None where nobody has measured it."""
    match of:
        case "rounds":
            return float(seam.rounds)
        case "rounds_left":
            return float(max(0, start.flow.max_rounds - seam.rounds))
        case "score":
            newest = newest_assessed(d)
            return newest.score if newest else None
        case "consensus":
            return float(d.consensus is not None)
        case "cost_usd":
            return float(sum(d.prices.values()))
        case "elapsed_s":
            since = d.started_at or moment.now
            return (moment.now - since).total_seconds() - d.paused_s
        case "failures":
            return float(len(_failures(d)))
        case "timeouts":
            late = (turn for turn in d.given_up if turn in d.turns and not d.turns[turn].sums_up)
            return float(len(tuple(late)) + sum(fact.kind == "timeout" for fact in _failures(d)))
        case "complexity":
            known = complexity(d, start)
            return _COMPLEXITY[known] if known else None


def _failures(d: Debate) -> list[TurnFailed]:
    """The turns of participants that failed: who makes summaries is none."""
    asked = {turn for turn, known in d.turns.items() if known.sums_up}
    return [failure.fact for turn, failure in d.failures.items() if turn not in asked]


def newest_assessed(d: Debate) -> ConsensusAssessed | None:
    """What was ruled last, in time, on how far the participants agree."""
    asked = (r for r, wanted in d.rulings.items() if wanted.kind == "consensus" and r not in d.given_up)
    given = (d.assessed[ruling] for ruling in asked if ruling in d.assessed)
    return max(given, key=lambda ruling: ruling.round, default=None)


def complexity(d: Debate, start: DebateStarted) -> Complexity | None:
    """What the question was assessed as, before the debate or at its beginning; None where nobody could say in time."""
    told = (found for ruling, found in d.complexities.items() if ruling not in d.given_up)
    return start.complexity or next((found.complexity for found in told if found.rung != NOBODY), None)


def _applied(
    d: Debate, start: DebateStarted, seam: Seam, number: int, rule: Rule, seen: dict[str, float]
) -> RuleApplied:
    return RuleApplied(
        number=len(d.rules) + 1,
        rule=number,
        condition=rule.condition,
        action=rule.action,
        round=seam.round,
        step=seam.step,
        target=rule.target,
        amount=rule.amount,
        again=effects.again(d, seam.round, rule.target),
        seen=seen,
        why=rule.description,
        void=_void(d, start, seam, rule),
    )


def _void(d: Debate, start: DebateStarted, seam: Seam, rule: Rule) -> str:
    """Why a rule can change nothing here, "" where it can."""
    if rule.action in ("extend_debate", "require_revision", "request_clarification") and d.consensus:
        return "there is a consensus"
    if rule.action == "request_clarification" and seam.round == 0:
        return "nothing is said yet that could be unclear"
    if rule.action == "require_revision" and not any(slot[:2] == (seam.round, rule.target) for slot in d.slots):
        return f"the step {rule.target!r} was not asked in round {seam.round}"
    if rule.action in reserves.SEATING:
        return "there is a consensus" if d.consensus else reserves.hindrance(d, start, rule.action, rule.target)
    return ""
