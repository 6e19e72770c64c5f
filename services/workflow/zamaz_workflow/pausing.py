"""Pause and resume: what the clients want last, by the log's order, against what the debate does.

While a pause lasts nothing is asked, given up, timed out or decided. What was asked before is answered and counted:
a turn is asked once TurnRequested stands, whether its call has begun or waits for its provider.

A resume lifts every pause that stands before it and none that stands after it, so where both are unanswered the later
one counts. An abort ends the debate wherever it stands. A wish that is fulfilled already is answered with nothing.
A pause holds no request back from being seated or refused, which asks nothing of a model, and comes too late after
DecisionMade.
"""

from __future__ import annotations

from datetime import datetime, timedelta

from zamaz.events import Fact
from zamaz.events.workflow import DebatePaused, DebateResumed
from zamaz_workflow.debate import Debate
from zamaz_workflow.kept import Wish

SOONEST_LOOK, LATEST_LOOK = timedelta(seconds=60), timedelta(hours=1)


def change(d: Debate, now: datetime) -> list[Fact]:
    """DebatePaused or DebateResumed, where the clients want another state than the one that is."""
    if d.wish is None or d.wish.holds == (d.paused is not None):
        return []
    return [_resumed(d, d.wish, d.paused, now)] if d.paused else [_paused(d, d.wish)]


def _paused(d: Debate, wish: Wish) -> DebatePaused:
    settled = d.answers.keys() | d.failures.keys() | d.given_up
    asked = (attempts[-1].turn for attempts in d.slots.values())
    return DebatePaused(
        number=d.pauses + 1,
        pause=wish.key,
        by=wish.by,
        why=wish.why,
        since=max(filter(None, (wish.at, d.resumed_at))),  # no second counts for two pauses
        turns=tuple(turn for turn in asked if turn not in settled),
    )


def _resumed(d: Debate, wish: Wish, paused: DebatePaused, now: datetime) -> DebateResumed:
    counting = max(filter(None, (paused.since, d.started_at)))  # before the start no time counts anyway
    lasted = max(timedelta(0), now - counting)
    return DebateResumed(
        number=paused.number, resume=wish.key, by=wish.by, why=wish.why, paused_s=lasted.total_seconds()
    )


def look_again(paused: DebatePaused, now: datetime) -> datetime:
    """When to look after a paused debate although nothing was heard: a resume and an abort are delivered, so this
    only guards against a delivery that was lost. It waits as long again as the pause has lasted, a minute at
    least and an hour at most: a debate that is paused for a month costs a look an hour."""
    return now + min(max(now - paused.since, SOONEST_LOOK), LATEST_LOOK)


def stood_still_s(d: Debate) -> float:
    """How long the debate's own time did not run, in the pauses and the wait for a person that are over."""
    return d.paused_s + (d.escalation.waited_s if d.escalation else 0.0)


def ran_s(d: Debate, now: datetime) -> float:
    """How long the debate's own time has run: not in pauses, nor in waits for a person, be they over or not."""
    until, still = d.paused.since if d.paused else now, stood_still_s(d)
    if d.escalation and not d.escalation.over_at:
        until, still = d.escalation.at, d.escalation.paused_s
    return max(0.0, (until - (d.started_at or until)).total_seconds() - still)
