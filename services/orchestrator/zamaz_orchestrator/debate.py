"""One debate as the orchestrator reads it: what is asked of it, and the answers that a ruling may look at.

Pure: the log's facts come in, and no clock, no chance and no wire is needed to read them.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime

import msgspec
from msgspec.structs import replace

from zamaz.decider import Folding
from zamaz.events import ENDINGS, Recorded
from zamaz.events.client import DebateForked, DebateRequested
from zamaz.events.debater import ArgumentPresented
from zamaz.events.flow import StepType
from zamaz.events.orchestration import (
    RULINGS,
    ComplexityAssessed,
    ConsensusAssessed,
    Ruling,
    RulingDiscarded,
    RulingShadowed,
    RungAsked,
)
from zamaz.events.rungs import asked_number, calls_of
from zamaz.events.workflow import (
    DebateChanged,
    DebateStarted,
    DebateTimeoutOccurred,
    RulingRequested,
    StepTimedOut,
    TurnRequested,
)
from zamaz.forks import asked
from zamaz.inflight import step_in

NOBODY = "default"
"""The rung of a ruling that nobody gave."""
BESIDE: frozenset[StepType] = frozenset({"devils_advocate", "moderation", "synthesis", "vote", "summary"})
"""Steps whose answers are no positions."""
CONTEXT_SHOWN = 2000
"""Characters of a context that are remembered: a ruling looks at its beginning and its size, no more."""


class Debate(msgspec.Struct, frozen=True, gc=False):
    """One debate, as far as a ruling depends on it. Answers keep the sequence at which they stand.

    `requested` keeps the beginning of its context, `context_length` the characters of all of it. `scores` are the
    consensus scores by round, `level` how complex the request was found to be, by whoever could say. `asked` are the
    paid calls that were announced, by ruling, and `ended` those of which it is said what became of them.
    """

    requested: DebateRequested | None = None
    context_length: int = 0
    started: DebateStarted | None = None
    turns: Mapping[str, TurnRequested] = {}
    answers: Mapping[str, tuple[int, ArgumentPresented]] = {}
    wanted: Mapping[str, RulingRequested] = {}
    ruled: frozenset[str] = frozenset()
    asked: Mapping[str, tuple[RungAsked, ...]] = {}
    ended: frozenset[str] = frozenset()
    scores: Mapping[int, tuple[int, float]] = {}
    level: tuple[int, ComplexityAssessed] | None = None
    given_up: frozenset[str] = frozenset()
    changes: tuple[DebateChanged, ...] = ()
    over: bool = False


def evolve(debate: Debate, heard: Recorded) -> Debate:
    """The debate after one more fact. Total and silent: what is not listed here changes nothing."""
    match heard.fact:
        case DebateRequested() as fact if debate.requested is None:
            return _requested(debate, fact)
        case DebateForked() as fact if debate.requested:
            other = asked(debate.requested, fact.changes)
            more = len(other.context) - len(debate.requested.context)
            return replace(_requested(debate, other), context_length=debate.context_length + more, started=None)
        case DebateStarted() as fact:
            return replace(debate, started=debate.started or fact)
        case TurnRequested() as fact:
            return replace(debate, turns={**debate.turns, fact.turn: fact})
        case ArgumentPresented() as fact:
            return replace(debate, answers={**debate.answers, fact.turn: (heard.seq, fact)})
        case RulingRequested() as fact:
            return replace(debate, wanted={**debate.wanted, fact.ruling: fact})
        case RungAsked() as fact:
            return replace(debate, asked={**debate.asked, fact.ruling: (*debate.asked.get(fact.ruling, ()), fact)})
        case RulingShadowed() | RulingDiscarded() as fact:
            return replace(debate, ended=debate.ended | {one.call for one in calls_of(fact)})
        case fact if isinstance(fact, RULINGS):
            return _with_ruling(debate, heard.seq, fact)
        case DebateChanged() as fact:
            return replace(debate, changes=(*debate.changes, fact))
        case StepTimedOut() | DebateTimeoutOccurred() as fact:
            return replace(debate, given_up=debate.given_up | set(fact.turns))
        case fact if isinstance(fact, ENDINGS):
            return replace(debate, over=True)
    return debate


def _requested(debate: Debate, fact: DebateRequested) -> Debate:
    kept = replace(fact, context=fact.context[:CONTEXT_SHOWN])
    return replace(debate, requested=kept, context_length=len(fact.context))


def _with_ruling(debate: Debate, seq: int, fact: Ruling) -> Debate:
    ended = debate.ended | {one.call for one in calls_of(fact)}
    ruled = replace(debate, ruled=debate.ruled | {fact.ruling}, ended=ended)
    if isinstance(fact, ComplexityAssessed) and fact.rung != NOBODY:
        return replace(ruled, level=(seq, fact))
    if isinstance(fact, ConsensusAssessed):
        return replace(ruled, scores={**debate.scores, fact.round: (seq, fact.score)})
    return ruled


FOLDING: Folding[Debate] = Folding(
    voice="orchestration",
    reads=(
        ("client", "DebateRequested", False),
        ("client", "DebateForked", False),
        ("workflow", "", False),
        ("debater", "ArgumentPresented", True),
        ("orchestration", "", False),
    ),
    initial=lambda _: Debate(),
    evolve=evolve,
)


def open_ruling(debate: Debate, ruling: str, now: datetime) -> RulingRequested | None:
    """The ruling, if it is still waited for: not answered, not given up, not past its deadline."""
    wanted = debate.wanted.get(ruling)
    if wanted is None or debate.over or ruling in debate.ruled | debate.given_up or now >= wanted.deadline:
        return None
    return wanted


def under_way(debate: Debate, ruling: str) -> RungAsked | None:
    """The newest paid call for a ruling, if nobody has said yet what became of it. Shadows are their asker's alone."""
    open_calls = (one for one in debate.asked.get(ruling, ()) if not one.shadow and one.call not in debate.ended)
    return max(open_calls, key=lambda one: asked_number(one.call), default=None)


def last_asked(debate: Debate, ruling: str) -> int:
    """How many paid calls were announced for a ruling."""
    return max((asked_number(one.call) for one in debate.asked.get(ruling, ())), default=0)


def asked_of(debate: Debate) -> DebateRequested:
    """The request; an empty one while there is none."""
    return debate.requested or DebateRequested(question="")


def seats_of(debate: Debate, wanted: RulingRequested) -> list[str]:
    """The seats of the turns in question, each once, in the order in which the workflow names them."""
    named = (debate.turns[turn].participant for turn in wanted.turns if turn in debate.turns)
    spoke = (debate.answers[turn][1].participant for turn in wanted.turns if turn in debate.answers)
    return list(dict.fromkeys((*named, *spoke)))


def answers_of(debate: Debate, wanted: RulingRequested) -> dict[str, ArgumentPresented]:
    """Each seat's answer. What came after the workflow looked is late; a repeated turn's later answer replaces
    an earlier one unless it carries no position."""
    found: dict[str, ArgumentPresented] = {}
    for turn in wanted.turns:
        seq, answer = debate.answers.get(turn, (0, None))
        if answer and in_time(wanted, seq) and (answer.position or answer.participant not in found):
            found[answer.participant] = answer
    return found


def is_beside(debate: Debate, turn: str) -> bool:
    """Whether a turn was asked for no position of its speaker's."""
    asked = debate.turns.get(turn)
    if asked is None or debate.started is None:
        return False
    step = asked.inserted or step_in(debate.started.flow, debate.changes, asked.round, asked.step)
    return step is not None and step.type in BESIDE


def in_time(wanted: RulingRequested, seq: int) -> bool:
    """Whether a fact stood when the workflow looked."""
    return not (wanted.sees and seq > wanted.sees)
