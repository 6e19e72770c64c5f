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
