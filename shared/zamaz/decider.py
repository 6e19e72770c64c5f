"""A voice's mind: fold what is in the log, decide what is still missing, say nothing when nothing is.

`evolve` is total and silent. `decide` is pure: clock, definitions and prices come in as `world`.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from datetime import datetime
from functools import cache
from typing import Generic, TypeVar

import msgspec
from msgspec.structs import replace

from zamaz import subjects
from zamaz.events import Fact, Malformed, Recorded, Unknown

S = TypeVar("S")
W = TypeVar("W")


def nothing(_state: object, _world: object) -> None:
    """The wake of a voice that needs no timer."""


@dataclass(frozen=True)
class Folding(Generic[S]):
    """How one voice reads a debate.

    `reads` lists what evolve uses, as (voice, type, keyed); an empty type means the whole voice.
    `heeds_client`: a client's word that is not known yet may be meant for this voice.
    """

    voice: str
    reads: tuple[tuple[str, str, bool], ...]
    initial: Callable[[str], S]
    evolve: Callable[[S, Recorded], S]
    heeds_client: bool = True

    @property
    def inherits(self) -> bool:
        """Whether it reads a fork behind what that shares with its parent: who does not hear DebateForked reads each
        debate alone."""
        return any(voice == "client" and kind in ("", "DebateForked") for voice, kind, _ in self.reads)

    def filters(self, debate: str) -> tuple[str, ...]:
        """The subjects of one debate that evolve reads."""
        one = subjects.token(debate)
        return tuple(pattern.replace("*", one, 1) for pattern in _patterns(self.reads))

    def fold(self, facts: Iterable[Recorded], state: S) -> S:
        """The state after `facts`."""
        for heard in facts:
            state = self.evolve(state, heard)
        return state


@cache
def _patterns(reads: tuple[tuple[str, str, bool], ...]) -> tuple[str, ...]:
    """The subjects that a folding reads, of any debate."""
    return tuple(
        subjects.each(voice, kind, keyed=keyed) if kind else subjects.each_of(voice) for voice, kind, keyed in reads
    )


@dataclass(frozen=True)
class Decider(Folding[S], Generic[S, W]):
    """How one voice makes up its mind about one debate.

    `decide(state, sees, world)` answers the facts that are missing, given that the fold is complete up to
    sequence `sees`. `wake` says when to look again although nothing was heard, `ended` whether nothing
    can change any more.
    """

    decide: Callable[[S, int, W], list[Fact]] = field(kw_only=True)
    ended: Callable[[S], bool] = field(kw_only=True)
    wake: Callable[[S, W], datetime | None] = nothing


class Fold(msgspec.Struct, Generic[S], frozen=True):
    """A debate as last loaded: `upto` is complete, `voice_at` the newest own fact, `own` our last append, `loaded`
    when that was asked for (seconds of this process' own clock). `settled`: this state was thought about, and nothing
    was missing; what the clock may change, a timer wakes for.

    `newer` says that a newer version has spoken in the own or the client's voice: what it said may change
    everything, so whoever does not understand it leaves the decision to those who do.
    """

    state: S
    upto: int = 0
    voice_at: int = 0
    own: int = 0
    newer: bool = False
    loaded: float = 0.0
    settled: bool = False


def after_load(folding: Folding[S], fold: Fold[S], facts: list[Recorded], upto: int) -> Fold[S]:
    """The fold after a load. Only this moves `upto`: an own append may have jumped over foreign facts.

    What a fork inherits stands under its parent's id, before its own, and is not what a decision is counted over.
    """
    debate = facts[-1].debate if facts else ""
    own = [fact.seq for fact in facts if fact.voice == folding.voice and fact.debate == debate]
    newer = any(_is_newer(heard, folding) for heard in facts)
    return replace(
        fold,
        state=folding.fold(facts, fold.state),
        upto=upto,
        voice_at=max([fold.voice_at, *own]),
        newer=fold.newer or newer,
        settled=False,
    )


def _is_newer(heard: Recorded, folding: Folding[S]) -> bool:
    """A word of the own voice that cannot be read was written by a newer version; so was an unknown one of the
    client's. A client's unreadable word is just that."""
    if heard.voice == folding.voice:
        return isinstance(heard.fact, Unknown | Malformed)
    return folding.heeds_client and heard.voice == "client" and isinstance(heard.fact, Unknown)


class FoldCache(Generic[S]):
    """The folds of the debates that were touched last, at most `size` of them."""

    def __init__(self, initial: Callable[[str], S], size: int = 2048) -> None:
        self._initial = initial
        self._size = size
        self._folds: OrderedDict[str, Fold[S]] = OrderedDict()

    def get(self, debate: str) -> Fold[S]:
        """The remembered fold, or an empty one."""
        if fold := self._folds.get(debate):
            self._folds.move_to_end(debate)
            return fold
        return Fold(self._initial(debate))

    def put(self, debate: str, fold: Fold[S]) -> None:
        """Remember, and forget what was not touched for longest."""
        self._folds[debate] = fold
        self._folds.move_to_end(debate)
        if len(self._folds) > self._size:
            self._folds.popitem(last=False)

    def drop(self, debate: str) -> None:
        """Forget it."""
        self._folds.pop(debate, None)

    def __len__(self) -> int:
        return len(self._folds)
