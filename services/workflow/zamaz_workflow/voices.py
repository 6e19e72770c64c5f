"""Which model speaks for a seat next: its own, again after a failure that may pass, then the reserves."""

from __future__ import annotations

from datetime import datetime, timedelta

from msgspec.structs import replace

from zamaz.events.flow import Seat, Step
from zamaz.events.workflow import DebateStarted, TurnRequested
from zamaz_workflow.debate import Debate

PERMANENT = frozenset({"auth", "not_found", "not_configured"})
"""Failures that the same model will meet again for as long as the debate lasts."""


def usable(d: Debate, start: DebateStarted, seat: Seat) -> list[Seat]:
    """The seat's own model and the reserves, less those that are known to be out of reach."""
    broken = {
        (turn.provider, turn.model)
        for turn_id, failure in d.failures.items()
        if failure.fact.kind in PERMANENT and (turn := d.turns.get(turn_id))
    }
    reserves = (replace(reserve, participant=seat.participant, role=seat.role) for reserve in start.reserves)
    return [voice for voice in (seat, *reserves) if (voice.provider, voice.model) not in broken]


def following(
    d: Debate, start: DebateStarted, seat: Seat, step: Step, attempts: tuple[TurnRequested, ...]
) -> Seat | None:
    """Who speaks after these attempts, or None when nobody is left to try."""
    last = attempts[-1]
    # A call that a pause let run out of time is no try of its model, and neither is one that an open circuit kept back.
    ended = (turn for turn in attempts if turn.turn in d.failures or turn.turn in d.answers)
    tried = [(turn.provider, turn.model) for turn in ended if not _was_shut_out(d, turn)]
    voices = usable(d, start, seat)
    if _was_shut_out(d, last):
        voices.sort(key=lambda voice: voice.provider == last.provider)
    for voice in voices:
        times = tried.count((voice.provider, voice.model))
        if times == 0:
            return voice
        again = voice == seat and tried[-1] == (seat.provider, seat.model) and _may_pass(d, last)
        if again and times <= step.max_retries:
            return voice
    return None


def not_before(d: Debate, start: DebateStarted, last: TurnRequested, voice: Seat) -> datetime | None:
    """When the next attempt may be made: the provider's own word, or the definition's delay, for the same model."""
    failure = d.failures.get(last.turn)
    if failure is None or (voice.provider, voice.model) != (last.provider, last.model):
        return None
    wait = failure.fact.retry_after_s
    return failure.at + timedelta(seconds=wait if wait is not None else start.flow.retry_delay_s)


def _was_shut_out(d: Debate, turn: TurnRequested) -> bool:
    """Whether its provider was left alone by then, so that nobody was asked."""
    failure = d.failures.get(turn.turn)
    return failure is not None and failure.fact.kind == "circuit_open"


def _may_pass(d: Debate, last: TurnRequested) -> bool:
    """An answer without a position may be repaired; a failure says itself whether it may pass."""
    failure = d.failures.get(last.turn)
    return failure is None or failure.fact.retryable
