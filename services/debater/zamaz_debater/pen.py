"""What the debater reads and writes in the log. A finished answer is written however long the log is away."""

from __future__ import annotations

import asyncio
import logging

from zamaz import subjects
from zamaz.decider import Fold
from zamaz.errors import Conflict, LogRefused, LogUnavailable, StaleRead
from zamaz.events.debater import ArgumentPresented, CallDiscarded, CallStarted, TurnFailed
from zamaz.log import Appended, Log
from zamaz.service.folds import Folds
from zamaz_debater import turn
from zamaz_debater.turn import Debate

AGAIN_S = 0.3
REMEMBERED = 256
MOMENT_S = 1.0
"""Turns that are asked together come together, and one reading does for them. One that has waited in its provider's
queue is read anew: its debate may be over."""

Answer = ArgumentPresented | TurnFailed
_log = logging.getLogger("zamaz.debater")


class Pen:
    """The log, as the debater uses it."""

    def __init__(self, log: Log) -> None:
        self._log = log
        self._folds = Folds(log, turn.FOLDING, REMEMBERED)

    async def read(self, debate: str, at_least: int = 0, *, afresh: bool = True) -> Fold[Debate]:
        """The debate at least up to a sequence, and as it stands now if `afresh`, or else stood a moment ago.

        Raises LogUnavailable and StaleRead.
        """
        return await self._folds.upto(debate, at_least, afresh=afresh, age=MOMENT_S)

    async def read_patiently(self, debate: str, at_least: int) -> Debate:
        """The debate as it stands now, at least up to a sequence, however long the log is away."""
        while True:
            try:
                return (await self.read(debate, at_least)).state
            except (LogUnavailable, StaleRead):
                await asyncio.sleep(AGAIN_S)

    async def started(self, debate: str, call: CallStarted, because: str) -> int:
        """Where our call stands if it is ours to make, else 0: only whoever put it there may call, and only then.

        Our own words that stood before are a call that was made already. Waits while the log is away or full:
        nothing may be bought.
        """
        while True:
            try:
                stands = await self._log.append(debate, call, because=because)
            except LogUnavailable:
                await asyncio.sleep(AGAIN_S)
            else:
                return stands.seq if stands.new else 0

    async def answered(self, debate: str, answer: Answer, because: str) -> list[str]:
        """Say the one answer of a turn; when another stands already, that this one was bought in vain.

        Waits while the log is away. Answers the types of what was said.
        """
        try:
            stands = await self._answer(debate, answer, because)
        except LogRefused as error:
            answer = _refused(answer, error)
            stands = await self._answer(debate, answer, because)
        if stands.ours:
            return [type(answer).__name__]
        return await self.discarded(debate, answer, because)

    async def discarded(self, debate: str, answer: Answer, because: str) -> list[str]:
        """Say what a call cost whose answer is not used. Waits while the log is away."""
        if not answer.call:
            return []
        gone = CallDiscarded(
            call=answer.call,
            turn=answer.turn,
            provider=answer.provider,
            model=answer.model,
            usage=answer.usage,
            kind=answer.kind if isinstance(answer, TurnFailed) else None,
        )
        while True:
            try:
                await self._log.append(debate, gone, because=because)
            except LogUnavailable:
                await asyncio.sleep(AGAIN_S)
            else:
                return [CallDiscarded.__name__]

    async def _answer(self, debate: str, answer: Answer, because: str) -> Appended:
        over = subjects.answers_of(debate, answer.turn)
        while True:
            try:
                return await self._log.append(debate, answer, after=0, over=over, because=because)
            except Conflict:
                if await self._is_answered(debate, over):
                    return Appended(0, ours=False)
            except LogUnavailable as trouble:
                _log.warning("an answer of %s is kept until the log takes it: %s", debate, trouble)
            await asyncio.sleep(AGAIN_S)

    async def _is_answered(self, debate: str, over: str) -> bool:
        try:
            return bool((await self._log.load(debate, filters=(over,))).facts)
        except (LogUnavailable, StaleRead):
            return False


def _refused(answer: Answer, error: LogRefused) -> TurnFailed:
    """What is said of an answer that the log will never take."""
    return TurnFailed(
        turn=answer.turn,
        call=answer.call,
        kind="internal",
        why=f"the log refused the answer: {error}"[:500],
        retryable=False,
        usage=answer.usage,
        provider=answer.provider,
        model=answer.model,
    )
