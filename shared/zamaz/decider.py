"""A voice's mind: fold what is in the log, decide what is still missing, say nothing when nothing is.

`evolve` is total and silent. `decide` is pure: clock, definitions and prices come in as `world`.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Generic, TypeVar

from zamaz import subjects
from zamaz.events import Fact, Recorded, Unknown

S = TypeVar("S")
W = TypeVar("W")


def nothing(_state: object, _world: object) -> None:
    """The wake of a voice that needs no timer."""


@dataclass(frozen=True)
class Folding(Generic[S]):
    """How one voice reads a debate.

    `reads` lists what evolve uses, as (voice, type, keyed); an empty type means the whole voice.
    """

    voice: str
    reads: tuple[tuple[str, str, bool], ...]
    initial: Callable[[str], S]
    evolve: Callable[[S, Recorded], S]

    def filters(self, debate: str) -> tuple[str, ...]:
        """The subjects of one debate that evolve reads."""
        return tuple(
            subjects.each(voice, kind, keyed=keyed).replace("*", subjects.token(debate), 1)
            if kind
            else subjects.voice_of(voice, debate)
            for voice, kind, keyed in self.reads
        )

    def fold(self, facts: Iterable[Recorded], state: S) -> S:
        """The state after `facts`."""
        for heard in facts:
            state = self.evolve(state, heard)
        return state


@dataclass(frozen=True)
class Decider(Folding[S], Generic[S, W]):
    """How one voice makes up its mind about one debate.

    `decide(state, sees, world)` answers the facts that are missing, given that the fold is complete up to
    sequence `sees`. `wake` says when to look again although nothing was heard, `ended` whether nothing
    can change any more.
    """

    decide: Callable[[S, int, W], list[Fact]]
    ended: Callable[[S], bool]
    wake: Callable[[S, W], datetime | None] = nothing


@dataclass(frozen=True)
class Fold(Generic[S]):
    """A debate as last loaded: `upto` is complete, `voice_at` the newest own fact, `own` our last append.

    `newer` says that a fact of a newer version stands in the own or the client's voice: do not decide.
    """

    state: S
    upto: int = 0
    voice_at: int = 0
    own: int = 0
    newer: bool = False


def after_load(folding: Folding[S], fold: Fold[S], facts: list[Recorded], upto: int) -> Fold[S]:
    """The fold after a load. Only this moves `upto`: an own append may have jumped over foreign facts."""
    own = [fact.seq for fact in facts if fact.voice == folding.voice]
    newer = any(isinstance(f.fact, Unknown) and f.voice in (folding.voice, "client") for f in facts)
    return replace(
        fold,
        state=folding.fold(facts, fold.state),
        upto=upto,
        voice_at=max([fold.voice_at, *own]),
        newer=fold.newer or newer,
    )


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

    def __len__(self) -> int:
        return len(self._folds)
