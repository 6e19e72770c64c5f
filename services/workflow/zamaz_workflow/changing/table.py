"""What a request in flight is held against."""

from __future__ import annotations

from dataclasses import dataclass

from zamaz.events.workflow import DebateStarted
from zamaz.inflight import CLOSING
from zamaz_workflow import advice, effects, rounds, standing
from zamaz_workflow.debate import Debate
from zamaz_workflow.seating import World


class Refusal(Exception):
    """What is asked for cannot be done; the text says why, and what to do about it."""


@dataclass(frozen=True)
class Table:
    """A debate as it stands, complete up to sequence `sees`, and the world that it is asked in."""

    d: Debate
    start: DebateStarted
    world: World
    sees: int

    def must_argue(self) -> None:
        """Raise Refusal where there is no arguing, or no more."""
        if not rounds.turn_steps(self.start.flow):
            raise Refusal(f"workflow {self.start.workflow} is one answer and no debate")
        if is_closing(self.d):
            raise Refusal("the arguing is over, and the decision is being taken by those who have argued")


def is_closing(d: Debate) -> bool:
    """Whether the arguing is over: ballots or the decision were asked for, and no other round has begun since; or it is
    ended, and what is to be asked waits for money yet."""
    asked = (standing.step_of(d, round_, step) for round_, step, _ in d.slots if round_ == d.rounds)
    closing = any(step.type in CLOSING for step in asked if step)
    over = d.consensus or d.timeout or d.escalation or effects.final(d) or advice.ending(d)
    return closing or over is not None or d.rounds in d.counted
