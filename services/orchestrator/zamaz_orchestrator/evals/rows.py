"""The files that are measured on: labelled answers, and stored debates on questions with one right number. Pure.

Labelled answers are a JSON array (or JSON lines) of {question, responses: {name: text}, label: full | partial | none};
where the seats gave typed blocks, with blocks: {name: {position, choice, verdict, on_others: {name: stance}}}. In the
place of question, responses and blocks may stand the facts of a debate, as `zamaz show ID --json` prints them.
Stored debates are {id, question, answer: the right number, rounds: [{agent: text}, …]} and, where somebody has read
them, finals: [{agent: the number that the answer ends on, or null}, …].
"""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal
from itertools import combinations
from typing import Any, TypeVar

import msgspec

from zamaz.errors import ZamazError
from zamaz.evals import Asked
from zamaz.events.orchestration import Agreement
from zamaz_orchestrator.evals.blocks import Block, debated
from zamaz_orchestrator.evals.readings import read_alike

T = TypeVar("T")


class Labelled(msgspec.Struct, frozen=True):
    """Two answers to one question, and how far they agree; what their seats said of them in typed blocks, if they
    did."""

    question: str
    responses: dict[str, str]
    label: Agreement
    id: str = ""
    options: tuple[str, ...] = ()
    blocks: dict[str, Block] = {}

    @property
    def texts(self) -> tuple[str, str]:
        """The two answers."""
        one, other, *_ = self.responses.values()
        return one, other


class Stored(msgspec.Struct, frozen=True):
    """A debate that was held: who said what in each round, the right answer, and what people read in the answers."""

    question: str
    answer: int | float
    rounds: tuple[dict[str, str], ...]
    id: str = ""
    finals: tuple[dict[str, int | float | None], ...] = ()

    @property
    def right(self) -> Decimal:
        """The right answer."""
        return Decimal(str(self.answer))


class Unread(ZamazError):
    """The file is not what can be measured on. The message names the entry and what is wrong with it."""


def labelled(asked: Asked) -> tuple[Labelled, ...]:
    """Every labelled pair of the file. Raises Unread."""
    found = tuple(_labelled(asked.file, n, raw) for n, raw in enumerate(_entries(asked), 1))
    for n, row in enumerate(found, 1):
        if len(row.responses) != 2:
            raise Unread(f"{asked.file}: entry {n}: {len(row.responses)} responses, and two are compared")
        if unknown := sorted(row.blocks.keys() - row.responses.keys()):
            raise Unread(f"{asked.file}: entry {n}: a block of {unknown[0]!r}, who gave no response")
    return found


def _labelled(file: str, number: int, raw: bytes) -> Labelled:
    if "facts" not in _keys(raw):
        return _entry(file, number, raw, Labelled)
    entry = _entry(file, number, raw, _Held)
    try:
        found = debated(entry.facts)
    except (msgspec.ValidationError, LookupError) as error:
        raise Unread(f"{file}: entry {number}: {error.args[0]}") from error
    return Labelled(found.question, found.responses, entry.label, entry.id, found.options, found.blocks)


class _Held(msgspec.Struct, frozen=True):
    """A debate by its facts, and how far its readers say that it agreed."""

    label: Agreement
    id: str = ""
    facts: tuple[dict[str, Any], ...] = ()


def stored(asked: Asked) -> tuple[Stored, ...]:
    """Every debate of the file. Raises Unread."""
    found = tuple(_entry(asked.file, n, raw, Stored) for n, raw in enumerate(_entries(asked), 1))
    for n, debate in enumerate(found, 1):
        if not debate.rounds or not all(debate.rounds):
            raise Unread(f"{asked.file}: entry {n}: a round without answers")
        if debate.finals and [set(read) for read in debate.finals] != [set(said) for said in debate.rounds]:
            raise Unread(f"{asked.file}: entry {n}: finals are not those of its rounds' answers")
    return found


def holds_debates(asked: Asked) -> bool:
    """Whether the file holds debates with rounds, and not labelled pairs."""
    first = next(iter(_entries(asked)))
    return "rounds" in _keys(first)


def _keys(raw: bytes) -> frozenset[str]:
    """What an entry is made of; nothing where it cannot be read."""
    try:
        return frozenset(msgspec.json.decode(raw, type=dict[str, msgspec.Raw]))
    except msgspec.DecodeError:
        return frozenset()


def pairs(debates: tuple[Stored, ...]) -> tuple[tuple[Labelled, ...], int]:
    """Every two answers of one round, labelled full (they end on one number) or none, and how many are not labelled.

    What an answer ends on is what people read in it (`finals`). Where nobody did, it is what two plain readings find;
    an answer that they dispute is in no pair, so that the figures of such a file flatter every rule.
    """
    found, unread = [], 0
    for debate in debates:
        for n, said in enumerate(debate.rounds):
            for one, other in combinations(said, 2):
                label = _alike(debate, n, one, other)
                unread += label is None
                if label is not None:
                    responses = {one: said[one], other: said[other]}
                    found.append(Labelled(debate.question, responses, label, debate.id))
    return tuple(found), unread


def _alike(debate: Stored, n: int, one: str, other: str) -> Agreement | None:
    if debate.finals:
        mine, theirs = debate.finals[n][one], debate.finals[n][other]
        return "full" if mine is not None and mine == theirs else "none"
    both = [read_alike(debate.rounds[n][name]) for name in (one, other)]
    if None in both:
        return None
    return "full" if both[0] == both[1] else "none"


def _entries(asked: Asked) -> Iterator[bytes]:
    data = asked.data.strip()
    if not data:
        raise Unread(f"{asked.file}: it is empty")
    if not data.startswith(b"["):
        yield from (line for line in data.splitlines() if line.strip())
        return
    try:
        entries = msgspec.json.decode(data, type=list[msgspec.Raw])
    except msgspec.DecodeError as error:
        raise Unread(f"{asked.file}: it is no JSON: {error}") from error
    if not entries:
        raise Unread(f"{asked.file}: it holds no entry")
    yield from map(bytes, entries)


def _entry(file: str, number: int, raw: bytes, kind: type[T]) -> T:
    try:
        return msgspec.json.decode(raw, type=kind)
    except msgspec.DecodeError as error:
        raise Unread(f"{file}: entry {number}: {error}") from error
