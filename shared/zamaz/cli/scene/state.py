"""What a screen knows of one debate."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal

from zamaz.events import Fact
from zamaz.events.client import DebateAbortRequested, DebateForked, DebateRequested
from zamaz.events.cost import CallPriced, DebateBilled, SpendReserved
from zamaz.events.course import HumanRulingRequested
from zamaz.events.debater import ArgumentPresented, TurnFailed
from zamaz.events.flow import Flow
from zamaz.events.orchestration import ConsensusAssessed
from zamaz.events.workflow import DebateChanged, DebatePaused, DebateStarted, TurnRequested
from zamaz.inflight import flow_in, step_in

DECIDING, VOTING = "final_decision", "vote"
_INEXACT = ("worst_case", "no_usage", "unpriced")


@dataclass(frozen=True)
class Open:
    """A turn that has no answer yet. `called` is when its provider was called, None while nobody has."""

    turn: TurnRequested
    asked: datetime
    called: datetime | None = None


@dataclass(frozen=True)
class Scene:
    """One debate as a screen shows it.

    `held` are each seat's counted arguments in their order, without the deciding one; `failed` why a seat's
    newest turn gave no answer; `priced` the calls by their id; `limited` whether it has a budget of its own, `reserved`
    what it was given of the money that it asked for, by request; `ended` when the fact that ended it was stored.
    """

    request: DebateRequested | None = None
    asked: datetime | None = None
    forked: DebateForked | None = None
    started: DebateStarted | None = None
    changes: tuple[DebateChanged, ...] = ()
    round: int = 0
    turns: Mapping[str, TurnRequested] = field(default_factory=dict)
    open: Mapping[str, Open] = field(default_factory=dict)
    rulings: Mapping[str, datetime] = field(default_factory=dict)
    given_up: frozenset[str] = frozenset()
    held: Mapping[str, tuple[ArgumentPresented, ...]] = field(default_factory=dict)
    failed: Mapping[str, TurnFailed] = field(default_factory=dict)
    left: Mapping[str, str] = field(default_factory=dict)
    scores: tuple[ConsensusAssessed, ...] = ()
    priced: Mapping[str, CallPriced] = field(default_factory=dict)
    calls: frozenset[str] = frozenset()
    bill: DebateBilled | None = None
    limited: bool = False
    reserved: Mapping[int, SpendReserved] = field(default_factory=dict)
    paused: DebatePaused | None = None
    people: HumanRulingRequested | None = None
    abort: DebateAbortRequested | None = None
    ending: Fact | None = None
    ended: datetime | None = None

    @property
    def cost(self) -> Decimal:
        """Dollars: the bill where there is one, else what is priced so far."""
        return self.bill.cost_usd if self.bill else sum((p.amount_usd for p in self.priced.values()), Decimal(0))

    @property
    def reserved_usd(self) -> Decimal:
        """Dollars that were reserved for it in all."""
        return sum((kept.amount_usd for kept in self.reserved.values()), Decimal(0))

    @property
    def inexact(self) -> int:
        """How many of the prices so far are estimates, or missing."""
        return sum(price.basis in _INEXACT for price in self.priced.values())

    @property
    def unbilled(self) -> bool:
        """Whether the debate is over and a bill is still to come."""
        return self.ending is not None and self.bill is None and bool(self.calls)

    @property
    def flow(self) -> Flow | None:
        """The definition as the current round runs by it."""
        return flow_in(self.started.flow, self.changes, self.round) if self.started else None

    def decides(self, turn: str) -> bool:
        """Whether a turn is the one that words the decision."""
        return self._is(turn, DECIDING)

    def votes(self, turn: str) -> bool:
        """Whether a turn asks for a vote."""
        return self._is(turn, VOTING)

    def sums_up(self, turn: str) -> int:
        """Up to which round a turn sums up what was said; 0 for every other."""
        asked = self.turns.get(turn)
        return asked.sums_up if asked else 0

    def _is(self, turn: str, kind: str) -> bool:
        asked = self.turns.get(turn)
        if asked is None or self.started is None:
            return False
        step = asked.inserted or step_in(self.started.flow, self.changes, asked.round, asked.step)
        return step is not None and step.type == kind

    def before(self, argument: ArgumentPresented) -> ArgumentPresented | None:
        """The argument with a position that the same seat gave before this one."""
        earlier = [a for a in self.held.get(argument.participant, ()) if a.turn != argument.turn and a.position]
        return earlier[-1] if earlier and not self.decides(argument.turn) else None


def by_round(arguments: Iterable[ArgumentPresented]) -> dict[int, ArgumentPresented]:
    """A seat's last argument of each round."""
    return {argument.round: argument for argument in arguments}


def up_to(round_: int) -> str:
    """The rounds up to one, in words."""
    return f"rounds 1 to {round_}" if round_ > 1 else "round 1"


def stand(argument: ArgumentPresented) -> str:
    """An argument's stand in a word or two: the option it takes, else its verdict."""
    if argument.position is None:
        return "no position"
    return argument.choice or (argument.verdict or "no verdict").replace("_", " ")
