"""Deciding once more: what a voice's pure decider says of the log before each of its facts, beside what it said.

A service offers its `Replay` under the entry point group `zamaz.deciders`, so that whoever reads a log can ask each
installed one without knowing it by name. What the clock, the definitions or a model brought in is on record and taken
from there: a replay asks whether the rest follows from it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Generic, NamedTuple, TypeVar

from zamaz.decider import Decider
from zamaz.events import Fact, Recorded, subject_of, to_builtins

S = TypeVar("S")
W = TypeVar("W")
Facts = Sequence[Recorded]
GROUP = "zamaz.deciders"
MOMENTS = 50
"""At how many moments between two facts it is asked whether the second was due: what is due may depend on the clock."""


class Difference(NamedTuple):
    """One field of a fact that is not as it is decided now. `field` is "" for the fact as a whole."""

    seq: int
    subject: str
    field: str
    recorded: object
    computed: object


@dataclass(frozen=True)
class Replay:
    """One voice, once more. Both take the facts of one debate in the log's order, all of them (of a fork, behind those
    that it inherits).

    `differences` are from what was recorded; `unsaid` is what is still to be said at a time, as far as the log alone
    can tell: nothing in a debate that has ended and is billed.
    """

    voice: str
    differences: Callable[[Facts], Iterator[Difference]]
    unsaid: Callable[[Facts, datetime], list[Fact]]


@dataclass(frozen=True)
class Refold(Generic[S, W]):
    """How a decider is asked again.

    `world` is what it gets besides the state: made of the debate's facts once, then asked for each moment.
    `timeless` takes out of a fact what only the clock and the rest of the log can tell. Facts of the types in
    `given` rest on what no log holds, and are not asked for.
    """

    decider: Decider[S, W]
    world: Callable[[Facts], Callable[[datetime], W]]
    timeless: Callable[[Fact], Fact]
    given: tuple[type[Fact], ...] = ()

    def differences(self, facts: Facts) -> Iterator[Difference]:
        """The voice's facts that its decider says at no place of the log where they could have stood."""
        facts = self._read(facts)
        if not facts:
            return
        world, debate = self.world(facts), facts[-1].debate
        states = [self.decider.initial(debate)]
        for heard in facts:
            states.append(self.decider.evolve(states[-1], heard))
        for n, heard in enumerate(facts):
            # What a fork inherits was decided in its parent, and is asked for there.
            if (heard.voice, heard.debate) == (self.decider.voice, debate) and isinstance(heard.fact, Fact):
                yield from self._differs(facts, states, n, heard.fact, world)

    def _read(self, facts: Facts) -> Facts:
        """What the voice reads of a fork."""
        return facts if self.decider.inherits else [heard for heard in facts if heard.debate == facts[-1].debate]

    def _differs(
        self, facts: Facts, states: list[S], n: int, fact: Fact, world: Callable[[datetime], W]
    ) -> Iterator[Difference]:
        """Nothing where the fact is decided again; else how the nearest that bears its name differs."""
        if isinstance(fact, self.given):
            return
        wanted, subject = self.timeless(fact), subject_of(facts[n].debate, fact)
        nearest: Fact | None = None
        for cut in range(n, 0, -1):
            for at in _moments(facts[cut - 1].at, facts[n].at):
                for said in map(self.timeless, self._decided(states[cut], facts[cut - 1].seq, world(at))):
                    if said == wanted:
                        return
                    if nearest is None and subject_of(facts[n].debate, said) == subject:
                        nearest = said
        yield from differing(facts[n].seq, subject, wanted, nearest)

    def unsaid(self, facts: Facts, now: datetime) -> list[Fact]:
        """What the whole log leaves to be said."""
        facts = self._read(facts)
        if not facts:
            return []
        state = self.decider.fold(facts, self.decider.initial(facts[-1].debate))
        found = self._decided(state, facts[-1].seq, self.world(facts)(now))
        return [fact for fact in found if not isinstance(fact, self.given)]

    def _decided(self, state: S, sees: int, world: W) -> list[Fact]:
        """What the decider says; nothing where the log lacks what a decision rests on."""
        try:
            return self.decider.decide(state, sees, world)
        except LookupError:
            return []


def differing(seq: int, subject: str, recorded: Fact, computed: Fact | None) -> Iterator[Difference]:
    """Field by field; the fact as a whole where none of that name is decided."""
    if computed is None:
        yield Difference(seq, subject, "", "said", "not said")
        return
    told, again = _fields(recorded), _fields(computed)
    for name in told | again:
        if told.get(name) != again.get(name):
            yield Difference(seq, subject, name, told.get(name), again.get(name))


def _fields(fact: Fact) -> dict[str, Any]:
    """Every field by its name, with the defaults that its JSON leaves out."""
    sent = to_builtins(fact)
    return {"type": sent["type"], **{name: sent.get(name, getattr(fact, name)) for name in fact.__struct_fields__}}


def _moments(after: datetime, until: datetime) -> Iterator[datetime]:
    """When it may have been decided: it is stored a little later, and much later where somebody was stopped."""
    yield until
    yield from (after + (until - after) * n / MOMENTS for n in range(MOMENTS))
