"""A call in the air: asked of its provider, listened to as it comes, left when its time is up or nobody needs it."""

from __future__ import annotations

import asyncio
import logging
import time
import traceback
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import NamedTuple

from zamaz.definition.models import ProviderSpec
from zamaz.events.debater import ArgumentPresented, TurnFailed
from zamaz.service.tracing import OFF, Tracing
from zamaz_debater import ends, prompts, shown
from zamaz_debater.ends import Job
from zamaz_debater.live import Live, Talk
from zamaz_debater.prompts import Prompt
from zamaz_debater.providers.port import Call, Provider, ProviderError, Reply

LOOK_S = 1.0
"""How often it is looked whether an answer is still wanted: so long is paid for in vain at most."""
_LEAVE_S = 1.0
Needless = Callable[[], Awaitable[str]]
_log = logging.getLogger("zamaz.debater")


@dataclass(frozen=True)
class Seat:
    """A provider and what models.yaml says of it."""

    provider: Provider
    spec: ProviderSpec


class Ended(NamedTuple):
    """The fact that ends a call. `unclear`: its failure may be the model's own doing as well as its provider's."""

    made: ArgumentPresented | TurnFailed
    unclear: bool = False


class Caller:
    """Makes calls; whatever happens to one is a fact."""

    def __init__(
        self, seats: Mapping[str, Seat], now: Callable[[], datetime], live: Live, tracing: Tracing = OFF
    ) -> None:
        self._seats, self._now, self._live, self._tracing = seats, now, live, tracing

    async def answer(self, job: Job, prompt: Prompt, needless: Needless) -> Ended:
        """The call in a span of its own, told by the fact that ends it.

        `needless` says why its answer is not wanted any more, or "": then it is left, and failed as `cancelled`.
        """
        with self._tracing.call(job.turn.provider, job.turn.model, job.turn.max_output_tokens) as span:
            ended = await self._ended(job, prompt, needless)
            made = ended.made
            if isinstance(made, TurnFailed):
                span.ended(usage=made.usage, error=made.kind)
            else:
                span.ended(model=made.model, usage=made.usage, finish_reason=made.finish_reason)
            return ended

    async def _ended(self, job: Job, prompt: Prompt, needless: Needless) -> Ended:
        seat, began = self._seats[job.turn.provider], time.monotonic()
        left = (job.turn.deadline - self._now()).total_seconds()
        step, shape = shown.step_of(job.debate, job.turn).type, prompts.shape(job.debate, job.turn)
        async with self._live.talk(job.debate.id, job.turn.turn, job.call) as talk:
            patience = max(0.0, min(seat.spec.timeout, left))
            requester = job.debate.request.requester if job.debate.request else ""
            call = Call(job.call, job.turn, step, prompt, shape, patience, talk.hear, requester)
            try:
                reply = await _heard(seat, call, talk, needless)
                return Ended(ends.presented(job, call, reply, int((time.monotonic() - began) * 1000)))
            except ProviderError as error:
                _log.warning("%s: %s: %s", job.call, error.kind, error.why)
                return Ended(ends.broken_off(job, error, prompt, talk.text), error.unclear)
            except Exception as error:  # noqa: BLE001 - a bug in an adapter is a fact too: nobody may wait for it
                # its place and type alone: its text may hold what was sent
                place = "".join(traceback.format_tb(error.__traceback__))
                _log.error("calling %s failed: %s\n%s", job.turn.provider, type(error).__name__, place)
                why = f"the adapter of {job.turn.provider} failed with {type(error).__name__}: see the debater's log"
                return Ended(ends.broken_off(job, ProviderError("internal", why, retryable=False), prompt, talk.text))


async def _heard(seat: Seat, call: Call, talk: Talk, needless: Needless) -> Reply:
    """The reply. A call that is left on its way is ended with its connection. Raises ProviderError."""
    flight = asyncio.ensure_future(seat.provider.answer(call))
    try:
        trouble = await _watched(flight, seat.spec.first_token, call, talk, needless)
    finally:
        flight.cancel()
        await asyncio.wait({flight}, timeout=_LEAVE_S)
    # It may have come in this very moment, and is paid then.
    if trouble is None or (flight.done() and not flight.cancelled() and flight.exception() is None):
        return flight.result()
    raise trouble


async def _watched(
    flight: asyncio.Future[Reply], first_token: float | None, call: Call, talk: Talk, needless: Needless
) -> ProviderError | None:
    """Wait for the end of a call; why it must be left before, if it must."""
    who, began = call.turn.provider, time.monotonic()
    end, first = began + call.timeout_s, began + (first_token or call.timeout_s)
    while True:
        due = end if talk.begun else min(first, end)
        await asyncio.wait({flight}, timeout=max(0.0, min(LOOK_S, due - time.monotonic())))
        if flight.done():
            return None
        if time.monotonic() >= end:
            why = f"{who} gave no complete answer within {call.timeout_s:.3g} s"
            return ProviderError("timeout", why, retryable=True)
        if time.monotonic() >= first and not talk.begun:
            return ProviderError("timeout", f"{who} gave no first word within {first_token:.3g} s", retryable=True)
        if reason := await needless():
            return ProviderError("cancelled", f"nobody needs the answer any more: {reason}", retryable=False)
