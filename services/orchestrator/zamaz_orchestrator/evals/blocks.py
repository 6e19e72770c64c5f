"""Typed blocks beside the prose that they came with: what the seats of a held debate said of their own answers. Pure.

An entry brings them as they are (`blocks`), or with the facts of its debate as `zamaz show ID --json` prints them:
then the answers of its last measured round count.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NamedTuple, TypeVar

import msgspec

from zamaz.events import Fact
from zamaz.events.client import DebateRequested
from zamaz.events.debater import ArgumentPresented, Stance
from zamaz.events.workflow import RulingRequested, TurnRequested, Verdict
from zamaz_orchestrator.kinds.pairs import Held, Question, Seen

F = TypeVar("F", bound=Fact)


class Block(msgspec.Struct, frozen=True):
    """What a seat says of its answer; `on_others` by the others' names."""

    position: str
    choice: str | None = None
    verdict: Verdict | None = None
    on_others: dict[str, Stance] = {}
    confidence: float = 0.0


class Debated(NamedTuple):
    """What the facts of a debate hold: the answers of its last measured round, and those blocks that there are."""

    question: str
    options: tuple[str, ...]
    responses: dict[str, str]
    blocks: dict[str, Block]


def debated(facts: Sequence[dict[str, Any]]) -> Debated:
    """A held debate. Raises msgspec.ValidationError for a fact that is none, and LookupError for what is missing."""
    request = next(iter(_all(facts, DebateRequested)), None)
    if request is None:
        raise LookupError("its facts hold no DebateRequested")
    measured = [ruling for ruling in _all(facts, RulingRequested) if ruling.kind == "consensus"]
    if not measured:
        raise LookupError("its facts hold no RulingRequested of a consensus")
    turns = {turn.turn: turn for turn in _all(facts, TurnRequested)}
    said = {answer.turn: answer for answer in _all(facts, ArgumentPresented)}
    answers = [said[turn] for turn in measured[-1].turns if turn in said]
    labels = {turn: known.labels for turn, known in turns.items()}
    return Debated(
        request.question,
        request.options,
        {answer.participant: answer.argument for answer in answers},
        {answer.participant: _block(answer, labels.get(answer.turn, {})) for answer in answers if answer.position},
    )


def _all(facts: Sequence[dict[str, Any]], kind: type[F]) -> list[F]:
    return [msgspec.convert(fact, kind) for fact in facts if fact.get("type") == kind.__name__]


def _block(answer: ArgumentPresented, labels: dict[str, str]) -> Block:
    return Block(
        position=answer.position or "",
        choice=answer.choice,
        verdict=answer.verdict,
        on_others={labels[label]: stance for label, stance in answer.on_others.items() if label in labels},
        confidence=answer.confidence,
    )


def typed(question: str, options: tuple[str, ...], blocks: dict[str, Block]) -> Question:
    """The question that a live debate would ask of these blocks."""
    held = tuple(
        Held(participant=name, position=one.position, choice=one.choice, verdict=one.verdict, confidence=one.confidence)
        for name, one in blocks.items()
        if one.position
    )
    names = {one.participant for one in held}
    seen = tuple(
        Seen(of=name, on=other, stance=stance)
        for name in blocks
        for other, stance in blocks[name].on_others.items()
        if {name, other} <= names and name != other
    )
    return Question(question=question, options=options, held=held, seen=seen)


def itself(question: Question) -> Question:
    """The first block beside itself: they agree in full, whatever they say."""
    one = question.held[0]
    other = msgspec.structs.replace(one, participant=f"{one.participant} again")
    return msgspec.structs.replace(question, held=(one, other), seen=())
