"""Who comes and who goes while a debate runs.

A newcomer takes part from the next step on that was not asked yet, in this round or in the next one. Who takes over a
seat is asked the newest step of the round at once, and reads what its predecessor said last. A dismissed seat's running
turn is kept, and its position does not count from then on.
"""

from __future__ import annotations

from msgspec.structs import replace
from pydantic import ValidationError

from zamaz.definition import ParticipantSpec
from zamaz.definition.participants import NO_ROLE
from zamaz.events.client import ParticipantDismissed, ParticipantInvited
from zamaz.events.flow import Seat
from zamaz.events.voting import JUDGE_ROLE
from zamaz.events.workflow import ParticipantJoined, ParticipantLeft
from zamaz_workflow import panel, protocols, rounds, seating, standing, summaries
from zamaz_workflow.changing.table import Refusal, Table

SHOWN = 64
"""Characters of a name that nobody has."""


def joined(table: Table, invited: ParticipantInvited) -> ParticipantJoined:
    """The seat that an invitation makes. Raises Refusal."""
    _must_let_in(table)
    seats = standing.seats(table.d)
    before = _predecessor(table, invited.replaces) if invited.replaces else None
    if len(seats) >= seating.MAX_SEATS:
        raise Refusal(f"{len(seats)} participants have had a seat in this debate, and more it cannot take")
    arguing = [seat for seat in standing.present(table.d) if seat.role not in panel.OUTSIDE]
    if len(arguing) >= seating.MOST_ARGUING and before not in arguing:
        raise Refusal(
            f"{len(arguing)} participants argue, and more than {seating.MOST_ARGUING} cannot: dismiss one first"
        )
    who = _seat(table, invited, before)
    if who.role == JUDGE_ROLE and not (before and panel.is_judge(table.start, before)):
        known = "another one: name it with `replaces`" if panel.judge(table.start) else "none: its protocol has none"
        raise Refusal(f"the debate has {known}")
    since, missed = _since(table, who, takes_over=before is not None)
    return ParticipantJoined(
        seat=max(seats) + 1,
        who=who,
        since=since,
        missed=missed,
        sees=table.sees,
        invite=invited.invite,
        replaces=invited.replaces,
        by=invited.requester,
        why=invited.why,
    )


def left(table: Table, dismissed: ParticipantDismissed) -> ParticipantLeft:
    """The seat that a dismissal empties. Raises Refusal."""
    _must_let_in(table)
    who, flow = dismissed.participant, table.start.flow
    number = _number(table, who)
    if who in table.d.left:
        raise Refusal(f"{who} has left already: {table.d.left[who].why}")
    seat = standing.seats(table.d)[number]
    if panel.is_judge(table.start, seat):
        raise Refusal(f"{who} is the judge, and somebody must be: invite another judge in its place")
    if flow.all_required:
        raise Refusal(f"workflow {table.start.workflow} needs all its participants: invite another in its place")
    staying = [one for one in panel.arguing(table.d, table.start) if one != seat]
    wanted = protocols.needed(flow.protocol, len([one for one in panel.panel(table.start) if one != seat]))
    if len(staying) < wanted:
        raise Refusal(f"{len(staying)} would be left, and {wanted} are needed: invite another in its place")
    why = dismissed.why or "dismissed"
    return ParticipantLeft(seat=number, participant=who, why=why, dismissal=dismissed.dismissal, by=dismissed.requester)


def _must_let_in(table: Table) -> None:
    if not table.start.flow.dynamic:
        name = table.start.workflow
        raise Refusal(f"workflow {name} lets nobody come, go or be replaced (allow_dynamic_participants: false)")
    table.must_argue()


def _number(table: Table, who: str) -> int:
    """The number of a participant's seat. Raises Refusal."""
    known = {seat.participant: n for n, seat in standing.seats(table.d).items()}
    if who not in known:
        there = ", ".join(name for name in known if name not in table.d.left)
        raise Refusal(f"nobody here is called {who[:SHOWN]!r}: there are {there}")
    return known[who]


def _predecessor(table: Table, who: str) -> Seat:
    seat = standing.seats(table.d)[_number(table, who)]
    if after := standing.successors(table.d).get(who):
        raise Refusal(f"{who} was replaced by {after} already")
    return seat


def _seat(table: Table, invited: ParticipantInvited, before: Seat | None) -> Seat:
    """Model, name and role, resolved; role, side and stance are those of whom it replaces, unless it brings its own."""
    taken = {seat.participant for seat in standing.seats(table.d).values()}
    if beside := summaries.maker(table.start.flow):
        taken.add(beside.participant)
    if invited.name in taken:
        raise Refusal(f"the name {invited.name!r} is taken, also where who bore it has left: choose another")
    spec = _spec(invited, before)
    if before and panel.is_judge(table.start, before) and spec.role != JUDGE_ROLE:
        raise Refusal(f"{before.participant} is the judge, and whoever replaces it is")
    try:
        (seat,) = seating.seats((spec,), table.world, taken)
    except seating.Rejection as rejection:
        raise Refusal(rejection.fact.why) from rejection
    if table.world.reach and (lacking := seating.missing(spec.model, table.world)):
        raise Refusal(f"{spec.model} cannot be reached: {lacking}")
    return replace(seat, stance=spec.stance, side=spec.side, visibility=spec.visibility)


def _spec(invited: ParticipantInvited, before: Seat | None) -> ParticipantSpec:
    """The invitation as a definition would say it."""
    if not 0 < len(invited.model) <= seating.MAX_NAME:
        raise Refusal(f"the model must have 1 to {seating.MAX_NAME} characters")
    try:
        return ParticipantSpec(
            model=invited.model,
            name=invited.name,
            role=invited.role or (before.role if before else NO_ROLE),
            stance=invited.stance or (before.stance if before else ""),
            side=before.side if before else "",
            visibility=before.visibility if before else "all",
        )
    except ValidationError as error:
        raise Refusal("; ".join(f"{each['loc'][0]}: {each['msg']}" for each in error.errors())) from error


def _since(table: Table, who: Seat, *, takes_over: bool) -> tuple[int, tuple[str, ...]]:
    """From which round on a newcomer takes part, and without which of its steps. Raises Refusal."""
    found = rounds.since(table.d, table.start, who, takes_over=takes_over)
    if found is None:
        asked = f"round {table.d.rounds} is the last and all its steps are asked"
        raise Refusal(f"{asked} that could hear {who.participant}: change max_rounds first")
    return found
