"""The course of a debate once more, from its facts alone. Pure.

Whether and how a debate starts, and what becomes of what clients want changed in it, rests on the definitions and on
who could be reached: that is on record in GIVEN, and everything after it follows.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import UTC, datetime

from msgspec.structs import replace

from zamaz.definition import Catalog, ModelsFile, OrchestrationFile, digest
from zamaz.definition.orchestration import RungSpec
from zamaz.events import Fact, subject_of
from zamaz.events.course import HumanRulingRequested, RuleApplied
from zamaz.events.workflow import (
    DebateChanged,
    DebatePaused,
    DebateRejected,
    DebateResumed,
    DebateStarted,
    ParticipantJoined,
    RequestRefused,
    RulingRequested,
    TurnRequested,
)
from zamaz.refold import Difference, Facts, Refold, Replay
from zamaz_workflow.debate import Debate
from zamaz_workflow.decide import DECIDER
from zamaz_workflow.seating import World

NOTHING = Catalog({}, ModelsFile(providers={}, models={}), OrchestrationFile(consensus=(RungSpec(rung="rules"),)), {})
GIVEN = (DebateStarted, DebateRejected, ParticipantJoined, DebateChanged, RequestRefused)
ALIKE = datetime(1970, 1, 1, tzinfo=UTC)


def _world(_: Facts) -> Callable[[datetime], World]:
    return lambda at: World(at, NOTHING, {}, at)


def timeless(fact: Fact) -> Fact:
    """Without what is taken from the clock and from the length of the whole log."""
    match fact:
        case TurnRequested():
            return replace(fact, deadline=ALIKE, sees=min(fact.sees, 1))
        case RulingRequested():
            return replace(fact, deadline=ALIKE, sees=1)
        case HumanRulingRequested():
            return replace(fact, deadline=fact.deadline and ALIKE)
        case RuleApplied() if "elapsed_s" in fact.seen:
            return replace(fact, seen={**fact.seen, "elapsed_s": 0.0})
        case ParticipantJoined():
            return replace(fact, sees=min(fact.sees, 1))
        case DebatePaused() if fact.ruling:
            return replace(fact, since=ALIKE)
        case DebateResumed():
            return replace(fact, paused_s=0.0)
    return fact


_REFOLD: Refold[Debate, World] = Refold(DECIDER, _world, timeless, given=GIVEN)


def _differences(facts: Facts) -> Iterator[Difference]:
    for heard in facts:
        if isinstance(heard.fact, DebateStarted) and (again := digest(heard.fact.flow)) != heard.fact.flow_digest:
            subject = subject_of(heard.debate, heard.fact)
            yield Difference(heard.seq, subject, "flow_digest", heard.fact.flow_digest, again)
        if isinstance(heard.fact, DebateChanged) and heard.fact.tail:
            subject, told, again = subject_of(heard.debate, heard.fact), heard.fact.tail_digest, digest(heard.fact.tail)
            if told != again:
                yield Difference(heard.seq, subject, "tail_digest", told, again)
    yield from _REFOLD.differences(facts)


REPLAY = Replay(DECIDER.voice, _differences, _REFOLD.unsaid)
