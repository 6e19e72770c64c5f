"""What a client asks of a debate that runs: to hold, to go on, to end; to take in others, or other terms; a ruling."""

from __future__ import annotations

import asyncio
import contextlib
import uuid
from typing import Any

from zamaz import subjects
from zamaz.errors import AlreadyOver, Refused
from zamaz.events import ENDINGS, LEFT, Fact
from zamaz.events.client import (
    ClientFact,
    DebateAbortRequested,
    DebateChangeRequested,
    DebateImported,
    DebatePauseRequested,
    DebateResumeRequested,
    HumanRulingGiven,
    ParticipantDismissed,
    ParticipantInvited,
)
from zamaz.events.workflow import (
    DebateChanged,
    DebatePaused,
    DebateResumed,
    DecisionMade,
    ParticipantJoined,
    ParticipantLeft,
    RequestRefused,
)
from zamaz.log import Log

ANSWERS: dict[type[Fact], str] = {
    DebatePaused: "pause",
    DebateResumed: "resume",
    ParticipantJoined: "invite",
    ParticipantLeft: "dismissal",
    DebateChanged: "change",
    DecisionMade: "ruling",
    RequestRefused: "request",
}
"""Where the answer to a request names its key."""


class Steering:
    """Each method but `abort` returns the request's key, a new UUID, once it stands in the log; `answered` waits for
    what became of it. They raise AlreadyOver and LogUnavailable."""

    def __init__(self, log: Log) -> None:
        self.log = log

    async def abort(self, debate: str, *, by: str = "", why: str = "") -> None:
        """Ask for the end of a debate. Asking twice is harmless. Raises LogUnavailable."""
        await self.log.append(debate, DebateAbortRequested(by=by, why=why))

    async def pause(self, debate: str, *, by: str = "", why: str = "") -> str:
        """Ask that nothing new is asked of any model until a resume. What is asked already is answered and counted,
        and paused time counts towards no deadline. Pausing a paused debate changes nothing."""
        key = _key()
        return await self._ask(debate, key, DebatePauseRequested(pause=key, requester=by, why=why))

    async def resume(self, debate: str, *, by: str = "", why: str = "") -> str:
        """Ask that a paused debate goes on, whoever had it paused. Of one that is not paused it is refused."""
        key = _key()
        return await self._ask(debate, key, DebateResumeRequested(resume=key, requester=by, why=why))

    async def invite(
        self, debate: str, model: str, *, replaces: str = "", by: str = "", why: str = "", **more: str
    ) -> str:
        """Ask for one more seat in a debate that runs, or for one in the place of the participant `replaces`.

        `model` is an alias or `provider/model`; `more` are the other fields of ParticipantInvited: name, role, stance.
        """
        key = _key()
        wanted = ParticipantInvited(invite=key, model=model, replaces=replaces, requester=by, why=why, **more)
        return await self._ask(debate, key, wanted)

    async def dismiss(self, debate: str, participant: str, *, by: str = "", why: str = "") -> str:
        """Ask that a debate goes on without a participant: a call of its that runs is kept, and its position does not
        count any more."""
        key = _key()
        wanted = ParticipantDismissed(dismissal=key, participant=participant, requester=by, why=why)
        return await self._ask(debate, key, wanted)

    async def change(self, debate: str, *, by: str = "", why: str = "", **terms: Any) -> str:
        """Ask that a debate goes on under other terms.

        `terms` are fields of DebateChangeRequested: max_rounds, min_rounds, consensus_threshold, max_execution_s,
        budget_usd, workflow.
        """
        key = _key()
        return await self._ask(debate, key, DebateChangeRequested(change=key, requester=by, why=why, **terms))

    async def rule(self, debate: str, decision: str, *, choice: str = "", by: str = "", why: str = "") -> str:
        """Decide a debate that waits for a human (HumanRulingRequested): `decision` is a sentence, `choice` one of the
        request's options."""
        key = _key()
        wanted = HumanRulingGiven(ruling=key, decision=decision, choice=choice, by=by, why=why)
        return await self._ask(debate, key, wanted)

    async def answered(self, debate: str, key: str, timeout: float | None = 15) -> Fact:
        """What became of a request by its key: the fact that it came to, as ParticipantJoined or DebateChanged.

        Raises Refused with the reason, AlreadyOver where the debate ended before, and TimeoutError after `timeout`
        seconds (None: wait for ever). An invitation may wait ten seconds for a debater that tells what it can reach.
        """
        async with asyncio.timeout(timeout), contextlib.aclosing(self.log.follow(debate)) as facts:
            async for heard in facts:
                fact = heard.fact
                if isinstance(fact, Fact) and (named := ANSWERS.get(type(fact))) and getattr(fact, named) == key:
                    if isinstance(fact, RequestRefused):
                        raise Refused(f"debate {debate}: {fact.why}")
                    return fact
                if isinstance(fact, (*ENDINGS, *LEFT)):
                    raise AlreadyOver(f"debate {debate} ended before that: {type(fact).__name__}")
        raise AlreadyOver(f"debate {debate} is not in the log any more")

    async def _ask(self, debate: str, key: str, wanted: ClientFact) -> str:
        last_words: tuple[type[Fact], ...] = (*ENDINGS, *LEFT, DebateImported)
        endings = [subjects.name(ending.voice, debate, ending.__name__) for ending in last_words]
        for heard in (await self.log.load(debate, filters=endings)).facts:
            raise AlreadyOver(f"debate {debate} is over: {type(heard.fact).__name__} stands")
        await self.log.append(debate, wanted)
        return key


def _key() -> str:
    return str(uuid.uuid4())
