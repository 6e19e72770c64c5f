"""How a call ends, as a fact: an answer, a failure, or a call that is only left to be paid."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from zamaz.events.debater import ArgumentPresented, CallStarted, TurnFailed, Usage
from zamaz.events.workflow import TurnRequested
from zamaz_debater import answer, tokens, turn
from zamaz_debater.prompts import Prompt
from zamaz_debater.providers.port import Call, ProviderError, Reply
from zamaz_debater.turn import Debate

_MODEL_CHARS, _FINISH_CHARS = 200, 64


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


def presented(job: Job, call: Call, reply: Reply, latency_ms: int) -> ArgumentPresented | TurnFailed:
    """The answer that a reply holds; one that says nothing is a failure."""
    usage = reply.usage or tokens.used(call.prompt.size, reply.text)
    if not reply.text.strip():
        why = f"{job.turn.model} at {job.turn.provider} answered with nothing"
        if reply.finish_reason:
            why += f" (it stopped because of: {answer.clean(reply.finish_reason)[:_FINISH_CHARS]})"
        return failed(job, ProviderError("empty", why, retryable=True, usage=usage), model=reply.model)
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
        usage=usage,
        provider=job.turn.provider,
        model=answer.clean(reply.model)[:_MODEL_CHARS],
        latency_ms=latency_ms,
        finish_reason=answer.clean(reply.finish_reason)[:_FINISH_CHARS],
    )


def failed(job: Job, error: ProviderError, *, call: str | None = None, model: str = "") -> TurnFailed:
    """The failure of a call; `call=""` where none was made."""
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


def broken_off(job: Job, error: ProviderError, prompt: Prompt, heard: str) -> TurnFailed:
    """A call that ended in the middle of its answer: what was heard of it is paid for, as far as anybody knows."""
    if heard and error.usage is None:
        error.usage = tokens.used(prompt.size, heard)
    return failed(job, error)


def shut_out(turn: TurnRequested, now: datetime, until: datetime) -> TurnFailed:
    """A turn that nobody is asked, because its provider is left alone until then."""
    return TurnFailed(
        turn=turn.turn,
        kind="circuit_open",
        why=f"nobody was asked: the circuit of {turn.provider} is open until {until.isoformat(timespec='seconds')}",
        retryable=True,
        retry_after_s=round((until - now).total_seconds(), 3),
        provider=turn.provider,
        model=turn.model,
    )


def uncalled(job: Job, why: str) -> TurnFailed:
    """A call that was announced and then not made: it cost nothing."""
    return failed(job, ProviderError("internal", why, retryable=False, usage=Usage()))


def lost(call: CallStarted) -> TurnFailed:
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
