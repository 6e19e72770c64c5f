"""One turn, from its delivery to the fact that answers it."""

from __future__ import annotations

import asyncio
import logging
import time
import traceback
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime

from zamaz.alive import Alive
from zamaz.definition.models import ProviderSpec
from zamaz.errors import TemplateMissing
from zamaz.events.debater import ArgumentPresented, CallStarted, TurnFailed, Usage
from zamaz.events.workflow import TurnRequested
from zamaz.service.delivery import Delivery, GiveBack
from zamaz.service.folds import understood
from zamaz.service.templates import Templates
from zamaz.service.tracing import OFF, Tracing
from zamaz_debater import answer, prompts, turn
from zamaz_debater.flights import Flights
from zamaz_debater.pen import Pen
from zamaz_debater.providers.port import Call, Provider, ProviderError, Reply
from zamaz_debater.turn import Debate

LOOK_AGAIN_S = 1.5
AT_ONCE_S = 1.0
"""Within this, nobody can have missed the caller and taken its call over: leases last longer."""
_MODEL_CHARS, _FINISH_CHARS = 200, 64
_log = logging.getLogger("zamaz.debater")


@dataclass(frozen=True)
class Seat:
    """A provider and what models.yaml says of it."""

    provider: Provider
    spec: ProviderSpec


@dataclass(frozen=True)
class Job:
    """A turn in work: the fold it was decided on, and the number of its call."""

    debate: Debate
    turn: TurnRequested
    n: int
    because: str

    @property
    def call(self) -> str:
        """The call's key."""
        return turn.call_id(self.turn.turn, self.n)


class Desk:
    """Answers turns. `by` is this process."""

    def __init__(
        self,
        pen: Pen,
        templates: Templates,
        alive: Alive,
        by: str,
        seats: Mapping[str, Seat],
        now: Callable[[], datetime],
        tracing: Tracing = OFF,
    ) -> None:
        self._pen, self._templates, self._alive, self._by, self._seats = pen, templates, alive, by, seats
        self._now, self._tracing = now, tracing
        self.flights = Flights()

    async def hear(self, debate: str, asked: TurnRequested, heard: Delivery) -> list[str]:
        """The types of what was said. Raises GiveBack, and LogError while the log is away."""
        return await self.flights.join(f"{debate}/{asked.turn}", lambda: self._work(debate, asked, heard))

    async def _work(self, debate: str, asked: TurnRequested, heard: Delivery) -> list[str]:
        # A server that was killed may have forgotten that it delivered this before: what is remembered then lets
        # a call be announced that stands already, and the log refuses it. Whatever comes again is read afresh.
        fold = await self._pen.read(debate, heard.seq, afresh=heard.tries > 1)
        d = fold.state
        step = turn.decide(d, asked, self._now())
        if isinstance(step, turn.Done):
            return await self._cleared(d, asked, heard)
        understood(debate, fold)
        match step:
            case turn.Look(by, n):
                await self._gone_or_give_back(by, heard)
                return await self._call(Job(d, asked, n + 1, heard.id))
            case turn.Call(n):
                return await self._call(Job(d, asked, n, heard.id))

    async def _cleared(self, d: Debate, asked: TurnRequested, heard: Delivery) -> list[str]:
        """Nothing is to be called any more; but a call of one that is gone was bought for all that is known, and
        nobody else will say so: a call that began when its debate had ended is priced by nothing but its end."""
        lost = turn.unended(d, asked)
        if lost is None:
            return []
        await self._gone_or_give_back(lost.by, heard)
        return await self._pen.discarded(d.id, _lost(lost), heard.id)

    async def _gone_or_give_back(self, by: str, heard: Delivery) -> None:
        """Only a redelivery may take over, and only from a process that lives no more. Our own call that
        is not in the air any more (it would have been joined) has ended without an answer."""
        if heard.tries < 2 or not (by == self._by or await self._alive.gone(by)):
            raise GiveBack(LOOK_AGAIN_S, f"the call is under way in {by}")

    async def _call(self, job: Job) -> list[str]:
        try:
            templates = await self._templates.texts(prompts.needed(job.debate, job.turn))
            prompt = prompts.render(job.debate, job.turn, templates)
        except (prompts.Unrenderable, TemplateMissing) as error:
            trouble = ProviderError("internal", str(error), retryable=False)
            return await self._pen.answered(job.debate.id, _failed(job, trouble, call=""), job.because)
        began = time.monotonic()
        stands = await self._pen.started(job.debate.id, self._started(job, prompt), job.because)
        if not stands:
            raise GiveBack(LOOK_AGAIN_S, f"{job.call} was taken already")
        said = [CallStarted.__name__]
        if job.n > 1 or time.monotonic() - began > AT_ONCE_S:
            match await self._step_now(job, stands):
                case turn.Done(why):
                    return said + await self._pen.discarded(job.debate.id, _uncalled(job, why), job.because)
                case turn.Look(by, n) if n > job.n:
                    await self._pen.discarded(job.debate.id, _uncalled(job, f"{by} took it over"), job.because)
                    raise GiveBack(LOOK_AGAIN_S, f"{by} took {job.call} over")
        return said + await self._pen.answered(job.debate.id, await self._traced(job, prompt), job.because)

    def _started(self, job: Job, prompt: prompts.Prompt) -> CallStarted:
        return CallStarted(
            call=job.call,
            turn=job.turn.turn,
            by=self._by,
            provider=job.turn.provider,
            model=job.turn.model,
            prompt_digest=prompt.digest,
            max_output_tokens=job.turn.max_output_tokens,
            prompt_bytes=prompt.size,
        )

    async def _step_now(self, job: Job, stands: int) -> turn.Step:
        """What is to be done now that our call stands: the one that seemed gone (stopped, say) may have answered
        while its call was taken over, or we seemed gone (cut off, say) while we announced ours."""
        return turn.decide(await self._pen.read_patiently(job.debate.id, stands), job.turn, self._now())

    async def _traced(self, job: Job, prompt: prompts.Prompt) -> ArgumentPresented | TurnFailed:
        """The call in a span of its own, told by the fact that ends it."""
        with self._tracing.call(job.turn.provider, job.turn.model, job.turn.max_output_tokens) as span:
            made = await self._asked(job, prompt)
            if isinstance(made, TurnFailed):
                span.ended(usage=made.usage, error=made.kind)
            else:
                span.ended(model=made.model, usage=made.usage, finish_reason=made.finish_reason)
            return made

    async def _asked(self, job: Job, prompt: prompts.Prompt) -> ArgumentPresented | TurnFailed:
        """Call the provider; whatever happens is one fact."""
        seat, began = self._seats[job.turn.provider], time.monotonic()
        left = (job.turn.deadline - self._now()).total_seconds()
        patience = max(0.0, min(seat.spec.timeout, left))
        step = prompts.step_of(job.debate, job.turn).type
        call = Call(job.call, job.turn, step, prompt, prompts.shape(job.debate, job.turn), patience)
        try:
            async with asyncio.timeout(patience):
                reply = await seat.provider.answer(call)
            return _presented(job, call, reply, int((time.monotonic() - began) * 1000))
        except ProviderError as error:
            _log.warning("%s: %s: %s", job.call, error.kind, error.why)
            return _failed(job, error)
        except TimeoutError:
            why = f"{job.turn.provider} gave no complete answer within {patience:.3g} s"
            return _failed(job, ProviderError("timeout", why, retryable=True))
        except Exception as error:  # noqa: BLE001 - a bug in an adapter is a fact too: nobody may wait for it
            # its place and type alone: its text may hold what was sent
            place = "".join(traceback.format_tb(error.__traceback__))
            _log.error("calling %s failed: %s\n%s", job.turn.provider, type(error).__name__, place)
            why = f"the adapter of {job.turn.provider} failed with {type(error).__name__}: see the debater's log"
            return _failed(job, ProviderError("internal", why, retryable=False))


def _presented(job: Job, call: Call, reply: Reply, latency_ms: int) -> ArgumentPresented | TurnFailed:
    if not reply.text.strip():
        why = f"{job.turn.model} at {job.turn.provider} answered with nothing"
        if reply.finish_reason:
            why += f" (it stopped because of: {answer.clean(reply.finish_reason)[:_FINISH_CHARS]})"
        return _failed(job, ProviderError("empty", why, retryable=True, usage=reply.usage), model=reply.model)
    parsed = answer.parse(reply.text, call.shape, reply.finish_reason)
    return ArgumentPresented(
        turn=job.turn.turn,
        call=job.call,
        round=job.turn.round,
        participant=job.turn.participant,
        argument=parsed.argument,
        position=parsed.position,
        choice=parsed.choice,
        verdict=parsed.verdict,
        on_others=parsed.on_others,
        confidence=parsed.confidence,
        unparsed=parsed.unparsed,
        approvals=parsed.approvals,
        ranking=parsed.ranking,
        usage=reply.usage,
        provider=job.turn.provider,
        model=answer.clean(reply.model)[:_MODEL_CHARS],
        latency_ms=latency_ms,
        finish_reason=answer.clean(reply.finish_reason)[:_FINISH_CHARS],
    )


def _failed(job: Job, error: ProviderError, *, call: str | None = None, model: str = "") -> TurnFailed:
    return TurnFailed(
        turn=job.turn.turn,
        call=job.call if call is None else call,
        kind=error.kind,
        why=answer.clean(error.why),
        retryable=error.retryable,
        retry_after_s=error.retry_after_s,
        usage=error.usage,
        provider=job.turn.provider,
        model=answer.clean(model or job.turn.model)[:_MODEL_CHARS],
    )


def _uncalled(job: Job, why: str) -> TurnFailed:
    """A call that was announced and then not made: it cost nothing."""
    return _failed(job, ProviderError("internal", why, retryable=False, usage=Usage()))


def _lost(call: CallStarted) -> TurnFailed:
    """A call whose answer will never come: it counts as what it may have cost at worst."""
    return TurnFailed(
        turn=call.turn,
        call=call.call,
        kind="timeout",
        why=f"{call.by} is gone",
        retryable=False,
        provider=call.provider,
        model=call.model,
    )


def clock() -> datetime:
    """Now, in UTC."""
    return datetime.now(UTC)
