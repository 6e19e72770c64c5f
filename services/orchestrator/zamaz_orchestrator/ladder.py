"""The ladder: the cheapest rung first. A rung answers or passes up, and the ruling says why each one passed."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import replace
from typing import NamedTuple, Protocol

from zamaz.events.flow import RungSetting
from zamaz.events.orchestration import RungPassed
from zamaz.service.tracing import OFF, Tracing
from zamaz_orchestrator.judgement import MAX_OUTPUT_TOKENS, Judgement, PassUp, Reply, prompt_of, read
from zamaz_orchestrator.ruling import Cutoffs, Opinion, Question
from zamaz_orchestrator.rungs import rules

DEFAULT = "default"
RESERVE_S = 0.5
"""Seconds that are kept for saying the ruling before its deadline."""


class Judge(Protocol):
    """A model that can be asked."""

    async def ask(self, prompt: str, model: str, timeout: float) -> Reply:
        """The reply within `timeout` seconds. Raises PassUp and TimeoutError."""

    async def close(self) -> None:
        """Close the connections."""


class Climbed(NamedTuple):
    """The answer, and the rungs below it."""

    opinion: Opinion
    passed: tuple[RungPassed, ...]


class Ladder:
    """Climbs the rungs of a debate. `judges` are the models that can be asked, by the rung's name."""

    def __init__(self, judges: Mapping[str, Judge], cutoffs: Cutoffs, tracing: Tracing = OFF) -> None:
        self._judges, self._tracing = judges, tracing
        self.cutoffs = cutoffs

    async def climb(
        self,
        question: Question,
        rungs: Sequence[RungSetting],
        template: Callable[[], Awaitable[str]],
        left: Callable[[], float],
    ) -> Climbed:
        """The first answer that is sure enough, or the safe default. Raises nothing of a rung's.

        `template` gives the prompt's text (or raises PassUp), `left` the seconds until the ruling's deadline.
        """
        passed: list[RungPassed] = []
        for rung in rungs:
            try:
                opinion = await self._try(rung, question, template, left() - RESERVE_S)
            except PassUp as reason:
                passed.append(RungPassed(rung=rung.rung, why=reason.why))
                continue
            return Climbed(opinion, tuple(passed))
        return Climbed(default(question), tuple(passed))

    async def _try(
        self, rung: RungSetting, question: Question, template: Callable[[], Awaitable[str]], left: float
    ) -> Opinion:
        made = self._rules(question) if rung.rung == rules.NAME else await self._model(rung, question, template, left)
        if made.confidence < rung.threshold:
            raise PassUp(f"confidence {made.confidence:g} is under the threshold {rung.threshold:g}")
        return made

    @staticmethod
    def _rules(question: Question) -> Opinion:
        made = rules.rule(question)
        if isinstance(made, str):
            raise PassUp(made)
        return made

    async def _model(
        self, rung: RungSetting, question: Question, template: Callable[[], Awaitable[str]], left: float
    ) -> Opinion:
        judge = self._judges.get(rung.rung)
        if judge is None:
            raise PassUp("this orchestrator has no such rung")
        if len(question.held) < 2:
            raise PassUp("fewer than two positions stand")
        seconds = min(rung.timeout_s, left)
        if seconds <= 0:
            raise PassUp("no time is left before the deadline")
        prompt = prompt_of(await template(), question)
        with self._tracing.call(rung.rung, rung.model, MAX_OUTPUT_TOKENS) as span:
            reply = await _within(seconds, judge, prompt, rung.model)
            span.ended(model=reply.model, usage=reply.usage)
        return weighed(question, read(reply.text, self.cutoffs), rung.rung, reply, self.cutoffs)


async def _within(seconds: float, judge: Judge, prompt: str, model: str) -> Reply:
    try:
        async with asyncio.timeout(seconds):
            return await judge.ask(prompt, model, seconds)
    except PassUp:
        raise
    except TimeoutError as error:
        raise PassUp(f"no answer within {seconds:.3g} s") from error
    except Exception as error:  # an SDK's surprise is one rung's trouble, not the debate's
        raise PassUp(f"it broke: {type(error).__name__}: {str(error)[:200]}") from error


def weighed(question: Question, answer: Judgement, rung: str, reply: Reply, cutoffs: Cutoffs) -> Opinion:
    """A model's answer beside the typed evidence: it fills in the pairs nobody spoke about, and overrules none."""
    counted = rules.tally(question)
    known = len(counted.pairs) - counted.unknown
    basis = rules.opinion(
        question,
        counted,
        confidence=answer.confidence,
        why=f"{reply.model} judges {counted.unknown} pairs; {known} of {len(counted.pairs)} have typed evidence",
        rung=rung,
        guess=answer.score,
    )
    together = known == 0 and cutoffs.agreement(basis.score) == "full"
    return replace(
        basis,
        groups=dict.fromkeys(basis.groups, 0) if together else basis.groups,
        areas_of_agreement=basis.areas_of_agreement + answer.areas_of_agreement,
        areas_of_disagreement=basis.areas_of_disagreement + answer.areas_of_disagreement,
        provider=rung,
        model=reply.model,
        usage=reply.usage,
    )


def default(question: Question) -> Opinion:
    """When nobody could say: the typed evidence that there is, and nothing assumed of the rest."""
    if len(question.held) < 2:
        answer = rules.rule(question)
        if isinstance(answer, Opinion):
            return replace(answer, rung=DEFAULT, confidence=0.0)
    counted = rules.tally(question)
    why = "rules alone: no model was reachable or sure enough; "
    why += f"{counted.unknown} of {len(counted.pairs)} pairs have no evidence and count 0"
    return rules.opinion(question, counted, confidence=0.0, why=why, rung=DEFAULT)
