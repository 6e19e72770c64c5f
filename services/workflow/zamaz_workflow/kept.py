"""What a debate keeps beside the facts themselves: what somebody wants, by the log's order, and what became of it."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime
from decimal import Decimal

import msgspec
from msgspec.structs import replace

from zamaz.events.client import ClientFact, DebateForked, HumanRulingGiven
from zamaz.events.cost import SpendRefused, SpendReserved
from zamaz.events.course import HumanRulingRequested
from zamaz.events.debater import TurnFailed
from zamaz.events.spending import ModelRates, PlannedCall
from zamaz.events.workflow import DebateStarted, SpendRequested

NOTHING_MORE = "nothing more is reserved for calls that do not fit into what was"


class Failure(msgspec.Struct, frozen=True, gc=False):
    """A failed turn, and when the log heard of it."""

    fact: TurnFailed
    at: datetime


class Wish(msgspec.Struct, frozen=True, gc=False):
    """What the clients want last, by the log's order: that the debate `holds`, or that it goes on.

    Of several that want the same in a row, it is the first.
    """

    holds: bool
    at: datetime
    key: str = ""
    by: str = ""
    why: str = ""


class Wanted(msgspec.Struct, frozen=True, gc=False):
    """Something that a client asked for and that is answered once, by its type and key. `fact` is None where it cannot
    be had, and `why` says the reason."""

    asked: str
    key: str
    fact: ClientFact | None = None
    why: str = ""

    @property
    def name(self) -> tuple[str, str]:
        """What its answer calls it."""
        return self.asked, self.key


class Fork(msgspec.Struct, frozen=True, gc=False):
    """That the debate goes on from another one, and how that one ran."""

    fact: DebateForked
    started: DebateStarted


class Word(msgspec.Struct, frozen=True, gc=False):
    """A person's ruling, and where it stands in the log. `why_not` says why it cannot be read."""

    seq: int
    key: str
    fact: HumanRulingGiven
    why_not: str = ""


class Escalation(msgspec.Struct, frozen=True, gc=False):
    """A person was asked, at `seq` of the log and the time `at`; from `over_at` on (0: not yet) nobody waits any more.
    The wait has lasted `waited_s`, without the pauses in it: `paused_s` counts those before it."""

    seq: int
    fact: HumanRulingRequested
    at: datetime
    paused_s: float
    over_at: int = 0
    waited_s: float = 0.0


def taken(asked: Escalation | None, words: Iterable[Word], options: Sequence[str]) -> Word | None:
    """The ruling that counts: the first after the question that can be taken."""
    return next((word for word in words if not why_not(asked, word, options)), None)


def why_not(asked: Escalation | None, word: Word, options: Sequence[str]) -> str:
    """Why a ruling cannot be taken, "" where it can."""
    if asked is None or word.seq <= asked.seq:
        return "nobody asked for a ruling when it came"
    if asked.over_at and word.seq > asked.over_at:
        return "it came too late: the wait was over"
    if word.why_not:
        return word.why_not
    if word.fact.choice and word.fact.choice not in options:
        known = f"the options are: {', '.join(options)}" if options else "this debate has no options"
        return f"it chooses {word.fact.choice!r}; {known}"
    return "" if word.fact.decision.strip() or word.fact.choice else "it decides nothing: give a decision"


class Money(msgspec.Struct, frozen=True, gc=False):
    """How often money was asked for and how often that was answered; what was reserved (dollars, in all), at which
    rates by provider and model; and the refusal, where there was one. `wanted` are the calls of the last request, and
    `in_vain` those of the last answered one, if nothing more was reserved for it. `before` are turns and rulings of the
    debate that a fork goes on from: they are that one's to pay.
    """

    asked: int = 0
    answered: int = 0
    reserved_usd: Decimal = Decimal(0)
    rates: dict[tuple[str, str], ModelRates] = {}
    refused: SpendRefused | None = None
    wanted: tuple[PlannedCall, ...] = ()
    in_vain: tuple[PlannedCall, ...] = ()
    before: frozenset[str] = frozenset()

    def requested(self, fact: SpendRequested) -> Money:
        """After a request."""
        return replace(self, asked=max(self.asked, fact.number), wanted=fact.calls)

    def kept(self, fact: SpendReserved) -> Money:
        """After more was reserved. Whoever gets nothing twice for the same calls counts them otherwise than the cost
        service: it would ask for ever."""
        money = replace(
            self,
            reserved_usd=self.reserved_usd + fact.amount_usd,
            rates={**self.rates, **{(one.provider, one.model): one for one in fact.rates}},
            answered=max(self.answered, fact.number),
            in_vain=() if fact.amount_usd else self.wanted,
        )
        if fact.amount_usd or not self.wanted or self.wanted != self.in_vain:
            return money
        return money.turned_down(SpendRefused(number=fact.number, scope="debate", why=NOTHING_MORE))

    def turned_down(self, fact: SpendRefused) -> Money:
        """After a refusal."""
        return replace(self, refused=fact, answered=max(self.answered, fact.number))
