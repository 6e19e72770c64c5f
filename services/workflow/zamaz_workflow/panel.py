"""Who takes part in what: the panel argues and votes, others speak beside it, and some stand outside.

| role | its word |
|---|---|
| any other, expert | argues in every step of the panel's, counts in quorum and score, votes |
| devils_advocate | argues with the panel, and against it where a step asks for that; no position, no vote |
| moderator | speaks in moderation and synthesis; no position, no vote |
| judge | rules where the protocol has a judge; nothing else |
| observer | is asked nothing |

A step that names seats is for those it names; where none of them has a seat, it is for whom its type is.
"""

from __future__ import annotations

from zamaz.events.flow import Seat, Step, StepType
from zamaz.events.voting import JUDGE_ROLE
from zamaz.events.workflow import DebateStarted
from zamaz_workflow.debate import Debate

EXPERT, ADVOCATE, MODERATOR, OBSERVER = "expert", "devils_advocate", "moderator", "observer"
OUTSIDE = frozenset({JUDGE_ROLE, OBSERVER, MODERATOR})
ASIDES: frozenset[StepType] = frozenset({"devils_advocate", "moderation", "synthesis"})
"""What is said in them is no position, and takes the place of none."""


def is_judge(start: DebateStarted, seat: Seat) -> bool:
    """Whether a seat judges."""
    return start.flow.protocol.has_judge and seat.role == JUDGE_ROLE


def judge(start: DebateStarted) -> Seat | None:
    """The seat that judges."""
    return next((seat for seat in start.seats if is_judge(start, seat)), None)


def panel(start: DebateStarted) -> tuple[Seat, ...]:
    """The seats that argue and vote, in order."""
    return tuple(seat for seat in start.seats if holds_position(seat))


def holds_position(seat: Seat) -> bool:
    """Whether a seat's position counts."""
    return seat.role not in OUTSIDE and seat.role != ADVOCATE


def heard(start: DebateStarted) -> tuple[Seat, ...]:
    """The seats that others see by a label, in order."""
    return tuple(seat for seat in start.seats if seat.role not in OUTSIDE)


def seated(d: Debate, start: DebateStarted) -> tuple[Seat, ...]:
    """The seats that have not left, in order, whatever their role."""
    return tuple(seat for seat in start.seats if seat.participant not in d.left)


def arguing(d: Debate, start: DebateStarted) -> tuple[Seat, ...]:
    """The seats of the panel that have not left, in order."""
    return tuple(seat for seat in seated(d, start) if holds_position(seat))


def asked_in(d: Debate, start: DebateStarted, step: Step, round_: int) -> tuple[Seat, ...]:
    """Whom a step of a round is put to, in order."""
    present = seated(d, start)
    if any(seat.participant in step.who for seat in start.seats):
        return tuple(seat for seat in present if seat.participant in step.who)
    match step.type:
        case "devils_advocate":
            return _with_role(present, ADVOCATE) or _drawn(d, start, step, round_)
        case "expert_review":
            return _with_role(present, EXPERT)
        case "moderation":
            return _with_role(present, MODERATOR)
        case _:
            return tuple(seat for seat in present if seat.role not in OUTSIDE)


def _with_role(seats: tuple[Seat, ...], role: str) -> tuple[Seat, ...]:
    return tuple(seat for seat in seats if seat.role == role)


def _drawn(d: Debate, start: DebateStarted, step: Step, round_: int) -> tuple[Seat, ...]:
    """The one of the panel who argues against it: each round another, and who was asked stays it. Once the case was
    made nobody makes it again, also where whoever made it has gone."""
    present = arguing(d, start)
    asked = {slot[2]: turns for slot, turns in d.slots.items() if slot[:2] == (round_, step.id)}
    if already := tuple(seat for seat in present if seat.participant in asked):
        return already
    if any(turn.turn in d.answers and turn.turn not in d.given_up for turns in asked.values() for turn in turns):
        return ()
    return present[(round_ - 1) % len(present) :][:1] if present else ()


def role_in(step: Step, seat: Seat) -> str:
    """What a seat's prompt calls it in a step: whoever argues against the others is told so."""
    return ADVOCATE if step.type == "devils_advocate" else seat.role
