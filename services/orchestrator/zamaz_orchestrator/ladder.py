"""The ladder: the cheapest rung first. A rung answers or passes up, and the ruling says why each one passed."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable, Mapping, Sequence
from contextlib import AbstractAsyncContextManager, nullcontext
from dataclasses import dataclass, replace
from typing import Any, NamedTuple, TypeVar

from zamaz.errors import LogError
from zamaz.events.debater import Usage
from zamaz.events.flow import RungSetting
from zamaz.events.orchestration import RungPassed
from zamaz.service.tracing import OFF, Tracing
from zamaz_orchestrator.cache import NOTHING_KEPT, Cache, Prompt, key_of
from zamaz_orchestrator.guard import UNGUARDED, Guard
from zamaz_orchestrator.kinds.kind import RULES, Kind, Opinion
from zamaz_orchestrator.port import Inquiry, Judge, PassUp, Reply, read, together, tokens_of
from zamaz_orchestrator.rungs.embeddings import EMBEDDINGS, Meaning

RESERVE_S = 0.5
"""Seconds that are kept for saying the ruling before its deadline."""
WAITING = 0.5
"""Of a rung's patience, what may go in waiting for a place: a server that is given no time would look broken."""
T = TypeVar("T")

Announce = Callable[[RungSetting, Sequence[Inquiry]], Awaitable[str]]
"""Says that a rung is about to be asked, where it sends bills: the call's name, or "". Raises Left, and LogError."""


class Left(Exception):
    """The climb is left off: somebody else rules, or nobody waits any more. `passed` are the rungs it had asked."""

    passed: tuple[RungPassed, ...] = ()


async def nothing_spent(_: RungSetting) -> float:
    """Where nobody counts."""
    return 0.0


async def unannounced(_: RungSetting, _inquiries: Sequence[Inquiry]) -> str:
    """Where nobody sends bills."""
    return ""


@dataclass(frozen=True)
class Case:
    """One question, ready to be asked. `prompt` gives the template (or raises PassUp), `left` the seconds until the
    ruling's deadline, `spent` the dollars that a rung has cost the debate already; `announce` is told of each call."""

    kind: Kind[Any, Any]
    question: Any
    prompt: Callable[[], Awaitable[Prompt]]
    left: Callable[[], float]
    spent: Callable[[RungSetting], Awaitable[float]] = nothing_spent
    announce: Announce = unannounced


class Climbed(NamedTuple):
    """The answer, the rungs below it, how many of the ladder's rungs were tried in all, and under which key the answer
    is to be kept ("": it is not)."""

    opinion: Opinion[Any]
    passed: tuple[RungPassed, ...]
    tried: int
    key: str = ""


@dataclass
class _Attempt:
    """What is known of a rung's attempt when it passes up."""

    model: str = ""
    confidence: float | None = None
    usage: Usage | None = None
    unheard: Usage | None = None
    asked: bool = False
    key: str = ""
    call: str = ""

    def passed(self, rung: RungSetting, reason: PassUp, began: float) -> RungPassed:
        return RungPassed(
            rung=rung.rung,
            why=reason.why,
            reason=reason.reason,
            provider=(rung.provider or rung.rung) if self.asked else "",
            model=(self.model or rung.model) if self.asked else "",
            confidence=self.confidence,
            latency_ms=round((time.perf_counter() - began) * 1000),
            usage=self.unheard if reason.reason == "timeout" else self.usage,
            call=self.call,
        )


class Ladder:
    """Climbs the rungs of a debate. `judges` are the models that can be asked, by the rung's name; `meaning` tells
    how near two texts are in sense; `guard` holds the circuits and limits that all orchestrators share."""

    def __init__(
        self,
        judges: Mapping[str, Judge],
        tracing: Tracing = OFF,
        *,
        meaning: Meaning | None = None,
        guard: Guard = UNGUARDED,
        cache: Cache = NOTHING_KEPT,
    ) -> None:
        self._judges, self._tracing = judges, tracing
        self._meaning, self._guard, self._cache = meaning, guard, cache
        self._places: dict[str, asyncio.Semaphore] = {}

    async def climb(self, case: Case, rungs: Sequence[RungSetting]) -> Climbed:
        """The first answer that is sure enough, or the safe default. Raises nothing of a rung's, Left, and LogError
        only as long as nothing was paid."""
        passed: list[RungPassed] = []
        for n, rung in enumerate(rungs, 1):
            attempt, began = _Attempt(), time.perf_counter()
            try:
                opinion = await self._try(case, rung, attempt)
            except PassUp as reason:
                passed.append(attempt.passed(rung, reason, began))
                continue
            except Left as left:
                left.passed = tuple(passed)
                raise
            except LogError as error:
                # Nothing is bought twice: what a rung before has taken goes on record, by the rungs that need no log.
                if not any(one.usage for one in passed):
                    raise
                passed.append(attempt.passed(rung, PassUp(f"the log is away: {error}"), began))
                continue
            return Climbed(opinion, tuple(passed), n, attempt.key)
        return Climbed(case.kind.default(case.question), tuple(passed), len(rungs))

    async def keep(self, case: Case, climbed: Climbed) -> None:
        """Let the answer stand for the same question again, now that it is said: what it cost is on record."""
        if climbed.key:
            await self._cache.keep(climbed.key, case.kind, climbed.opinion)

    async def _try(self, case: Case, rung: RungSetting, attempt: _Attempt) -> Opinion[Any]:
        if rung.rung == RULES:
            made = _ruled(case.kind.rule(case.question), RULES)
        elif rung.rung == EMBEDDINGS:
            made = await self._seconded(case, rung)
        else:
            made = await self._model(case, rung, attempt)
        attempt.confidence = made.confidence
        if made.confidence < rung.threshold:
            raise PassUp(f"confidence {made.confidence:g} is under the threshold {rung.threshold:g}", "unsure")
        return made

    async def _seconded(self, case: Case, rung: RungSetting) -> Opinion[Any]:
        """Rules and nearness of meaning together: the second alone rules nothing."""
        pairs = case.kind.second(case.question)
        if not pairs:
            raise PassUp("nearness of meaning says nothing about this", "no_evidence")
        if self._meaning is None:
            raise PassUp("the extra `embeddings` is not installed", "not_configured")
        likeness = await _within(_patience(rung, case.left), self._meaning.likeness(pairs))
        return _ruled(case.kind.seconded(case.question, likeness), EMBEDDINGS)

    async def _model(self, case: Case, rung: RungSetting, attempt: _Attempt) -> Opinion[Any]:
        judge = self._judges.get(rung.rung)
        if judge is None:
            raise PassUp("this orchestrator has no such rung", "not_configured")
        prompt = await case.prompt()
        inquiries = [_allowed(one, rung) for one in case.kind.inquiries(case.question, prompt.text, rung.shows)]
        key = key_of(case.kind, case.question, rung, prompt)
        kept = await self._cache.find(key, case.kind)
        if kept and kept.confidence >= rung.threshold:
            return replace(kept, rung=rung.rung, usage=None, cached=True)
        if rung.spend_usd and (spent := await case.spent(rung)) >= rung.spend_usd:
            raise PassUp(f"its rulings have cost this debate ${spent:.4f} of ${rung.spend_usd:.4f}", "spent")
        replies = await self._ask(judge, rung, inquiries, case, attempt)
        answers = [read(inquiry, reply) for inquiry, reply in zip(inquiries, replies, strict=True)]
        opinion = case.kind.conclude(case.question, answers, replies[-1].model)
        attempt.key = key
        model, provider = replies[-1].model, rung.provider or rung.rung
        return replace(opinion, rung=rung.rung, provider=provider, model=model, usage=attempt.usage, call=attempt.call)

    async def _ask(
        self,
        judge: Judge,
        rung: RungSetting,
        inquiries: Sequence[Inquiry],
        case: Case,
        attempt: _Attempt,
    ) -> list[Reply]:
        """Every inquiry in its turn, within the rung's patience for all of them and its limits."""
        seconds = _patience(rung, case.left)
        worst = sum(one.input + one.output for one in map(_at_worst, inquiries))
        end, replies = time.monotonic() + seconds, list[Reply]()
        async with self._place(rung, seconds), self._guard.call(rung, len(inquiries), worst) as call:
            attempt.call = await case.announce(rung, inquiries)
            if time.monotonic() > end:
                raise PassUp("no time is left to ask it", "late")
            attempt.asked = True
            for inquiry in inquiries:
                if rung.provider:
                    # Should we leave before it has answered, it may still be paid for.
                    attempt.unheard = together([*(one.usage for one in replies), _at_worst(inquiry)])
                with self._tracing.call(rung.provider or rung.rung, rung.model, inquiry.max_tokens) as span:
                    patience = end - time.monotonic()
                    try:
                        reply = await _within(patience, judge.ask(inquiry, rung, max(patience, 0.001)), seconds)
                    except PassUp as no:
                        attempt.usage = together([*(one.usage for one in replies), no.usage]) or attempt.usage
                        raise
                    span.ended(model=reply.model, usage=reply.usage)
                if rung.provider and reply.usage is None:
                    reply = reply._replace(usage=_at_worst(inquiry))
                replies.append(reply)
                attempt.model, attempt.usage = reply.model, together([one.usage for one in replies])
            call.used(attempt.usage)
        return replies

    def _place(self, rung: RungSetting, seconds: float) -> AbstractAsyncContextManager[None]:
        """One of the places that this process has for calls of a rung."""
        if not rung.concurrency:
            return nullcontext()
        name = f"{rung.rung}/{rung.provider}/{rung.model}/{rung.concurrency}"
        return _Place(self._places.setdefault(name, asyncio.Semaphore(rung.concurrency)), seconds * WAITING)

    async def close(self) -> None:
        """Close every judge's connections."""
        for judge in self._judges.values():
            await judge.close()


class _Place:
    """A semaphore that is not waited for beyond a rung's patience."""

    def __init__(self, free: asyncio.Semaphore, seconds: float) -> None:
        self._free, self._seconds = free, seconds

    async def __aenter__(self) -> None:
        try:
            async with asyncio.timeout(self._seconds):
                await self._free.acquire()
        except TimeoutError as error:
            raise PassUp(f"no place was free within {self._seconds:.3g} s", "limited") from error

    async def __aexit__(self, *_: object) -> None:
        self._free.release()


def _patience(rung: RungSetting, left: Callable[[], float]) -> float:
    """Seconds that a rung has. Raises PassUp where there are none."""
    seconds = min(rung.timeout_s, left() - RESERVE_S)
    if seconds <= 0:
        raise PassUp("no time is left before the deadline", "late")
    return seconds


def _allowed(inquiry: Inquiry, rung: RungSetting) -> Inquiry:
    """A model that thinks first gets the tokens that models.yaml allows it."""
    return replace(inquiry, max_tokens=max(inquiry.max_tokens, rung.max_output_tokens))


def _at_worst(inquiry: Inquiry) -> Usage:
    """As many tokens as it may take."""
    return Usage(input=tokens_of(len(inquiry.prompt.encode())), output=inquiry.max_tokens, estimated=True)


def _ruled(made: Opinion[Any] | str, rung: str) -> Opinion[Any]:
    if isinstance(made, str):
        raise PassUp(made, "no_evidence")
    return replace(made, rung=rung)


async def _within(seconds: float, answer: Awaitable[T], told: float | None = None) -> T:
    try:
        async with asyncio.timeout(seconds):
            return await answer
    except PassUp:
        raise
    except TimeoutError as error:
        raise PassUp(f"no answer within {told or seconds:.3g} s", "timeout") from error
    except Exception as error:  # an SDK's surprise is one rung's trouble, not the debate's
        raise PassUp(f"it broke: {type(error).__name__}: {str(error)[:200]}") from error
