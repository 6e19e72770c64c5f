"""How a fork starts: as its parent ran, under the fork's changes, resolved. Pure.

The parent's clock is its own: the fork has all of its time from here on, as after a pause.
"""

from __future__ import annotations

from msgspec.structs import replace

from zamaz.definition import ParticipantSpec, digest
from zamaz.definition.protocol import BALLOTED, ProtocolSpec
from zamaz.errors import ForkRefused
from zamaz.events import Fact, Malformed
from zamaz.events.client import MAX_CONTEXT_BYTES, DebateRequested
from zamaz.events.flow import Flow, Seat
from zamaz.events.spending import Spending
from zamaz.events.voting import ProtocolName
from zamaz.events.workflow import DebateFailed, DebateStarted
from zamaz.forks import Changes, SeatChange, seat_number, understood
from zamaz_workflow import ballots, panel, seating
from zamaz_workflow.debate import Debate
from zamaz_workflow.kept import Fork
from zamaz_workflow.seating import Rejection, World


def opening(d: Debate, fork: Fork, world: World) -> list[Fact]:
    """DebateStarted or DebateRejected; nothing while it is not known yet what can be reached."""
    try:
        changes = understood(fork.fact.changes)
        if changes.seats and not world.reach and world.now < seating.patient_until(d, world):
            return []
        return [_started(d, fork, changes, world)]
    except ForkRefused as refused:
        return [Rejection("bad_fork", str(refused)).fact]
    except Rejection as rejection:
        return [rejection.fact]


def lost(d: Debate, request: Malformed) -> list[Fact]:
    """A fork that had started, and whose beginning is not there any more."""
    return [DebateFailed(stop_reason="failure", why=f"the beginning of {d.id} cannot be read any more: {request.why}")]


def _started(d: Debate, fork: Fork, changes: Changes, world: World) -> DebateStarted:
    if d.context_bytes > MAX_CONTEXT_BYTES:
        told = f"with what is added the context has {d.context_bytes} bytes"
        raise Rejection("too_large", f"{told}, at most {MAX_CONTEXT_BYTES} are taken")
    was = fork.started
    seats = list(was.seats)
    for change in changes.seats:
        n = seat_number(was, change)
        seats[n] = _seat(seats[n], change, world)
    flow = changed(_flow(was.flow, changes), changes.threshold, changes.protocol)
    if changes.protocol and any(change.tail for change in d.changes.values()):
        raise Rejection("bad_fork", "its parent went on under another workflow, whose protocol decides: leave it out")
    if flow.min_rounds > flow.max_rounds:
        raise Rejection("bad_fork", f"{flow.min_rounds} rounds at least are more than {flow.max_rounds} at most")
    told = "; ".join(f"{key}: {str(value)[:80]}" for key, value in fork.fact.changes.items())
    because = f"forked from {fork.fact.parent} at {fork.fact.at}" + (f" with {told}" if told else "")
    made = replace(was, seats=tuple(seats), flow=flow, flow_digest=digest(flow), seated_because=because)
    made = replace(made, spending=_spending(d, fork, made, world))
    if changes.protocol and (why := lacking(made)):
        raise Rejection("bad_fork", why)
    return made


def _spending(d: Debate, fork: Fork, made: DebateStarted, world: World) -> Spending | None:
    """Whoever forks a debate pays for the fork; where nobody is named, whoever asked for the parent."""
    if not isinstance(d.request, DebateRequested):
        return None
    seats = (*made.seats, *made.reserves, *filter(None, [made.flow.context.by]))
    request = replace(d.request, requester=fork.fact.requester or d.request.requester)
    return seating.spending_of(request, seats, made.ladder, world)


def _seat(seat: Seat, change: SeatChange, world: World) -> Seat:
    """The same participant: what it has said stays its own."""
    if change.what == "stance":
        return replace(seat, stance=change.value)
    voice = seating.outright(ParticipantSpec(model=change.value), world)
    return replace(
        seat,
        provider=voice.provider,
        model=voice.model,
        parameters=voice.parameters,
        max_output_tokens=voice.max_output_tokens,
        context_tokens=voice.context_tokens,
    )


def _flow(flow: Flow, changes: Changes) -> Flow:
    most, least = changes.max_rounds or flow.max_rounds, changes.min_rounds
    return replace(flow, max_rounds=most, min_rounds=least or min(flow.min_rounds, most))


def changed(flow: Flow, threshold: float | None, protocol: ProtocolName | None) -> Flow:
    """The flow with another consensus threshold, or another protocol under the same quorum."""
    if threshold is not None:
        steps = (step if step.threshold is None else replace(step, threshold=threshold) for step in flow.steps)
        flow = replace(flow, consensus_threshold=threshold, steps=tuple(steps))
    if protocol and protocol != flow.protocol.name:
        flow = replace(flow, protocol=ProtocolSpec(name=protocol, quorum=flow.protocol.quorum).setting())
    return flow


def lacking(start: DebateStarted) -> str:
    """Why nothing can be decided under a protocol, "" where something can."""
    name = start.flow.protocol.name
    if name in BALLOTED and ballots.vote_step(start.flow) is None:
        return f"{name} needs a vote, and this debate had none: arguments do not say it"
    return "no seat had the role of a judge" if name == "judge" and panel.judge(start) is None else ""
