"""What a screen knows of one debate: a fold of its facts. It reads no clock; the times in it are the log's."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from decimal import Decimal
from typing import TypeVar

from msgspec import structs

from zamaz.events import ENDINGS, LEFT, Fact, Recorded
from zamaz.events.client import DebateAbortRequested, DebateForked, DebateImported, DebateRequested
from zamaz.events.cost import CallPriced, DebateBilled
from zamaz.events.course import GateClosed, HumanRulingRequested
from zamaz.events.debater import ArgumentPresented, CallStarted, TurnFailed
from zamaz.events.flow import Flow
from zamaz.events.orchestration import ComplexityAssessed, ConsensusAssessed, NoveltyJudged, QualityJudged
from zamaz.events.workflow import (
    DebateChanged,
    DebatePaused,
    DebateResumed,
    DebateStarted,
    DebateTimeoutOccurred,
    DecisionMade,
    ParticipantJoined,
    ParticipantLeft,
    RoundStarted,
    RulingRequested,
    StepTimedOut,
    TurnRequested,
)
from zamaz.forks import asked as changed
from zamaz.inflight import flow_in, step_in

DECIDING, VOTING = "final_decision", "vote"
V = TypeVar("V")
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
    newest turn gave no answer; `priced` the calls by their id; `ended` when the fact that ended it was stored.
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


def evolve(scene: Scene, heard: Recorded) -> Scene:
    """The scene after one fact; what no screen shows changes nothing."""
    match heard.fact:
        case DebateRequested() as request:
            return replace(scene, request=scene.request or request, asked=scene.asked or heard.at)
        case DebateForked() as fork:
            forked = replace(scene, forked=fork, asked=heard.at, started=None)
            return replace(forked, request=scene.request and changed(scene.request, fork.changes))
        case DebateImported() as imported if scene.request is None and scene.ending is None:
            return replace(scene, ending=imported, ended=heard.at)
        case DebateAbortRequested() as abort:
            return replace(scene, abort=scene.abort or abort)
        case DebateStarted() as started:
            return replace(scene, started=scene.started or started)
        case ParticipantJoined() as came if scene.started:
            seats = (*scene.started.seats, came.who)
            return replace(scene, started=structs.replace(scene.started, seats=seats))
        case DebateChanged() as change:
            return replace(scene, changes=(*scene.changes, change))
        case RoundStarted() as begun:
            return replace(scene, round=max(scene.round, begun.round))
        case HumanRulingRequested() as asked:
            return replace(scene, people=asked)
        case DecisionMade():
            return replace(scene, people=None)
        case DebatePaused() as pause:
            return replace(scene, paused=pause)
        case DebateResumed() as resumed:
            over_now = scene.paused is not None and scene.paused.number <= resumed.number
            return replace(scene, paused=None) if over_now else scene
        case RulingRequested() as wanted:
            return replace(scene, rulings={**scene.rulings, wanted.ruling: heard.at})
        case ComplexityAssessed() | QualityJudged() | NoveltyJudged() as told:
            return replace(scene, rulings=_without(scene.rulings, [told.ruling]))
        case GateClosed() as closed:
            return replace(scene, rulings=_without(scene.rulings, [closed.ruling]))
        case ConsensusAssessed() as ruled:
            rulings = _without(scene.rulings, [ruled.ruling])
            return replace(scene, rulings=rulings, scores=(*scene.scores, ruled))
        case ParticipantLeft() as gone:
            return replace(scene, left={**scene.left, gone.participant: gone.why})
        case CallPriced() as price:
            return replace(scene, priced={**scene.priced, price.call: price})
        case DebateBilled() as bill:
            return replace(scene, bill=scene.bill or bill)
        case Fact() as end if isinstance(end, (*ENDINGS, *LEFT)):
            over = replace(scene, open={}, rulings={}, failed={}, paused=None, people=None)
            return over if scene.ending else replace(over, ending=end, ended=heard.at)
        case _:
            return _turned(scene, heard)


def _turned(scene: Scene, heard: Recorded) -> Scene:
    """The scene after a fact about turns."""
    match heard.fact:
        case TurnRequested() as turn:
            turns, open_ = {**scene.turns, turn.turn: turn}, {**scene.open, turn.turn: Open(turn, heard.at)}
            return replace(scene, turns=turns, open=open_, failed=_without(scene.failed, [turn.participant]))
        case CallStarted() as call:
            known = scene.open.get(call.turn)
            going = {**scene.open, call.turn: replace(known, called=heard.at)} if known else scene.open
            return replace(scene, open=going, calls=scene.calls | {call.call})
        case ArgumentPresented() as argument:
            return _argued(replace(scene, open=_without(scene.open, [argument.turn])), argument)
        case TurnFailed() as failed:
            who = scene.turns.get(failed.turn)
            known_as = {**scene.failed, who.participant: failed} if who and failed.turn in scene.open else scene.failed
            return replace(scene, open=_without(scene.open, [failed.turn]), failed=known_as)
        case StepTimedOut() | DebateTimeoutOccurred() as late:
            # A step's open ruling is named here like a turn.
            rulings, going_on = _without(scene.rulings, late.turns), _without(scene.open, late.turns)
            people = scene.people if late.turns else None  # without turns, it is the wait for a human that is over
            given_up = scene.given_up | set(late.turns)
            return replace(scene, open=going_on, rulings=rulings, given_up=given_up, people=people)
        case _:
            return scene


def _argued(scene: Scene, argument: ArgumentPresented) -> Scene:
    """The deciding argument is the debate's, a vote or a summary no argument; one that was given up does not count."""
    apart = scene.decides(argument.turn) or scene.votes(argument.turn) or scene.sums_up(argument.turn)
    if argument.turn in scene.given_up or apart:
        return scene
    held = (*scene.held.get(argument.participant, ()), argument)
    return replace(scene, held={**scene.held, argument.participant: held})


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


def _without(known: Mapping[str, V], keys: Iterable[str]) -> Mapping[str, V]:
    gone = set(keys)
    return {key: value for key, value in known.items() if key not in gone}
