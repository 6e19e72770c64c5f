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
from nats.aio.msg import Msg
from nats.js.client import JetStreamContext

from zamaz import connection, subjects
from zamaz.errors import (
    AlreadyOver,
    AlreadyRequested,
    Conflict,
    ZamazError,
)
from zamaz.events import ENDINGS, LEFT, Recorded
from zamaz.events.client import (
    DebateForked,
    DebateImported,
    DebateRequested,
)
from zamaz.events.workflow import DebateCompleted
from zamaz.forks import inherited
from zamaz.heard import Heard, filter_of, raise_ending
from zamaz.live import Piece, piece
from zamaz.log import Log
from zamaz.steering import Steering


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


class Client(Steering):
    """A connection to the debates. Use `connect`, or hand in an open nats-py client."""

    def __init__(self, nc: Nats, name: str = "client") -> None:
        super().__init__(Log(nc, name, trace=traceparent))
        self.nc = nc

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
        `durable`. Several processes with one durable share the work. Who leaves without an ack gives the fact back.

        `kind` is a type of the published language (`DebateCompleted`).
        """
        wanted, js = filter_of(kind), self.nc.jetstream()
        feed = await js.pull_subscribe(
            wanted, durable=subjects.token(durable), stream=subjects.EVENTS, inbox_prefix=self._inbox()
        )
        stands = (await feed.consumer_info()).config
        if (stands.filter_subject or (stands.filter_subjects or [""])[0]) != wanted:
            raise ZamazError(f"the durable {durable!r} hears something else already: take another name")
        held: Msg | None = None
        try:
            while True:
                cancels = _cancels()
                try:
                    messages = await feed.fetch(batch=1, timeout=2)
                except (nats.errors.TimeoutError, TimeoutError):
                    continue
                except (nats.js.errors.ServiceUnavailableError, nats.errors.ConnectionClosedError):
                    if self.nc.is_closed:
                        return
                    await asyncio.sleep(0.2)
                    continue
                for held in messages:
                    if _cancels() > cancels:  # a wait that ends with a message swallows that it was cancelled
                        raise asyncio.CancelledError
                    yield Heard(held)
        finally:
            if not self.nc.is_closed:
                await _give_back(feed, held)
                # Else the question that is still open takes a message with it.
                await feed.unsubscribe()

    def _inbox(self) -> bytes:
        return self.nc.new_inbox().rsplit(".", 1)[0].encode() + b"."


def _cancels() -> int:
    """How often this task was told to stop."""
    task = asyncio.current_task()
    return task.cancelling() if task else 0


async def _give_back(feed: JetStreamContext.PullSubscription, held: Msg | None) -> None:
    """Let others have at once what was not acked, or came in and was not looked at: else it stands idle for half a
    minute."""
    if held and not held.is_acked:
        await held.nak()
    while feed.pending_msgs:
        try:
            for message in await feed.fetch(batch=1, timeout=0.1):
                await message.nak()
        except (nats.errors.Error, TimeoutError):
            return


def traceparent() -> str:
    """The W3C traceparent of the application's current span, so that its debate is found in its own trace; "" where
    it does not use OpenTelemetry, which nothing here needs."""
    api = sys.modules.get("opentelemetry.trace")
    here = api.get_current_span().get_span_context() if api else None
    if here is None or not here.is_valid:
        return ""
    return f"00-{here.trace_id:032x}-{here.span_id:016x}-{here.trace_flags:02x}"
