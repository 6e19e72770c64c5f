"""What each fact changes in a debate. Total and silent, in whatever order they come."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from msgspec.structs import replace

from zamaz import subjects
from zamaz.events import ENDINGS, Malformed, Recorded
from zamaz.events.client import (
    ClientFact,
    DebateAbortRequested,
    DebateChangeRequested,
    DebateForked,
    DebateImported,
    DebatePauseRequested,
    DebateRequested,
    DebateResumeRequested,
    HumanRulingGiven,
    ParticipantDismissed,
    ParticipantInvited,
)
from zamaz.events.cost import CallPriced, DebateBilled, SpendRefused, SpendReserved
from zamaz.events.course import GateClosed, HumanRulingRequested, MoveTaken, RuleApplied, ShortfallNoted
from zamaz.events.debater import ArgumentPresented, TurnFailed
from zamaz.events.operator import DebateArchived, DebateErased
from zamaz.events.orchestration import (
    ComplexityAssessed,
    ConsensusAssessed,
    NextMoveAdvised,
    NoveltyJudged,
    QualityJudged,
    WorkflowSelected,
)
from zamaz.events.workflow import (
    ConsensusReached,
    DebateChanged,
    DebatePaused,
    DebateResumed,
    DebateStarted,
    DebateTimeoutOccurred,
    DecisionMade,
    ParticipantJoined,
    ParticipantLeft,
    RequestRefused,
    RoundStarted,
    RulingRequested,
    SpendRequested,
    StepTimedOut,
    TurnRequested,
    VotesCounted,
)
from zamaz.forks import asked
from zamaz.inflight import flow_in, limited, without_limits
from zamaz_workflow.debate import Debate
from zamaz_workflow.kept import Escalation, Failure, Fork, Money, Wanted, Wish, Word, taken

IN_FLIGHT = frozenset(fact.__name__ for fact in (ParticipantInvited, ParticipantDismissed, DebateChangeRequested))
UNNAMED = "none"
"""What stands for the key of a request that has none which could be a part of an answer's name."""


def evolve(d: Debate, heard: Recorded) -> Debate:
    """The debate after one more fact. Total and silent: what is not known changes nothing."""
    if isinstance(heard.fact, ENDINGS):
        return replace(d, ending=d.ending or heard.fact)
    change = _CHANGES.get(type(heard.fact))
    return change(d, heard.fact, heard) if change else d


def _requested(d: Debate, fact: DebateRequested, heard: Recorded) -> Debate:
    if d.request is not None:
        return d
    size = len(fact.context.encode())
    return replace(d, request=replace(fact, context=""), context_bytes=size, requested_at=heard.at)


def _malformed(d: Debate, fact: Malformed, heard: Recorded) -> Debate:
    if fact.subject.endswith((".DebateRequested", ".DebateForked")) and d.request is None:
        return replace(d, request=fact, requested_at=heard.at)
    named = subjects.parse(fact.subject)
    if named.type == "DebateAbortRequested":
        return replace(d, abort=d.abort or DebateAbortRequested())
    if named.type == "HumanRulingGiven":
        return _spoken(d, Word(heard.seq, named.key, HumanRulingGiven(), f"it cannot be read: {fact.why}"))
    if named.type in ("DebatePauseRequested", "DebateResumeRequested"):
        return _wished(d, Wish(named.type == "DebatePauseRequested", heard.at, named.key))
    if named.type in IN_FLIGHT:
        return _wants(d, Wanted(named.type, named.key, why=f"it cannot be read: {fact.why}"))
    return d


def _wished(d: Debate, wish: Wish) -> Debate:
    known = d.wish is not None and (d.wish.holds or d.wish.key == wish.key)
    if not wish.holds and not known:
        d = _wants(d, Wanted("DebateResumeRequested", wish.key, why="the debate is not paused"))
    return d if d.wish and d.wish.holds == wish.holds else replace(d, wish=wish)


def _wants(d: Debate, wanted: Wanted) -> Debate:
    """One more request in flight. Its key is a part of its answer's name, so it must be able to stand there."""
    key = wanted.key if subjects.is_token(wanted.key) else UNNAMED
    return replace(d, wanted=(*d.wanted, replace(wanted, key=key)))


def _asked(d: Debate, fact: ClientFact, _: Recorded) -> Debate:
    return _wants(d, Wanted(type(fact).__name__, str(getattr(fact, fact.key[0])), fact))


def _answered(d: Debate, asked: type[ClientFact] | str, key: str) -> Debate:
    name = asked if isinstance(asked, str) else asked.__name__
    return replace(d, answered=d.answered | {(name, key)}) if key else d


def _joined(d: Debate, fact: ParticipantJoined, _: Recorded) -> Debate:
    return replace(_answered(d, ParticipantInvited, fact.invite), joined={**d.joined, fact.seat: fact})


def _left(d: Debate, fact: ParticipantLeft, _: Recorded) -> Debate:
    return replace(_answered(d, ParticipantDismissed, fact.dismissal), left={**d.left, fact.participant: fact})


def _changed(d: Debate, fact: DebateChanged, heard: Recorded) -> Debate:
    before = flow_in(d.started.flow, d.changes.values(), d.rounds).max_execution_s if d.started else None
    longer = before is not None and fact.max_execution_s is not None and fact.max_execution_s > before
    d = _answered(d, DebateChangeRequested, fact.change)
    if fact.max_rounds is not None:
        d = replace(d, before_rounds=(len(d.rules), len(d.gates)))
    return replace(d, changes={**d.changes, fact.number: fact}, longer_at=heard.at if longer else d.longer_at)


def _paused(d: Debate, fact: DebatePaused, heard: Recorded) -> Debate:
    """Of a pause that nobody asked for, a resume that stands before it knows nothing."""
    d = replace(d, pauses=fact.number, paused=fact)
    if not fact.ruling:
        return d
    wish = d.wish if d.wish and d.wish.holds else Wish(holds=True, at=heard.at)
    return replace(d, wish=wish, held=d.held | {fact.ruling})


def _round(d: Debate, fact: RoundStarted, _: Recorded) -> Debate:
    focuses = {**d.focuses, fact.round: fact.focus} if fact.focus else d.focuses
    return replace(d, rounds=max(d.rounds, fact.round), focuses=focuses)


def _resumed(d: Debate, fact: DebateResumed, heard: Recorded) -> Debate:
    return replace(d, paused=None, resumed_at=heard.at, paused_s=d.paused_s + fact.paused_s)


def _turn(d: Debate, fact: TurnRequested, _: Recorded) -> Debate:
    slot = (fact.round, fact.step, fact.participant)
    attempts = sorted((*d.slots.get(slot, ()), fact), key=lambda turn: turn.attempt)
    return replace(d, turns={**d.turns, fact.turn: fact}, slots={**d.slots, slot: tuple(attempts)})


def _gave_up(d: Debate, fact: StepTimedOut, heard: Recorded) -> Debate:
    given_up, timed_out = d.given_up | frozenset(fact.turns), d.timed_out | {(fact.round, fact.step)}
    over = d.escalation if d.escalation and not fact.turns else None
    if over is None:
        return replace(d, given_up=given_up, timed_out=timed_out)
    waited_s = (heard.at - over.at).total_seconds() - (d.paused_s - over.paused_s)
    escalation = replace(over, over_at=heard.seq, waited_s=waited_s)
    return replace(d, given_up=given_up, timed_out=timed_out, escalation=escalation)


def _spoken(d: Debate, word: Word) -> Debate:
    key = word.key if subjects.is_token(word.key) else UNNAMED
    return replace(d, words=tuple(sorted((*d.words, replace(word, key=key)), key=lambda one: one.seq)))


def _escalated(d: Debate, fact: HumanRulingRequested, heard: Recorded) -> Debate:
    return replace(d, escalation=d.escalation or Escalation(heard.seq, fact, heard.at, d.paused_s))


def _forked(d: Debate, fact: DebateForked, heard: Recorded) -> Debate:
    """The parent's state as the fork's own: to be started anew, at the fork's time."""
    if d.started is None or not isinstance(d.request, DebateRequested):
        return d
    more = fact.changes.get("context", "")
    size = d.context_bytes + (len(more.encode()) if isinstance(more, str) else 0)
    # What was changed in the parent's flight stands as the parent's own, so that the fork can change it again.
    changes = {n: without_limits(change) for n, change in d.changes.items()}
    # Whoever was asked and has ruled, or has let the time pass, is not asked again; the wait was the parent's.
    word = taken(d.escalation, d.words, d.request.options)
    asked_before = d.escalation if d.escalation and (word or d.escalation.over_at) else None
    return replace(
        d,
        fork=Fork(fact, replace(d.started, flow=limited(d.started.flow, d.changes.values()))),
        changes=changes,
        before_rounds=(len(d.rules), len(d.gates)) if "rounds.max" in fact.changes else d.before_rounds,
        request=replace(asked(d.request, fact.changes), context=""),
        context_bytes=size,
        requested_at=heard.at,
        started=None,
        started_at=None,
        resumed_at=heard.at,
        paused_s=0.0,
        wanted=(),
        escalation=asked_before and replace(asked_before, waited_s=0.0, paused_s=0.0),
        held=frozenset(move.ruling for move in d.moves.values()),
        words=(word,) if word else (),
        money=Money(before=frozenset(d.turns) | frozenset(d.rulings)),
    )


_CHANGES: dict[type[Any], Callable[[Debate, Any, Recorded], Debate]] = {
    DebateErased: lambda d, f, _: replace(d, erased=f),
    DebateArchived: lambda d, _f, _h: replace(d, archived=True),
    DebateImported: lambda d, _f, _h: replace(d, imported=d.imported or d.request is None),
    DebateRequested: _requested,
    DebateForked: _forked,
    Malformed: _malformed,
    DebateAbortRequested: lambda d, f, _: replace(d, abort=d.abort or f),
    DebatePauseRequested: lambda d, f, h: _wished(d, Wish(True, h.at, f.pause, f.requester, f.why)),
    DebateResumeRequested: lambda d, f, h: _wished(d, Wish(False, h.at, f.resume, f.requester, f.why)),
    DebatePaused: _paused,
    DebateResumed: _resumed,
    DebateStarted: lambda d, f, h: replace(d, started=d.started or f, started_at=d.started_at or h.at),
    RoundStarted: _round,
    TurnRequested: _turn,
    ArgumentPresented: lambda d, f, _: replace(d, answers={**d.answers, f.turn: f}),
    TurnFailed: lambda d, f, h: replace(d, failures={**d.failures, f.turn: Failure(f, h.at)}),
    StepTimedOut: _gave_up,
    RulingRequested: lambda d, f, _: replace(d, rulings={**d.rulings, f.ruling: f}),
    ConsensusAssessed: lambda d, f, _: replace(d, assessed={**d.assessed, f.ruling: f}),
    ParticipantInvited: _asked,
    ParticipantDismissed: _asked,
    DebateChangeRequested: _asked,
    ParticipantJoined: _joined,
    ParticipantLeft: _left,
    DebateChanged: _changed,
    RequestRefused: lambda d, f, _: _answered(d, f.asked, f.request),
    ComplexityAssessed: lambda d, f, _: replace(d, complexities={**d.complexities, f.ruling: f}),
    WorkflowSelected: lambda d, f, _: replace(d, selected={**d.selected, f.ruling: f}),
    QualityJudged: lambda d, f, _: replace(d, judged={**d.judged, f.ruling: f}),
    NoveltyJudged: lambda d, f, _: replace(d, novelties={**d.novelties, f.ruling: f}),
    NextMoveAdvised: lambda d, f, _: replace(d, advised={**d.advised, f.ruling: f}),
    MoveTaken: lambda d, f, _: replace(d, moves={**d.moves, f.round: f}),
    RuleApplied: lambda d, f, _: replace(d, rules={**d.rules, f.number: f}),
    GateClosed: lambda d, f, _: replace(d, gates={**d.gates, f.ruling: f}),
    ShortfallNoted: lambda d, f, _: replace(d, shortfalls=d.shortfalls | {f.turn}),
    HumanRulingRequested: _escalated,
    HumanRulingGiven: lambda d, f, h: _spoken(d, Word(h.seq, f.ruling, f)),
    ConsensusReached: lambda d, f, _: replace(d, consensus=f),
    VotesCounted: lambda d, f, _: replace(d, counted={**d.counted, f.round: f}),
    DebateTimeoutOccurred: lambda d, f, _: replace(d, timeout=f, given_up=d.given_up | frozenset(f.turns)),
    DecisionMade: lambda d, f, h: replace(d, decided=f, decided_at=h.at),
    CallPriced: lambda d, f, _: replace(d, prices={**d.prices, f.call: f.amount_usd}),
    DebateBilled: lambda d, f, _: replace(d, billed=f),
    SpendRequested: lambda d, f, _: replace(d, money=d.money.requested(f)),
    SpendReserved: lambda d, f, _: replace(d, money=d.money.kept(f)),
    SpendRefused: lambda d, f, _: replace(d, money=d.money.turned_down(f)),
}
