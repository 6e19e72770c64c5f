"""Whom a seat sees of those who are heard.

| visibility | it sees |
|---|---|
| all | everybody |
| summary | everybody, but positions alone: that is the prompt's to keep |
| own_side | who is on its side; of no side, nobody |
| neighbours | who sits before and after it; the last and the first are neighbours |

Who stands outside the circle (a moderator, a judge) has no side and no neighbours in it: it sees everybody. So does
whoever decides, votes, or makes one answer of all.
"""

from __future__ import annotations

from zamaz.events.flow import Seat


def sees_all(seat: Seat, heard: tuple[Seat, ...]) -> bool:
    """Whether a seat sees everybody, and whole."""
    return seat.visibility == "all" or seat not in heard


def seen_by(seat: Seat, heard: tuple[Seat, ...]) -> tuple[Seat, ...]:
    """Whom a seat sees, in the order of the seats; never itself."""
    others = tuple(other for other in heard if other.participant != seat.participant)
    if seat not in heard:
        return others
    match seat.visibility:
        case "own_side":
            return tuple(other for other in others if seat.side and other.side == seat.side)
        case "neighbours":
            at = heard.index(seat)
            near = {heard[at - 1].participant, heard[(at + 1) % len(heard)].participant}
            return tuple(other for other in others if other.participant in near)
        case _:
            return others
