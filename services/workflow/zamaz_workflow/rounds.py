"""What a round consists of, and how far one has come."""

from __future__ import annotations

from msgspec.structs import replace

from zamaz.events.flow import Flow, Seat, Step
from zamaz.events.workflow import DebateStarted
from zamaz.inflight import CLOSING
from zamaz_workflow import effects, panel, standing
from zamaz_workflow.debate import Debate

INITIAL, CHECK = "initial_arguments", "consensus_check"
REPLACES_INITIAL = ("counter_arguments", "custom")
NOBODY_SPEAKS = frozenset({CHECK}) | CLOSING
"""The types of the steps in which a round hears nobody."""


def turn_steps(flow: Flow) -> list[Step]:
    """The steps of a round in which somebody speaks."""
    return [step for step in flow.steps if step.type not in NOBODY_SPEAKS]


def steps_of_round(flow: Flow, round_: int) -> list[Step]:
    """From the second round on, initial arguments are left out where the panel argues in another step too."""
    steps = turn_steps(flow)
    if round_ <= 1 or not any(step.type in REPLACES_INITIAL for step in steps):
        return steps
    return [step for step in steps if step.type != INITIAL]


def check_step(flow: Flow) -> Step | None:
    """The step that measures consensus, where the definition has one."""
    return next((step for step in flow.steps if step.type == CHECK), None)


def stations(d: Debate, flow: Flow, round_: int) -> list[Step]:
    """What a round passes, in the order of the file: its steps, the consensus check, and what was put in."""
    arguing = steps_of_round(flow, round_)
    more = effects.inserted(d, flow, round_)
    found = [step for first in more.get("", ()) for step in _with_inserted(first, more)]
    for step in flow.steps:
        if step in arguing or step.type == CHECK:
            found += _with_inserted(step, more)
    return found


def _with_inserted(step: Step, more: dict[str, list[Step]]) -> list[Step]:
    """A step, and what follows it because a rule said so there, or after what was put in there."""
    found = [step]
    for one in more.get(step.id, ()):
        found += _with_inserted(one, more)
    return found


def is_asked(d: Debate, step: Step) -> bool:
    """Whether a step of the current round was asked of anybody."""
    if step.type == CHECK:
        return any(ruling.round == d.rounds and ruling.kind == "consensus" for ruling in d.rulings.values())
    return any(slot[:2] == (d.rounds, step.id) for slot in d.slots)


def positional(d: Debate, round_: int) -> list[Step]:
    """The steps of a round whose answers are positions, in the order in which they are asked."""
    passed = stations(d, standing.flow_of(d, round_), round_)
    return [step for step in passed if step.type not in panel.ASIDES and step.type != CHECK]


def closing(d: Debate, flow: Flow) -> bool:
    """Whether what follows the arguing of the current round has begun."""
    after = {step.id for step in flow.steps if step.type in CLOSING}
    asked = any(round_ == d.rounds and step in after for round_, step, _ in d.slots)
    return asked or d.rounds in d.counted or d.escalation is not None


def since(d: Debate, start: DebateStarted, newcomer: Seat, *, takes_over: bool) -> tuple[int, tuple[str, ...]] | None:
    """From which round on a newcomer takes part, and without which of its steps; None where no step is left.

    It is asked the next step that was not asked yet; who takes over a seat, the newest one of the round at once. Whose
    position counts does not take part in a round that asks it for none any more.
    """
    flow = start.flow
    if d.rounds == 0:
        return 1, ()
    steps = [step for step in stations(d, flow, d.rounds) if step.type != CHECK]
    begun = {step for round_, step, _ in d.slots if round_ == d.rounds}
    asked = tuple(step.id for step in steps if step.id in begun)
    if takes_over:
        return d.rounds, asked[:-1]
    if any(step.id not in begun and _could_ask(d, start, step, newcomer) for step in steps):
        return d.rounds, asked
    return (d.rounds + 1, ()) if d.rounds < flow.max_rounds else None


def _could_ask(d: Debate, start: DebateStarted, step: Step, newcomer: Seat) -> bool:
    """Whether a step of the current round would be put to a newcomer; for its position, where that counts."""
    if not panel.holds_position(newcomer):
        return True
    table = replace(start, seats=(*start.seats, newcomer))
    return step.type not in panel.ASIDES and newcomer in panel.asked_in(d, table, step, d.rounds)
