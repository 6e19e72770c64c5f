"""Who argues and votes, and who judges: a judge stands outside the panel, and only where the protocol has one."""

from __future__ import annotations

from zamaz.events.flow import Seat
from zamaz.events.voting import JUDGE_ROLE
from zamaz.events.workflow import DebateStarted
from zamaz_workflow.debate import Debate


def is_judge(start: DebateStarted, seat: Seat) -> bool:
    """Whether a seat judges."""
    return start.flow.protocol.has_judge and seat.role == JUDGE_ROLE


def judge(start: DebateStarted) -> Seat | None:
    """The seat that judges."""
    return next((seat for seat in start.seats if is_judge(start, seat)), None)


def panel(start: DebateStarted) -> tuple[Seat, ...]:
    """The seats that argue and vote, in order."""
    apart = judge(start)
    return tuple(seat for seat in start.seats if seat != apart)


def seated(d: Debate, start: DebateStarted) -> tuple[Seat, ...]:
    """The seats that have not left, in order, a judge among them."""
    return tuple(seat for seat in start.seats if seat.participant not in d.left)


def arguing(d: Debate, start: DebateStarted) -> tuple[Seat, ...]:
    """The seats of the panel that have not left, in order."""
    apart = judge(start)
    return tuple(seat for seat in seated(d, start) if seat != apart)
