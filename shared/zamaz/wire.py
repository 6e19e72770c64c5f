"""JetStream's raw answers: direct gets of many messages, and acks of appends, without a consumer."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from typing import Any, NamedTuple

import msgspec
from nats.aio.msg import Msg
from nats.errors import Error as NatsError
from nats.errors import MaxPayloadError

from zamaz.connection import refuses
from zamaz.errors import LogError, LogForbidden, LogRefused, LogUnavailable, words
from zamaz.inbox import Headers, Inbox, header

NOTHING_NEW, END, TOO_MANY, NO_RESPONDERS = "404", "204", "413", "503"
TOO_LARGE = 10054


class Problem(msgspec.Struct, frozen=True):
    """JetStream's error object."""

    code: int = 0
    err_code: int = 0
    description: str = ""


class Ack(msgspec.Struct, frozen=True):
    """JetStream's answer to a publish."""

    seq: int = 0
    duplicate: bool = False
    error: Problem | None = None


class Page(NamedTuple):
    """What one direct get returned, the sequence up to which it is complete (0: not said), and how many
    messages the server left out because the answer grew too large."""

    messages: list[Msg]
    upto: int
    status: str
    pending: int = 0


_ACK = msgspec.json.Decoder(Ack)


async def publish(inbox: Inbox, subject: str, body: bytes, headers: Headers, timeout: float) -> Ack | None:
    """Publish to a stream. None: no answer came, so it is not known whether it stands.

    Raises LogRefused for a body that the connection cannot carry, LogForbidden for a subject that its key may not say.
    """
    try:
        reply = await inbox.ask(subject, body, timeout, headers)
    except MaxPayloadError as error:
        raise LogRefused(TOO_LARGE, f"{len(body)} bytes are more than the server takes") from error
    except (NatsError, TimeoutError) as error:
        # The server refuses by silence; its words come beside, to the connection.
        if refuses(inbox.nc, subject):
            raise LogForbidden(f"the server does not allow this key to say {subject}") from error
        return None
    if header(reply, "Status") == NO_RESPONDERS:
        await asyncio.sleep(min(timeout, 0.05))
        return None
    return _ACK.decode(reply.data)


class DirectGets:
    """JetStream's direct gets: what stands in a stream, without a consumer."""

    def __init__(self, inbox: Inbox) -> None:
        self._inbox = inbox

    async def many(self, stream: str, query: dict[str, Any], timeout: float) -> Page:
        """One direct get whose answer is many messages. Raises LogUnavailable and LogError."""
        try:
            *messages, end = await self._inbox.collect(_get(stream), msgspec.json.encode(query), timeout)
        except (NatsError, TimeoutError) as error:
            raise LogUnavailable(f"{stream} does not answer: {words(error)}") from error
        status = header(end, "Status")
        if status == NO_RESPONDERS:
            raise LogUnavailable(f"{stream}: no responders; is the server provisioned? (zamaz init)")
        if status not in (NOTHING_NEW, END, TOO_MANY):
            raise LogError(f"{stream}: direct get ended with status {status}")
        upto, pending = header(end, "Nats-UpTo-Sequence"), header(end, "Nats-Num-Pending")
        return Page(messages, int(upto or 0), status, int(pending or 0))

    async def one(self, stream: str, subject: str, timeout: float) -> Msg | None:
        """The message that stands on `subject`, or None. Raises LogUnavailable."""
        reply = await self._asked(stream, f"{_get(stream)}.{subject}", b"", timeout)
        return None if header(reply, "Status") == NOTHING_NEW else reply

    async def matching(self, stream: str, filters: Sequence[str], since: int, timeout: float) -> Page:
        """All messages under `filters` from sequence `since` on, in the log's order, as of one moment.

        Each subject holds one message, so the newest of each subject are all of them. Above 1,024 subjects
        the server refuses that question, and the filters are walked page by page instead.
        """
        first: dict[str, Any] = {"multi_last": list(filters)}
        if since > 1:
            first["seq"] = since
        page = await self.many(stream, first, timeout)
        if page.status != TOO_MANY:
            return await self._rest(stream, filters, page, timeout)
        upto = await self.newest(stream, timeout)
        walked = [await self._walk(stream, pattern, since, upto, timeout) for pattern in filters]
        return Page(sorted((m for found in walked for m in found), key=sequence), upto, END)

    async def _rest(self, stream: str, filters: Sequence[str], page: Page, timeout: float) -> Page:
        """The pages after one that the server cut."""
        found = list(page.messages)
        while page.pending and page.messages:
            query = {"multi_last": list(filters), "seq": sequence(page.messages[-1]) + 1}
            page = await self.many(stream, query, timeout)
            found += page.messages
        return Page(found, page.upto, page.status)

    async def newest(self, stream: str, timeout: float) -> int:
        """The sequence of the newest message, 0 where there is none. Raises LogUnavailable."""
        return sequence(await self._asked(stream, _get(stream), b'{"last_by_subj":">"}', timeout))

    async def _asked(self, stream: str, subject: str, body: bytes, timeout: float) -> Msg:
        try:
            reply = await self._inbox.ask(subject, body, timeout)
        except (NatsError, TimeoutError) as error:
            raise LogUnavailable(f"{stream} does not answer: {words(error)}") from error
        if header(reply, "Status") == NO_RESPONDERS:
            raise LogUnavailable(f"{stream}: no responders; is the server provisioned? (zamaz init)")
        return reply

    async def _walk(self, stream: str, pattern: str, since: int, upto: int, timeout: float) -> list[Msg]:
        found: list[Msg] = []
        at = max(since, 1)
        while at <= upto:
            page = await self.many(stream, {"batch": 1000, "seq": at, "next_by_subj": pattern}, timeout)
            found += (m for m in page.messages if sequence(m) <= upto)
            if not page.messages:
                break
            at = sequence(page.messages[-1]) + 1
        return found


def _get(stream: str) -> str:
    return f"$JS.API.DIRECT.GET.{stream}"


def sequence(message: Msg) -> int:
    """The stream sequence of a message that a direct get returned."""
    return int(header(message, "Nats-Sequence") or 0)
