"""The workflow's mind: given the facts of a debate, what must be said now, and when to look again.

`decide` answers all that is missing at once: each fact is folded in before the next is thought of, so that
a round can start and its turns be asked in one decision.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace
from datetime import datetime, timedelta

from zamaz.decider import Decider
from zamaz.events import Fact, Malformed, Recorded
from zamaz.events.flow import Step
from zamaz.events.workflow import DebateCancelled, DebateStarted, RulingKind
from zamaz_workflow import (
    advice,
    changing,
    course,
    debate,
    effects,
    ending,
    envelope,
    forking,
    gates,
    human,
    pausing,
    reserves,
    result,
    rounds,
    rulings,
    seating,
    standing,
    turns,
)
from zamaz_workflow.course import Stop
from zamaz_workflow.debate import Debate
from zamaz_workflow.evolve import evolve
from zamaz_workflow.seating import World
from zamaz_workflow.turns import Moment

MOST_AT_ONCE = 200
SWEEP = timedelta(seconds=60)
LOOK_AGAIN = timedelta(seconds=0.5)


def decide(d: Debate, sees: int, world: World) -> list[Fact]:
    """Every fact that is missing now, in the order in which they follow from each other."""
    said: list[Fact] = []
    while len(said) < MOST_AT_ONCE and (more := missing(d, sees, world)):
        said += more
        stamp = world.now.isoformat()
        for fact in more:
            d = evolve(d, Recorded(sees, d.id, fact.voice, fact, stamp))
    return said


def missing(d: Debate, sees: int, world: World) -> list[Fact]:
    """The next facts, one thought ahead."""
    if d.ending or d.request is None or d.archived:
        return []
    if d.started is None:
        return [_cancelled(d)] if d.abort else human.refused(d) or _opening(d, sees, world)
    if isinstance(d.request, Malformed):
        return forking.lost(d, d.request)
    if d.abort and not d.decided:
        return [_cancelled(d)]
    if not d.decided and (change := pausing.change(d, world.now)):
        return change
    start = effects.extended(d, standing.effective(d))
    if answered := human.refused(d) or changing.answers(d, start, sees, world):
        return answered
    if d.decided:
        return result.complete(d, start, d.decided, world.now)
    if d.paused:
        return []
    moment = Moment(world.now, sees)
    if (waits := human.wait(d, start, world.now)) is not None:
        return waits
    if seated := reserves.missing(d, start, sees):
        return seated
    move = course.next_move(d, start, moment)
    if not isinstance(move, Stop):
        return envelope.within(d, start, move)
    if move.reason == "budget" and envelope.waits(d, moment):
        return []
    return _concluded(d, start, move, moment)


def _concluded(d: Debate, start: DebateStarted, stop: Stop, moment: Moment) -> list[Fact]:
    """The end of the arguing: what it takes to decide is asked for, unless no money is left for that either."""
    said = ending.conclude(d, start, stop, moment)
    if d.money.refused and stop.asks and not envelope.pays(d, start, said):
        stop = replace(stop, asks=False)
        said = ending.conclude(d, start, stop, moment)
    if not stop.asks and not envelope.pays(d, start, said):
        said = ending.conclude(d, start, replace(stop, judges=False), moment)
    return envelope.within(d, start, said)


def _opening(d: Debate, sees: int, world: World) -> list[Fact]:
    return forking.opening(d, d.fork, world) if d.fork else seating.opening(d, sees, world)


def _cancelled(d: Debate) -> DebateCancelled:
    return DebateCancelled(by=d.abort.by if d.abort else "", why=d.abort.why if d.abort else "")


def wake(d: Debate, world: World) -> datetime | None:
    """When to look again: the next moment at which the clock alone may change what is missing, and in any case
    within a minute. None for an id that nobody has requested anything on."""
    if d.request is None:
        return None
    if d.paused and not d.decided:
        return pausing.look_again(d.paused, world.now)
    if d.escalation and not d.decided and not d.escalation.over_at:
        return _wake_people(d, world)
    sweep = world.now + SWEEP
    return min((at for at in _moments(d, world) if world.now < at < sweep), default=sweep)


def _wake_people(d: Debate, world: World) -> datetime:
    """As long as a person is waited for, a ruling is delivered: only the end of the wait needs the clock."""
    end = human.ends_at(d, standing.effective(d)) if d.started else None
    look = world.now + pausing.LATEST_LOOK
    return min(end, look) if end and end > world.now else look


def _moments(d: Debate, world: World) -> Iterator[datetime]:
    if d.started is None:
        yield world.now + LOOK_AGAIN
        return
    if d.decided_at:
        yield d.decided_at + result.BILL_WAIT
        return
    if changing.waits(d, world):
        yield world.now + LOOK_AGAIN
    if end := turns.execution_deadline(d):
        yield end
    flow = standing.flow_of(d, d.rounds)
    for attempts in d.slots.values():
        last = attempts[-1]
        is_open = last.turn not in d.answers and last.turn not in d.given_up
        if is_open and (step := turns.step_of(d, last)):
            yield from turns.moments(d, step, last.deadline)
        if failure := d.failures.get(last.turn):
            wait = failure.fact.retry_after_s
            yield failure.at + timedelta(seconds=flow.retry_delay_s if wait is None else wait)
    check = rounds.check_step(flow) or gates.JUDGING
    for asked in d.rulings.values():
        if not _is_ruled(d, asked.ruling):
            yield from turns.moments(d, _PATIENCE.get(asked.kind, check), asked.deadline)


_PATIENCE: Mapping[RulingKind, Step] = {"complexity": course.ASSESSING, "next_move": advice.ADVISING}
"""Whose time a ruling has, where that is not the consensus check's."""


def _is_ruled(d: Debate, ruling: str) -> bool:
    done = ruling in d.gates or any(move.ruling == ruling for move in d.moves.values())
    return done or rulings.answer(d, ruling) is not None


DECIDER: Decider[Debate, World] = Decider(
    voice="workflow",
    reads=debate.READS,
    initial=debate.initial,
    evolve=evolve,
    decide=decide,
    ended=lambda d: d.ending is not None,
    wake=wake,
)
