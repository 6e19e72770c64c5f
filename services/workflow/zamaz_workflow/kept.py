"""What a debate keeps beside the facts themselves: what somebody wants, by the log's order, and what became of it."""

from __future__ import annotations

from datetime import datetime
from decimal import Decimal

import msgspec

from zamaz.events.client import ClientFact, DebateForked, HumanRulingGiven
from zamaz.events.cost import SpendRefused
from zamaz.events.course import HumanRulingRequested
from zamaz.events.debater import TurnFailed
from zamaz.events.spending import ModelRates
from zamaz.events.workflow import DebateStarted


class Failure(msgspec.Struct, frozen=True):
    """A failed turn, and when the log heard of it."""

    fact: TurnFailed
    at: datetime


class Wish(msgspec.Struct, frozen=True):
    """What the clients want last, by the log's order: that the debate `holds`, or that it goes on.

    Of several that want the same in a row, it is the first.
    """

    holds: bool
    at: datetime
    key: str = ""
    by: str = ""
    why: str = ""


class Wanted(msgspec.Struct, frozen=True):
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


class Fork(msgspec.Struct, frozen=True):
    """That the debate goes on from another one, and how that one ran."""

    fact: DebateForked
    started: DebateStarted


class Word(msgspec.Struct, frozen=True):
    """A person's ruling, and where it stands in the log. `why_not` says why it cannot be read."""

    seq: int
    key: str
    fact: HumanRulingGiven
    why_not: str = ""


class Escalation(msgspec.Struct, frozen=True):
    """A person was asked, at `seq` of the log and the time `at`; from `over_at` on (0: not yet) nobody waits any more.
    The wait has lasted `waited_s`, without the pauses in it: `paused_s` counts those before it."""

    seq: int
    fact: HumanRulingRequested
    at: datetime
    paused_s: float
    over_at: int = 0
    waited_s: float = 0.0


class Money(msgspec.Struct, frozen=True):
    """How often money was asked for and how often that was answered; what was reserved (dollars, in all), at which
    rates by provider and model; and the refusal, where there was one. `before` are turns and rulings of the debate that
    a fork goes on from: they are that one's to pay.
    """

    asked: int = 0
    answered: int = 0
    reserved_usd: Decimal = Decimal(0)
    rates: dict[tuple[str, str], ModelRates] = {}
    refused: SpendRefused | None = None
    before: frozenset[str] = frozenset()
