"""One turn, from its delivery to the fact that answers it."""

from __future__ import annotations

import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta

from zamaz.alive import Alive
from zamaz.errors import LogUnavailable, StaleRead, TemplateMissing
from zamaz.events.debater import CallStarted, TurnFailed
from zamaz.events.workflow import TurnRequested
from zamaz.service.delivery import Delivery, GiveBack
from zamaz.service.folds import understood
from zamaz.service.templates import Templates
from zamaz_debater import context, ends, prompts, shown, tokens, turn
from zamaz_debater.calling import Caller
from zamaz_debater.ends import Job
from zamaz_debater.flights import Flights
from zamaz_debater.gate import CircuitOpen, Gate
from zamaz_debater.pen import Pen
from zamaz_debater.providers.port import ProviderError
from zamaz_debater.turn import Debate
from zamaz_debater.waiting import Waiting

LOOK_AGAIN_S = 1.5
AT_ONCE_S = 1.0
"""Within this, nobody can have missed the caller and taken its call over: leases last longer."""


class Desk:
    """Answers turns. `by` is this process."""

    def __init__(
        self,
        pen: Pen,
        templates: Templates,
        alive: Alive,
        by: str,
        caller: Caller,
        gate: Gate,
        waiting: Waiting,
        now: Callable[[], datetime],
    ) -> None:
        self._pen, self._templates, self._alive, self._by, self._caller = pen, templates, alive, by, caller
        self._gate, self._waiting, self._now = gate, waiting, now
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
        return await self._pen.discarded(d.id, ends.lost(lost), heard.id)

    async def _gone_or_give_back(self, by: str, heard: Delivery) -> None:
        """Only a redelivery may take over, and only from a process that lives no more. Our own call that
        is not in the air any more (it would have been joined) has ended without an answer."""
        if heard.tries < 2 or not (by == self._by or await self._alive.gone(by)):
            raise GiveBack(LOOK_AGAIN_S, f"the call is under way in {by}")

    async def _call(self, job: Job) -> list[str]:
        try:
            prompt = await self._prompt(job)
        except ProviderError as error:
            return await self._pen.answered(job.debate.id, ends.failed(job, error, call=""), job.because)
        try:
            await self._pass(job, prompt)
        except CircuitOpen as shut:
            if not turn.has_another_voice(job.debate, job.turn):
                raise
            now = self._now()
            shut_out = ends.shut_out(job.turn, now, now + timedelta(seconds=shut.delay))
            return await self._pen.answered(job.debate.id, shut_out, job.because)
        began = time.monotonic()
        stands = await self._pen.started(job.debate.id, self._started(job, prompt), job.because)
        if not stands:
            raise GiveBack(LOOK_AGAIN_S, f"{job.call} was taken already")
        said = [CallStarted.__name__]
        if job.n > 1 or time.monotonic() - began > AT_ONCE_S:
            match await self._step_now(job, stands):
                case turn.Done(why):
                    return said + await self._pen.discarded(job.debate.id, ends.uncalled(job, why), job.because)
                case turn.Look(by, n) if n > job.n:
                    await self._pen.discarded(job.debate.id, ends.uncalled(job, f"{by} took it over"), job.because)
                    raise GiveBack(LOOK_AGAIN_S, f"{by} took {job.call} over")
        made, unclear = await self._caller.answer(job, prompt, lambda: self._needless(job))
        if isinstance(made, TurnFailed) and made.kind == "cancelled":
            said += await self._pen.discarded(job.debate.id, made, job.because)
        else:
            said += await self._pen.answered(job.debate.id, made, job.because)
        if until := await self._gate.ended(job.turn.provider, made, unclear=unclear):
            self._waiting.let_go(job.turn.provider, until)
        return said

    async def _prompt(self, job: Job) -> prompts.Prompt:
        """What the speaker reads. Raises ProviderError where there can be no call."""
        try:
            templates = await self._templates.texts(prompts.needed(job.debate, job.turn))
            prompt = prompts.render(job.debate, job.turn, templates)
        except (shown.Unrenderable, TemplateMissing) as error:
            raise ProviderError("internal", str(error), retryable=False) from error
        if why := context.too_large(job.turn, prompt.size):
            raise ProviderError("context_too_large", why, retryable=False)
        return prompt

    async def _pass(self, job: Job, prompt: prompts.Prompt) -> None:
        """Wait until the provider's limits let the call through. Raises GiveBack, also where it took so long that the
        call is not needed any more: then the delivery is looked at afresh."""
        provider, need = job.turn.provider, tokens.of_bytes(prompt.size) + job.turn.max_output_tokens
        await self._gate.admit(provider, job.call)
        if await self._gate.book(provider, need, (job.turn.deadline - self._now()).total_seconds()):
            stands = await self._pen.read_patiently(job.debate.id, 0)
            if why := turn.idle(stands, job.turn, self._now()):
                raise GiveBack(0.0, why)

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

    async def _needless(self, job: Job) -> str:
        """Why a call that is in the air is not needed any more, as far as the log can be asked."""
        try:
            fold = await self._pen.read(job.debate.id, 1, afresh=False)
        except (LogUnavailable, StaleRead):
            return ""
        return turn.needless(fold.state, job.turn)


def clock() -> datetime:
    """Now, in UTC."""
    return datetime.now(UTC)
