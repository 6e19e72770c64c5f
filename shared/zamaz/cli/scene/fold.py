"""How each fact changes what a screen knows."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace
from typing import TypeVar

from msgspec import structs

from zamaz.cli.scene.state import Open, Scene
from zamaz.events import ENDINGS, LEFT, Fact, Recorded
from zamaz.events.client import DebateAbortRequested, DebateForked, DebateImported, DebateRequested
from zamaz.events.cost import CallPriced, DebateBilled, SpendReserved
from zamaz.events.course import GateClosed, HumanRulingRequested, MoveTaken
from zamaz.events.debater import ArgumentPresented, CallStarted, TurnFailed
from zamaz.events.orchestration import (
    ComplexityAssessed,
    ConsensusAssessed,
    NextMoveAdvised,
    NoveltyJudged,
    QualityJudged,
)
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
    SpendRequested,
    StepTimedOut,
    TurnRequested,
)
from zamaz.forks import asked as changed

V = TypeVar("V")


def evolve(scene: Scene, heard: Recorded) -> Scene:
    """The scene after one fact; what no screen shows changes nothing."""
    match heard.fact:
        case Fact() as end if isinstance(end, (*ENDINGS, *LEFT)):
            over = replace(scene, open={}, rulings={}, failed={}, paused=None, people=None)
            return over if scene.ending else replace(over, ending=end, ended=heard.at)
    for part in (_begun, _steered, _ruled, _turned, _paid):
        if (after := part(scene, heard)) is not scene:
            return after
    return scene


def _begun(scene: Scene, heard: Recorded) -> Scene:
    """After what begins a debate, or a round of it."""
    match heard.fact:
        case DebateRequested() as request:
            return replace(scene, request=scene.request or request, asked=scene.asked or heard.at)
        case DebateForked() as fork:
            forked = replace(scene, forked=fork, asked=heard.at, started=None)
            return replace(forked, request=scene.request and changed(scene.request, fork.changes))
        case DebateImported() as imported if scene.request is None and scene.ending is None:
            return replace(scene, ending=imported, ended=heard.at)
        case DebateStarted() as started:
            return replace(scene, started=scene.started or started)
        case RoundStarted() as begun:
            return replace(scene, round=max(scene.round, begun.round))
    return scene


def _steered(scene: Scene, heard: Recorded) -> Scene:
    """After what somebody changes about its course."""
    match heard.fact:
        case DebateAbortRequested() as abort:
            return replace(scene, abort=scene.abort or abort)
        case ParticipantJoined() as came if scene.started:
            seats = (*scene.started.seats, came.who)
            return replace(scene, started=structs.replace(scene.started, seats=seats))
        case ParticipantLeft() as gone:
            return replace(scene, left={**scene.left, gone.participant: gone.why})
        case DebateChanged() as change:
            return replace(scene, changes=(*scene.changes, change))
        case DebatePaused() as pause:
            return replace(scene, paused=pause)
        case DebateResumed() as resumed:
            over_now = scene.paused is not None and scene.paused.number <= resumed.number
            return replace(scene, paused=None) if over_now else scene
    return scene


def _ruled(scene: Scene, heard: Recorded) -> Scene:
    """After what is asked of an orchestrator or of people, and what they say."""
    match heard.fact:
        case HumanRulingRequested() as asked:
            return replace(scene, people=asked)
        case DecisionMade():
            return replace(scene, people=None)
        case RulingRequested() as wanted:
            return replace(scene, rulings={**scene.rulings, wanted.ruling: heard.at})
        case ComplexityAssessed() | QualityJudged() | NoveltyJudged() | NextMoveAdvised() as told:
            return replace(scene, rulings=_without(scene.rulings, [told.ruling]))
        case GateClosed() | MoveTaken() as closed:
            return replace(scene, rulings=_without(scene.rulings, [closed.ruling]))
        case ConsensusAssessed() as ruled:
            rulings = _without(scene.rulings, [ruled.ruling])
            return replace(scene, rulings=rulings, scores=(*scene.scores, ruled))
    return scene


def _paid(scene: Scene, heard: Recorded) -> Scene:
    """After what is said of money."""
    match heard.fact:
        case SpendRequested() as asked:
            return replace(scene, limited=asked.limit_usd is not None)
        case SpendReserved() as kept:
            return replace(scene, reserved={**scene.reserved, kept.number: kept})
        case CallPriced() as price:
            return replace(scene, priced={**scene.priced, price.call: price})
        case DebateBilled() as bill:
            return replace(scene, bill=scene.bill or bill)
    return scene


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


def _without(known: Mapping[str, V], keys: Iterable[str]) -> Mapping[str, V]:
    gone = set(keys)
    return {key: value for key, value in known.items() if key not in gone}
