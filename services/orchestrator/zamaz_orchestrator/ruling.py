"""What a ruling is about: one debate as the orchestrator reads it, and the typed question it makes of it.

Pure: the log's facts come in, and no clock, no chance and no wire is needed to read them.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime

import msgspec
from msgspec import structs

from zamaz.decider import Folding
from zamaz.events import ENDINGS, Part, Recorded
from zamaz.events.client import DebateForked, DebateRequested
from zamaz.events.debater import ArgumentPresented, Stance, Usage
from zamaz.events.orchestration import Agreement, ConsensusAssessed, HeldPosition, RungPassed
from zamaz.events.workflow import (
    DebateStarted,
    DebateTimeoutOccurred,
    RulingRequested,
    StepTimedOut,
    TurnRequested,
    Verdict,
)
from zamaz.forks import asked


class Held(Part, frozen=True, kw_only=True):
    """What one seat holds: its answer of the round, if that carries a position."""

    participant: str
    position: str
    choice: str | None = None
    verdict: Verdict | None = None
    confidence: float = 0.0


class Seen(Part, frozen=True, kw_only=True):
    """What one seat says of another's position."""

    of: str
    on: str
    stance: Stance


class Question(Part, frozen=True, kw_only=True):
    """How far do these positions agree? `silent` names the seats that gave none: they are no vote."""

    question: str
    options: tuple[str, ...] = ()
    held: tuple[Held, ...] = ()
    seen: tuple[Seen, ...] = ()
    silent: tuple[str, ...] = ()

    @property
    def digest(self) -> str:
        """sha256 of the canonical JSON, 64 hex digits: the same positions give the same digest."""
        return hashlib.sha256(msgspec.json.encode(self, order="sorted")).hexdigest()


@dataclass(frozen=True)
class Cutoffs:
    """Where a score (0..1) begins to be called `full`, and below which it is called `none`."""

    full_from: float
    none_below: float

    def agreement(self, score: float) -> Agreement:
        """The word for a score."""
        if score >= self.full_from:
            return "full"
        return "none" if score < self.none_below else "partial"


@dataclass(frozen=True)
class Opinion:
    """A rung's answer. `score` and `confidence` are 0..1; `provider` and `model` name who was asked, if anybody."""

    rung: str
    score: float
    confidence: float
    why: str
    areas_of_agreement: tuple[str, ...] = ()
    areas_of_disagreement: tuple[str, ...] = ()
    groups: Mapping[str, int] = field(default_factory=dict)
    provider: str = ""
    model: str = ""
    usage: Usage | None = None


@dataclass(frozen=True)
class Debate:
    """One debate, as far as a ruling depends on it. Answers keep the sequence at which they stand."""

    requested: DebateRequested | None = None
    started: DebateStarted | None = None
    turns: Mapping[str, TurnRequested] = field(default_factory=dict)
    answers: Mapping[str, tuple[int, ArgumentPresented]] = field(default_factory=dict)
    wanted: Mapping[str, RulingRequested] = field(default_factory=dict)
    ruled: frozenset[str] = frozenset()
    given_up: frozenset[str] = frozenset()
    over: bool = False


def evolve(debate: Debate, heard: Recorded) -> Debate:
    """The debate after one more fact. Total and silent: what is not listed here changes nothing."""
    match heard.fact:
        case DebateRequested() as fact:
            return replace(debate, requested=debate.requested or structs.replace(fact, context=""))
        case DebateForked() as fact:
            requested = debate.requested and asked(debate.requested, fact.changes)
            return replace(debate, requested=requested and structs.replace(requested, context=""), started=None)
        case DebateStarted() as fact:
            return replace(debate, started=debate.started or fact)
        case TurnRequested() as fact:
            return replace(debate, turns={**debate.turns, fact.turn: fact})
        case ArgumentPresented() as fact:
            return replace(debate, answers={**debate.answers, fact.turn: (heard.seq, fact)})
        case RulingRequested() as fact:
            return replace(debate, wanted={**debate.wanted, fact.ruling: fact})
        case ConsensusAssessed() as fact:
            return replace(debate, ruled=debate.ruled | {fact.ruling})
        case StepTimedOut() | DebateTimeoutOccurred() as fact:
            return replace(debate, given_up=debate.given_up | set(fact.turns))
        case fact if isinstance(fact, ENDINGS):
            return replace(debate, over=True)
    return debate


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


def question_of(debate: Debate, wanted: RulingRequested) -> Question:
    """The typed question: who holds what, and what each said of the others it saw."""
    answers = _answers(debate, wanted)
    held = {name: _held(answer) for name, answer in answers.items() if answer.position}
    asked = debate.requested or DebateRequested(question="")
    return Question(
        question=asked.question,
        options=asked.options,
        held=tuple(held.values()),
        seen=tuple(seen for name in held for seen in _seen(debate, answers[name]) if seen.on in held),
        silent=tuple(name for name in _asked(debate, wanted) if name not in held),
    )


def _asked(debate: Debate, wanted: RulingRequested) -> list[str]:
    """The seats of the turns in question, each once, in the order in which the workflow names them."""
    named = (debate.turns[turn].participant for turn in wanted.turns if turn in debate.turns)
    spoke = (debate.answers[turn][1].participant for turn in wanted.turns if turn in debate.answers)
    return list(dict.fromkeys((*named, *spoke)))


def _answers(debate: Debate, wanted: RulingRequested) -> dict[str, ArgumentPresented]:
    """Each seat's answer. What came after the workflow looked is late; a repeated turn's later answer replaces
    an earlier one unless it carries no position."""
    found: dict[str, ArgumentPresented] = {}
    for turn in wanted.turns:
        seq, answer = debate.answers.get(turn, (0, None))
        late = wanted.sees and seq > wanted.sees
        if answer and not late and (answer.position or answer.participant not in found):
            found[answer.participant] = answer
    return found


def _held(answer: ArgumentPresented) -> Held:
    return Held(
        participant=answer.participant,
        position=answer.position or "",
        choice=answer.choice,
        verdict=answer.verdict,
        confidence=answer.confidence,
    )


def _seen(debate: Debate, answer: ArgumentPresented) -> list[Seen]:
    """The stances of one answer, with the neutral labels turned back into names."""
    turn = debate.turns.get(answer.turn)
    labels = turn.labels if turn else {}
    named = ((labels.get(label, ""), stance) for label, stance in answer.on_others.items())
    return [
        Seen(of=answer.participant, on=name, stance=stance)
        for name, stance in named
        if name and name != answer.participant
    ]


def assessed(
    wanted: RulingRequested,
    question: Question,
    opinion: Opinion,
    passed: tuple[RungPassed, ...],
    cutoffs: Cutoffs,
    latency_ms: int,
) -> ConsensusAssessed:
    """The ruling as the log carries it."""
    positions = tuple(
        HeldPosition(participant=h.participant, position=h.position, group=opinion.groups.get(h.participant, n))
        for n, h in enumerate(question.held)
    )
    return ConsensusAssessed(
        ruling=wanted.ruling,
        round=wanted.round,
        agreement=cutoffs.agreement(opinion.score),
        score=opinion.score,
        areas_of_agreement=opinion.areas_of_agreement,
        areas_of_disagreement=opinion.areas_of_disagreement,
        positions=positions,
        rung=opinion.rung,
        passed=passed,
        provider=opinion.provider,
        model=opinion.model,
        confidence=opinion.confidence,
        why=opinion.why,
        inputs_digest=question.digest,
        latency_ms=latency_ms,
        usage=opinion.usage,
    )
