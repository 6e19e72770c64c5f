"""A reserve takes a seat of its own, because a rule or a gate says so: as an expert beside the others, or for somebody
who gave no answer."""

from __future__ import annotations

from msgspec.structs import replace

from zamaz.events import Fact
from zamaz.events.course import RuleApplied
from zamaz.events.flow import Action, Seat
from zamaz.events.workflow import DebateStarted, ParticipantJoined
from zamaz_workflow import effects, panel, rounds, standing
from zamaz_workflow.debate import Debate
from zamaz_workflow.effects import Effect
from zamaz_workflow.seating import MAX_SEATS, MOST_ARGUING

SEATING: frozenset[Action] = frozenset({"add_expert_participant", "fallback_participant"})


def hindrance(d: Debate, start: DebateStarted, action: Action, target: str) -> str:
    """Why no reserve can take a seat now, "" where one can."""
    found = _joined(d, start, action, target)
    return found if isinstance(found, str) else ""


def missing(d: Debate, start: DebateStarted, sees: int) -> list[Fact]:
    """Who is to take a seat by a rule or a gate, and has not yet."""
    if not d.rules and not d.gates:
        return []
    seated = {joined.by for joined in d.joined.values()}
    for done in effects.standing(d):
        if done.action in SEATING and _name(done) not in seated and not _is_past(d, start, done):
            target = done.target if isinstance(done, RuleApplied) else ""
            found = _joined(d, start, done.action, target)
            if isinstance(found, ParticipantJoined):
                return [replace(found, sees=sees, by=_name(done), why=done.why or effects.because(done))]
    return []


def _is_past(d: Debate, start: DebateStarted, done: Effect) -> bool:
    """Whether the debate has gone on since. What could not be done at once is not made up for later, when whoever is
    asked then has merely not answered yet."""
    if done.round != d.rounds or rounds.closing(d, start.flow):
        return True
    stations = rounds.stations(d, start.flow, d.rounds)
    names = [step.id for step in stations]
    later = stations[names.index(done.step) + 1 :] if done.step in names else []
    return any(rounds.is_asked(d, step) for step in later)


def _name(done: Effect) -> str:
    """By whom a seat was given: each application gives one."""
    return f"rule {done.number}" if isinstance(done, RuleApplied) else f"gate {done.ruling}"


def _joined(d: Debate, start: DebateStarted, action: Action, target: str) -> ParticipantJoined | str:
    """The seat that the action makes, or why it makes none."""
    replaces = action == "fallback_participant"
    left_out = _left_out(d, start) if replaces else None
    if replaces and left_out is None:
        return "nobody is without an answer"
    reserve = _reserve(d, start, target, expert=not replaces)
    if reserve is None:
        return f"the reserve {target!r} has taken a seat already" if target else "there is no reserve that has no seat"
    known = standing.seats(d)
    if len(known) >= MAX_SEATS:
        return f"{len(known)} participants have had a seat, and more it cannot take"
    arguing = [seat for seat in standing.present(d) if seat.role not in panel.OUTSIDE]
    if not replaces and len(arguing) >= MOST_ARGUING:
        return f"{len(arguing)} participants argue, and more cannot"
    who = _as_successor(reserve, left_out) if left_out else replace(reserve, role=panel.EXPERT)
    since = rounds.since(d, start, who, takes_over=replaces)
    if since is None:
        return "no step is left that it could take part in"
    replaced = left_out.participant if left_out else ""
    return ParticipantJoined(seat=max(known) + 1, who=who, since=since[0], missed=since[1], replaces=replaced)


def _as_successor(reserve: Seat, before: Seat) -> Seat:
    """It takes over what the seat argues for."""
    return replace(reserve, role=before.role, stance=before.stance, side=before.side, visibility=before.visibility)


def _reserve(d: Debate, start: DebateStarted, target: str, *, expert: bool) -> Seat | None:
    """The reserve that is named; where none of that name waits, an expert for an expert, and else the first."""
    taken = {seat.participant for seat in standing.seats(d).values()}
    waiting = [seat for seat in start.reserves if seat.participant not in taken]
    if target and any(seat.participant == target for seat in start.reserves):
        return next((seat for seat in waiting if seat.participant == target), None)
    fitting = [seat for seat in waiting if (seat.role == panel.EXPERT) == expert]
    return next(iter((*fitting, *waiting)), None)


def _left_out(d: Debate, start: DebateStarted) -> Seat | None:
    """Who of the panel was asked in the newest step of the round, and has no answer."""
    for step in reversed(rounds.positional(d, d.rounds)):
        if rounds.is_asked(d, step):
            return next((seat for seat in panel.panel(start) if _is_silent(d, step.id, seat)), None)
    return None


def _is_silent(d: Debate, step: str, seat: Seat) -> bool:
    attempts = d.slots.get((d.rounds, step, seat.participant), ())
    given = (d.answers[turn.turn] for turn in attempts if turn.turn in d.answers and turn.turn not in d.given_up)
    return bool(attempts) and not any(answer.position is not None for answer in given)
