"""JetStream's raw answers: direct gets of many messages, and acks of appends, without a consumer."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from typing import Any, NamedTuple

import msgspec
from nats.aio.client import Client as Nats
from nats.aio.msg import Msg
from nats.errors import Error as NatsError
from nats.errors import MaxPayloadError, NoRespondersError

from zamaz.errors import LogError, LogRefused, LogUnavailable, words

Headers = dict[str, str]
NOTHING_NEW, END, TOO_MANY = "404", "204", "413"
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


def header(message: Msg, key: str) -> str:
    """A header's value, or ""."""
    found: str = (message.headers or {}).get(key, "")
    return found


async def publish(nc: Nats, subject: str, body: bytes, headers: Headers, timeout: float) -> Ack | None:
    """Publish to a stream. None: no answer came, so it is not known whether it stands.

    Raises LogRefused for a body that the connection cannot carry.
    """
    try:
        reply = await nc.request(subject, body, timeout=timeout, headers=headers)
    except MaxPayloadError as error:
        raise LogRefused(TOO_LARGE, f"{len(body)} bytes are more than the server takes") from error
    except NoRespondersError:
        await asyncio.sleep(min(timeout, 0.05))
        return None
    except (NatsError, TimeoutError):
        return None
    return _ACK.decode(reply.data)


class DirectGets:
    """Answers of direct gets, told apart on one inbox subscription of the connection."""

    def __init__(self, nc: Nats) -> None:
        self._nc = nc
        self._prefix = nc.new_inbox()
        self._open: dict[str, tuple[list[Msg], asyncio.Future[Page]]] = {}
        self._count = 0
        self._subscribed: asyncio.Task[Any] | None = None

    async def _subscribe(self) -> None:
        if self._subscribed is None or (self._subscribed.done() and self._subscribed.exception()):
            self._subscribed = asyncio.ensure_future(self._nc.subscribe(f"{self._prefix}.*", cb=self._got))
        # Shared by all who ask: one that is cancelled must not take it from the others.
        await asyncio.shield(self._subscribed)

    async def _got(self, message: Msg) -> None:
        waiting = self._open.get(message.subject)
        if waiting is None or waiting[1].done():
            return
        status = header(message, "Status")
        if not status:
            waiting[0].append(message)
            return
        upto = int(header(message, "Nats-UpTo-Sequence") or 0)
        pending = int(header(message, "Nats-Num-Pending") or 0)
        waiting[1].set_result(Page(waiting[0], upto, status, pending))

    async def many(self, stream: str, query: dict[str, Any], timeout: float) -> Page:
        """One direct get whose answer is many messages. Raises LogUnavailable and LogError."""
        await self._subscribe()
        self._count += 1
        reply = f"{self._prefix}.{self._count}"
        done: asyncio.Future[Page] = asyncio.get_running_loop().create_future()
        self._open[reply] = ([], done)
        try:
            await self._nc.publish(f"$JS.API.DIRECT.GET.{stream}", msgspec.json.encode(query), reply=reply)
            page = await asyncio.wait_for(done, timeout)
        except (NatsError, TimeoutError) as error:
            raise LogUnavailable(f"{stream} does not answer: {words(error)}") from error
        finally:
            del self._open[reply]
        if page.status == "503":
            raise LogUnavailable(f"{stream}: no responders; is the server provisioned? (zamaz init)")
        if page.status not in (NOTHING_NEW, END, TOO_MANY):
            raise LogError(f"{stream}: direct get ended with status {page.status}")
        return page

    async def one(self, stream: str, subject: str, timeout: float) -> Msg | None:
        """The message that stands on `subject`, or None. Raises LogUnavailable."""
        try:
            reply = await self._nc.request(f"$JS.API.DIRECT.GET.{stream}.{subject}", b"", timeout=timeout)
        except (NatsError, TimeoutError) as error:
            raise LogUnavailable(f"{stream} does not answer: {words(error)}") from error
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
        upto = await self._newest(stream, timeout)
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

    async def _newest(self, stream: str, timeout: float) -> int:
        try:
            reply = await self._nc.request(f"$JS.API.DIRECT.GET.{stream}", b'{"last_by_subj":">"}', timeout=timeout)
        except (NatsError, TimeoutError) as error:
            raise LogUnavailable(f"{stream} does not answer: {words(error)}") from error
        return sequence(reply)

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


def sequence(message: Msg) -> int:
    """The stream sequence of a message that a direct get returned."""
    return int(header(message, "Nats-Sequence") or 0)
