"""A debate as it stands: who sits where and by which definition it runs, with all that was changed since its start.

`course`, `turns`, `ending` and the others get what is read here as `start`, and need not know that anything changed.
Seats keep their numbers and labels for ever. Who was dismissed or replaced has none of the seats that count.
"""

from __future__ import annotations

from collections.abc import Mapping

from msgspec.structs import replace

from zamaz.events.client import DebateRequested
from zamaz.events.flow import Flow, Seat, Step
from zamaz.events.spending import Spending
from zamaz.events.voting import JUDGE_ROLE
from zamaz.events.workflow import DebateStarted, ParticipantJoined
from zamaz.inflight import flow_in
from zamaz_workflow.debate import Debate

LABELS = "ABCDEFGHIJKLMNOPQRSTUVWX"


def effective(d: Debate) -> DebateStarted:
    """DebateStarted as it would read for the current round: the seats that count, the definition as changed."""
    start, flow = _funded(d), flow_of(d, d.rounds)
    if not d.joined and not d.left:
        return start if flow is start.flow else replace(start, flow=flow)
    gone = withdrawn(d)
    there = {n: seat for n, seat in seats(d).items() if n not in d.joined or d.rounds >= d.joined[n].since}
    counted = tuple(seat for seat in there.values() if seat.participant not in gone)
    return replace(start, seats=counted, flow=_inherited(flow, successors(d)))


def _funded(d: Debate) -> DebateStarted:
    """Under the budget that it was last given; who starts without one, and gets one, asks for money from then on."""
    start = begun(d)
    limits = [d.changes[n].budget_usd for n in sorted(d.changes) if d.changes[n].budget_usd is not None]
    if not limits:
        return start
    requester = d.request.requester if isinstance(d.request, DebateRequested) else ""
    return replace(start, spending=Spending(limit_usd=limits[-1], requester=requester))


def begun(d: Debate) -> DebateStarted:
    """How it started. Nothing here is asked of a debate that has not."""
    if d.started is None:
        raise ValueError(f"{d.id} has not started")
    return d.started


def flow_of(d: Debate, round_: int) -> Flow:
    """The definition as it runs in a round."""
    flow = begun(d).flow
    return flow_in(flow, d.changes.values(), round_) if d.changes else flow


def step_of(d: Debate, round_: int, step: str) -> Step | None:
    """A step of a round by its id."""
    return next((found for found in flow_of(d, round_).steps if found.id == step), None)


def seats(d: Debate) -> dict[int, Seat]:
    """Everybody who ever had a seat, by its number."""
    return {**dict(enumerate(begun(d).seats)), **{n: d.joined[n].who for n in sorted(d.joined)}}


def present(d: Debate) -> tuple[Seat, ...]:
    """Who has not left, was not dismissed or replaced: those too who have come and take part from the next round on."""
    gone = withdrawn(d)
    return tuple(seat for seat in seats(d).values() if seat.participant not in gone and seat.participant not in d.left)


def summary(d: Debate) -> str:
    """The turn whose answer sums up the most rounds, of those that came in time; "" where there is none."""
    given = (
        turn
        for turn in d.turns.values()
        if turn.sums_up and turn.turn not in d.given_up and (said := d.answers.get(turn.turn)) and not said.unparsed
    )
    newest = max(given, key=lambda turn: (turn.sums_up, turn.attempt), default=None)
    return newest.turn if newest else ""


def labels(d: Debate) -> dict[str, str]:
    """The neutral label of everybody who ever argued here, by participant."""
    start = begun(d)
    apart = start.flow.protocol.has_judge
    first = [seat.participant for seat in start.seats if not (apart and seat.role == JUDGE_ROLE)]
    late = {d.joined[n].who.participant: len(first) + n - len(start.seats) for n in sorted(d.joined)}
    return {who: LABELS[n] for who, n in (*zip(first, range(len(first)), strict=True), *late.items())}


def successors(d: Debate) -> dict[str, str]:
    """Who has taken over whose seat."""
    return {joined.replaces: joined.who.participant for joined in d.joined.values() if joined.replaces}


def predecessor(d: Debate, participant: str) -> str:
    """Whose seat a participant has taken over, or ""."""
    return next((old for old, new in successors(d).items() if new == participant), "")


def withdrawn(d: Debate) -> frozenset[str]:
    """Who was dismissed or replaced: somebody's word, where a seat that left by itself only fell silent."""
    return frozenset((*successors(d), *(left.participant for left in d.left.values() if left.dismissal)))


def misses(d: Debate, round_: int, step: str, participant: str) -> bool:
    """Whether a step of a round went to its seats before this participant came."""
    if not d.joined:
        return False
    joined = next((one for one in d.joined.values() if one.who.participant == participant), None)
    return joined is not None and _misses(joined, round_, step)


def _misses(joined: ParticipantJoined, round_: int, step: str) -> bool:
    return round_ < joined.since or (round_ == joined.since and step in joined.missed)


def _inherited(flow: Flow, by: Mapping[str, str]) -> Flow:
    """The definition with the names of those who have taken over a seat in the place of whom they follow."""
    if not by:
        return flow

    def now(name: str) -> str:
        while name in by:
            name = by[name]
        return name

    steps = tuple(replace(step, who=tuple(map(now, step.who))) for step in flow.steps)
    rules = tuple(replace(rule, target=now(rule.target)) for rule in flow.rules)
    return replace(flow, steps=steps, rules=rules, decided_by=now(flow.decided_by))
