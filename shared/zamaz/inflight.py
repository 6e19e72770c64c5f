"""A debate that is changed while it runs: the definition that a round runs by. Pure.

Whoever reads a step of a debate reads it here: what DebateStarted says is true until somebody changes it.
"""

from __future__ import annotations

from collections.abc import Iterable

from msgspec.structs import replace

from zamaz.events.flow import Flow, Step
from zamaz.events.workflow import DebateChanged

CLOSING = frozenset({"vote", "synthesis", "human_ruling", "final_decision"})
"""The types of the steps that come when the arguing is over."""

LIMITS = ("max_rounds", "min_rounds", "consensus_threshold", "max_execution_s")


def flow_in(flow: Flow, changes: Iterable[DebateChanged], round_: int) -> Flow:
    """The definition as it runs in a round, of the one that the debate started with.

    Rounds, threshold and time are the newest in every round. Another definition's steps run after the round in which
    it was taken over; in that round it brings what follows on the arguing.
    """
    in_order = sorted(changes, key=lambda change: change.number)
    if not in_order:
        return flow
    flow = limited(flow, in_order)
    for change in in_order:
        if change.tail and round_ >= change.round:
            flow = _continued(flow, change.tail, at_once=round_ > change.round)
    return flow


def limited(flow: Flow, changes: Iterable[DebateChanged]) -> Flow:
    """The definition under the newest rounds, threshold and time."""
    for change in sorted(changes, key=lambda change: change.number):
        flow = replace(flow, **{name: new for name in LIMITS if (new := getattr(change, name)) is not None})
    return flow


def without_limits(change: DebateChanged) -> DebateChanged:
    """A change with nothing left of it but its workflow."""
    return replace(change, **dict.fromkeys(LIMITS))


def terms_of(change: DebateChanged) -> list[tuple[str, str]]:
    """What a change has changed, for people: names and new values."""
    named = ((name, getattr(change, name)) for name in (*LIMITS, "budget_usd", "workflow"))
    return [(name, str(new)) for name, new in named if new not in (None, "")]


def _continued(flow: Flow, tail: Flow, *, at_once: bool) -> Flow:
    """Under another definition: all of it, or what follows on the arguing."""
    flow = replace(flow, protocol=tail.protocol, decided_by=tail.decided_by)
    if at_once:
        return replace(flow, steps=tail.steps, rules=tail.rules, gates=tail.gates, adaptation=tail.adaptation)
    closing = [step for step in tail.steps if step.type in CLOSING]
    ends = {step.id for step in tail.steps if step.type in CLOSING}
    arguing = [step for step in flow.steps if step.type not in CLOSING]
    begun = {step.id for step in arguing}
    gates = (*(g for g in flow.gates if g.after in begun), *(g for g in tail.gates if g.after in ends))
    return replace(flow, steps=(*arguing, *closing), gates=gates)


def step_in(flow: Flow, changes: Iterable[DebateChanged], round_: int, step: str) -> Step | None:
    """A step of a round by its id."""
    return next((found for found in flow_in(flow, changes, round_).steps if found.id == step), None)
