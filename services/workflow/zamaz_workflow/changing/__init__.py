"""What clients want changed while a debate runs: each request is done, or refused with a reason, once.

They are answered in the log's order, under a pause too, since that asks nothing of a model. From the first ballot, or
the deciding turn, on the seats and the course stand as they are; an ending answers what is still unanswered.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

from zamaz.events import Fact
from zamaz.events.client import ClientFact, DebateChangeRequested, ParticipantDismissed, ParticipantInvited
from zamaz.events.workflow import DebateStarted, ParticipantLeft, RequestRefused
from zamaz_workflow import standing
from zamaz_workflow.changing import coming, terms
from zamaz_workflow.changing.table import Refusal, Table
from zamaz_workflow.debate import Debate
from zamaz_workflow.kept import Wanted
from zamaz_workflow.seating import PATIENCE, World

MAX_WHY = 2000


def answers(d: Debate, start: DebateStarted, sees: int, world: World) -> list[Fact]:
    """What the first unanswered request comes to. Nothing where there is none, or while it is not known yet which
    models can be reached."""
    if not d.wanted and not d.joined:
        return []
    if gone := next(_replaced(d), None):
        return [gone]
    wanted = next(pending(d), None)
    if wanted is None or waits(d, world):
        return []
    try:
        return [_done(Table(d, start, world, sees), wanted)]
    except Refusal as refusal:
        return [RequestRefused(asked=wanted.asked, request=wanted.key, why=str(refusal)[:MAX_WHY])]


def pending(d: Debate) -> Iterator[Wanted]:
    """What is neither done nor refused yet, in the log's order."""
    return (wanted for wanted in d.wanted if wanted.name not in d.answered)


def waits(d: Debate, world: World) -> bool:
    """Whether the next request is an invitation, and no debater has told yet what it can reach."""
    wanted = next(pending(d), None)
    asks = wanted is not None and isinstance(wanted.fact, ParticipantInvited) and d.decided is None
    return asks and not world.reach and world.now < world.since + PATIENCE


def _replaced(d: Debate) -> Iterator[ParticipantLeft]:
    """Who was replaced and is not said to have left yet."""
    numbers = {seat.participant: n for n, seat in standing.seats(d).items()}
    for _, joined in sorted(d.joined.items()):
        who = joined.replaces
        if who and who not in d.left:
            why = f"replaced by {joined.who.participant}" + (f": {joined.why}" if joined.why else "")
            yield ParticipantLeft(seat=numbers[who], participant=who, why=why, by=joined.by)


def _done(table: Table, wanted: Wanted) -> Fact:
    if wanted.fact is None:
        raise Refusal(wanted.why)
    if table.d.decided:
        raise Refusal("the decision is made")
    return _DOES[type(wanted.fact)](table, wanted.fact)


_DOES: dict[type[ClientFact], Callable[[Table, Any], Fact]] = {
    ParticipantInvited: coming.joined,
    ParticipantDismissed: coming.left,
    DebateChangeRequested: terms.changed,
}
