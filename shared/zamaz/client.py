"""For applications: request a debate, follow it, change it, hear of every result, pause, resume, abort.

client = await zamaz.connect("nats://127.0.0.1:4222")
debate = await client.request("Should we split our monolith into services?")
print((await client.completed(debate)).decision)
"""

from __future__ import annotations

import asyncio
import contextlib
import sys
import uuid
from collections.abc import AsyncGenerator, Mapping
from pathlib import Path
from types import TracebackType
from typing import Any

import nats.errors
import nats.js.errors
from nats.aio.client import Client as Nats

from zamaz import connection, subjects
from zamaz.errors import (
    AlreadyOver,
    AlreadyRequested,
    Conflict,
    ZamazError,
)
from zamaz.events import ENDINGS, LEFT, Fact, Recorded
from zamaz.events.client import (
    DebateAbortRequested,
    DebateChangeRequested,
    DebateForked,
    DebateImported,
    DebatePauseRequested,
    DebateRequested,
    DebateResumeRequested,
    HumanRulingGiven,
    ParticipantDismissed,
    ParticipantInvited,
)
from zamaz.events.workflow import DebateCompleted
from zamaz.forks import inherited
from zamaz.heard import Heard, filter_of, raise_ending
from zamaz.live import Piece, piece
from zamaz.log import Log


async def connect(
    url: str = connection.DEFAULT_URL,
    *,
    name: str = "client",
    creds: Path | None = None,
    nkey: Path | None = None,
    timeout: float = 2.0,
) -> Client:
    """A client on an open connection that reconnects by itself.

    `creds` is a NATS credentials file, `nkey` a file that holds the seed of an nkey. Raises ServerUnreachable, and
    as one of them NotAdmitted where the server refuses the key.
    """
    return Client(await connection.connect(url, name, timeout=timeout, creds=creds, nkey=nkey), name)


class Client:
    """A connection to the debates. Use `connect`, or hand in an open nats-py client."""

    def __init__(self, nc: Nats, name: str = "client") -> None:
        self.nc = nc
        self.log = Log(nc, name, trace=traceparent)

    async def __aenter__(self) -> Client:
        return self

    async def __aexit__(
        self, _: type[BaseException] | None, __: BaseException | None, ___: TracebackType | None
    ) -> None:
        await self.close()

    async def close(self) -> None:
        """Flush and close the connection."""
        if not self.nc.is_closed:
            await self.nc.close()

    async def request(self, question: str, *, debate: str = "", **more: Any) -> str:
        """Ask for a debate and return its id (a new UUID unless `debate` names one).

        `more` are the other fields of DebateRequested: context, options, requester, workflow, participants,
        budget_usd, metadata. Asking the same under the same id again is harmless; something else under it raises
        AlreadyRequested. Raises LogUnavailable and LogRefused.
        """
        debate = debate or str(uuid.uuid4())
        wanted = DebateRequested(question=question, **more)
        stands = await self.log.append(debate, wanted)
        if not stands.ours:
            raise AlreadyRequested(f"another question stands under {debate}")
        return debate

    async def fork(
        self,
        parent: str,
        at: int,
        changes: Mapping[str, Any] | None = None,
        *,
        debate: str = "",
        by: str = "",
        why: str = "",
    ) -> str:
        """Let a debate go on from `parent` as it stood at a sequence of the log, and return its id (a new UUID unless
        `debate` names one). What was answered there counts and is not bought again; what was open is asked anew.

        `changes` are those of DebateForked: `{"participants.1.model": "gpt-4o", "threshold": 0.9}`. Raises ForkRefused
        for a place or a change that makes no sense, AlreadyRequested where something else stands under the id,
        LogUnavailable and LogRefused. A model that cannot be reached is told by DebateRejected.
        """
        debate = debate or str(uuid.uuid4())
        wanted = DebateForked(parent=parent, at=at, changes=dict(changes or {}), requester=by, why=why)
        inherited((await self.log.load(parent)).facts, wanted)
        try:
            stands = await self.log.append(debate, wanted, after=0, over=subjects.voice_of("client", debate))
        except Conflict as error:
            raise AlreadyRequested(f"another debate stands under {debate}") from error
        if not stands.ours:
            raise AlreadyRequested(f"another fork stands under {debate}")
        return debate

    async def abort(self, debate: str, *, by: str = "", why: str = "") -> None:
        """Ask for the end of a debate. Asking twice is harmless. Raises LogUnavailable."""
        await self.log.append(debate, DebateAbortRequested(by=by, why=why))

    async def pause(self, debate: str, *, by: str = "", why: str = "") -> str:
        """Ask that nothing new is asked of any model until a resume. What is asked already is answered and counted,
        and paused time counts towards no deadline.

        Returns the request's key, a new UUID, once it stands in the log. Pausing a paused debate changes nothing.
        Raises AlreadyOver and LogUnavailable.
        """
        await self._must_go_on(debate)
        wanted = DebatePauseRequested(pause=str(uuid.uuid4()), requester=by, why=why)
        await self.log.append(debate, wanted)
        return wanted.pause

    async def resume(self, debate: str, *, by: str = "", why: str = "") -> str:
        """Ask that a paused debate goes on, whoever had it paused. Returns and raises as `pause` does; resuming a
        debate that runs changes nothing."""
        await self._must_go_on(debate)
        wanted = DebateResumeRequested(resume=str(uuid.uuid4()), requester=by, why=why)
        await self.log.append(debate, wanted)
        return wanted.resume

    async def invite(
        self, debate: str, model: str, *, replaces: str = "", by: str = "", why: str = "", **more: str
    ) -> str:
        """Ask for one more seat in a debate that runs, or for one in the place of the participant `replaces`.

        `model` is an alias or `provider/model`; `more` are the other fields of ParticipantInvited: name, role, stance.
        Returns and raises as `pause` does. ParticipantJoined or RequestRefused answers it, under the key.
        """
        await self._must_go_on(debate)
        key = str(uuid.uuid4())
        wanted = ParticipantInvited(invite=key, model=model, replaces=replaces, requester=by, why=why, **more)
        await self.log.append(debate, wanted)
        return key

    async def dismiss(self, debate: str, participant: str, *, by: str = "", why: str = "") -> str:
        """Ask that a debate goes on without a participant: a call of its that runs is kept, and its position does not
        count any more. Returns and raises as `pause` does. ParticipantLeft or RequestRefused answers it."""
        await self._must_go_on(debate)
        key = str(uuid.uuid4())
        await self.log.append(
            debate, ParticipantDismissed(dismissal=key, participant=participant, requester=by, why=why)
        )
        return key

    async def change(self, debate: str, *, by: str = "", why: str = "", **terms: Any) -> str:
        """Ask that a debate goes on under other terms.

        `terms` are fields of DebateChangeRequested: max_rounds, min_rounds, consensus_threshold, max_execution_s,
        budget_usd, workflow. Returns and raises as `pause` does. DebateChanged or RequestRefused answers it.
        """
        await self._must_go_on(debate)
        key = str(uuid.uuid4())
        await self.log.append(debate, DebateChangeRequested(change=key, requester=by, why=why, **terms))
        return key

    async def rule(self, debate: str, decision: str, *, choice: str = "", by: str = "", why: str = "") -> str:
        """Decide a debate that waits for a human (HumanRulingRequested): `decision` is a sentence, `choice` one of the
        request's options. Returns and raises as `pause` does. DecisionMade{ruling} or RequestRefused answers it."""
        await self._must_go_on(debate)
        key = str(uuid.uuid4())
        await self.log.append(debate, HumanRulingGiven(ruling=key, decision=decision, choice=choice, by=by, why=why))
        return key

    async def _must_go_on(self, debate: str) -> None:
        last_words: tuple[type[Fact], ...] = (*ENDINGS, *LEFT, DebateImported)
        endings = [subjects.name(ending.voice, debate, ending.__name__) for ending in last_words]
        for heard in (await self.log.load(debate, filters=endings)).facts:
            raise AlreadyOver(f"debate {debate} is over: {type(heard.fact).__name__} stands")

    async def follow(self, debate: str) -> AsyncGenerator[Recorded, None]:
        """Every fact of a debate, from its first, until the one that ends it; of an imported one DebateImported
        alone, of one that was taken out of the log DebateErased or DebateArchived."""
        first = True
        async with contextlib.aclosing(self.log.follow(debate)) as facts:
            async for heard in facts:
                yield heard
                if isinstance(heard.fact, (*ENDINGS, *LEFT)) or (first and isinstance(heard.fact, DebateImported)):
                    return
                first = False

    async def live(self, debate: str) -> AsyncGenerator[tuple[str, Piece], None]:
        """The arguments of a debate as they are being written, without end: whose turn, and more of its text.

        Nothing of this is kept: it begins when it is asked for, and pieces may be missing (`Piece.at` tells).
        """
        listening = await self.nc.subscribe(subjects.live_of(debate))
        try:
            async for message in listening.messages:
                if found := piece(message.data):
                    yield message.subject.rpartition(".")[2], found
        finally:
            if not self.nc.is_closed:
                await listening.unsubscribe()

    async def completed(self, debate: str, timeout: float | None = None) -> DebateCompleted:
        """The result, as soon as it stands.

        Raises DebateRejectedError, DebateFailedError or DebateCancelledError for the other endings, AlreadyOver for a
        debate that was imported, erased or archived, and TimeoutError after `timeout` seconds (None: wait for ever).
        """
        last = ""
        async with asyncio.timeout(timeout), contextlib.aclosing(self.follow(debate)) as facts:
            async for heard in facts:
                last = type(heard.fact).__name__
                if isinstance(heard.fact, DebateCompleted):
                    return heard.fact
                if isinstance(heard.fact, ENDINGS):
                    raise_ending(debate, heard.fact)
        raise AlreadyOver(f"debate {debate} has no DebateCompleted: {last} stands")

    async def subscribe(self, kind: str, *, durable: str) -> AsyncGenerator[Heard, None]:
        """Every fact of one type from every debate, each until it is acked; the position survives under
        `durable`. Several processes with one durable share the work.

        `kind` is a type of the published language (`DebateCompleted`).
        """
        wanted, js = filter_of(kind), self.nc.jetstream()
        feed = await js.pull_subscribe(
            wanted, durable=subjects.token(durable), stream=subjects.EVENTS, inbox_prefix=self._inbox()
        )
        stands = (await feed.consumer_info()).config
        if (stands.filter_subject or (stands.filter_subjects or [""])[0]) != wanted:
            raise ZamazError(f"the durable {durable!r} hears something else already: take another name")
        try:
            while True:
                try:
                    messages = await feed.fetch(batch=1, timeout=2)
                except (nats.errors.TimeoutError, TimeoutError):
                    continue
                except (nats.js.errors.ServiceUnavailableError, nats.errors.ConnectionClosedError):
                    if self.nc.is_closed:
                        return
                    await asyncio.sleep(0.2)
                    continue
                for message in messages:
                    yield Heard(message)
        finally:
            # Else the question that is still open takes a message with it.
            if not self.nc.is_closed:
                await feed.unsubscribe()

    def _inbox(self) -> bytes:
        return self.nc.new_inbox().rsplit(".", 1)[0].encode() + b"."


def traceparent() -> str:
    """The W3C traceparent of the application's current span, so that its debate is found in its own trace; "" where
    it does not use OpenTelemetry, which nothing here needs."""
    api = sys.modules.get("opentelemetry.trace")
    here = api.get_current_span().get_span_context() if api else None
    if here is None or not here.is_valid:
        return ""
    return f"00-{here.trace_id:032x}-{here.span_id:016x}-{here.trace_flags:02x}"
