"""Reading the whole log in order, fast: one ephemeral consumer, raw pulls of a thousand, no acks."""

from __future__ import annotations

import asyncio
import contextlib
import uuid
from collections.abc import AsyncGenerator
from datetime import UTC, datetime
from functools import lru_cache
from typing import Any

import msgspec
from nats.aio.client import Client as Nats
from nats.aio.msg import Msg
from nats.errors import Error as NatsError

from zamaz import subjects
from zamaz.errors import LogError, LogUnavailable, words
from zamaz.events import Recorded, decode
from zamaz.headers import TIME
from zamaz.inbox import header

BATCH = 1000
SILENCE_S = 5.0
TRIES = 5
NOTHING_LEFT = "404"


class _Made(msgspec.Struct):
    name: str = ""
    num_pending: int = 0
    error: dict[str, Any] | None = None


class _Broken(LogUnavailable):
    """Messages were lost on the way; what came before them is good."""


class _Box:
    """What has come, in the order in which it came; and the server's own word, where it had one."""

    def __init__(self) -> None:
        self.messages: list[Msg] = []
        self.word = ""
        self._wanted = 0
        self._enough = asyncio.Event()

    async def put(self, message: Msg) -> None:
        """One more."""
        if message.reply:
            self.messages.append(message)
        else:
            self.word = header(message, "Status")
        if self.word or len(self.messages) >= self._wanted:
            self._enough.set()

    async def take(self, most: int) -> tuple[list[Msg], str]:
        """Up to `most` messages, fewer where the server's own word ended them; and that word.

        Raises _Broken when nothing came for a while.
        """
        self._wanted = most
        while len(self.messages) < most and not self.word:
            have = len(self.messages)
            self._enough.clear()
            try:
                await asyncio.wait_for(self._enough.wait(), SILENCE_S)
            except TimeoutError as error:
                if len(self.messages) == have:
                    raise _Broken("the log fell silent during a replay") from error
        taken, self.messages = self.messages[:most], self.messages[most:]
        if self.messages:
            return taken, ""
        word, self.word = self.word, ""
        return taken, word


def _seq(message: Msg) -> int:
    """Where a delivered message stands, off `$JS.ACK.….<seq>.<nth>.<nanoseconds>.<pending>`."""
    return int(message.reply.rsplit(".", 4)[1])


@lru_cache(maxsize=1024)
def _second(whole: int) -> str:
    """A second since 1970, as the server writes it. Facts come in its order, so few are needed at a time."""
    return datetime.fromtimestamp(whole, UTC).isoformat()[:19]


def _replayed(message: Msg) -> Recorded | None:
    """A delivered message as a fact; None when its subject is no fact's name. Its place is where it stands now, also
    of one that was archived and put back: a reader's position only rises."""
    subject = message.subject
    if not subjects.is_name(subject):
        return None
    _, voice, debate, _ = subject.split(".", 3)
    _, seq, _, nanoseconds, _ = message.reply.rsplit(".", 4)
    heads = message.headers or {}
    stored = heads.get(TIME) or f"{_second(int(nanoseconds[:-9]))}.{nanoseconds[-9:]}Z"
    return Recorded(int(seq), debate, voice, decode(subject, message.data), stored, heads.get("ce-id", ""))


async def replay(
    nc: Nats, since: int = 1, filters: tuple[str, ...] = (subjects.EVENTS_SUBJECTS,)
) -> AsyncGenerator[list[Recorded], None]:
    """The facts from sequence `since` up to the log's end, in batches, in order, none left out.

    What is lost on the way (the server was killed, the connection broke) is read again from where it broke.
    Raises LogUnavailable when that does not help.
    """
    tries = 0
    while True:
        try:
            async with contextlib.aclosing(_pass(nc, since, filters)) as batches:
                async for batch in batches:
                    since, tries = _seq(batch[-1]) + 1, 0
                    yield [fact for came in batch if (fact := _replayed(came))]
            return
        except _Broken:
            tries += 1
            if tries == TRIES:
                raise
            await asyncio.sleep(0.2 * tries)


async def _pass(nc: Nats, since: int, filters: tuple[str, ...]) -> AsyncGenerator[list[Msg], None]:
    """One consumer's messages in batches. While one is worked on, the next is on its way. Raises _Broken at a gap."""
    made = await _consumer(nc, since, filters)
    box = _Box()
    inbox = nc.new_inbox()
    listening = await nc.subscribe(inbox, cb=box.put)
    ask_on = f"$JS.API.CONSUMER.MSG.NEXT.{subjects.EVENTS}.{made.name}"
    left, nth, asked = made.num_pending, 0, 0
    try:
        while left:
            while (more := min(BATCH, left - asked)) > 0 and asked <= BATCH:
                await nc.publish(ask_on, b'{"batch":%d,"no_wait":true}' % more, reply=inbox)
                asked += more
            batch, word = await box.take(min(BATCH, asked))
            if batch:
                nth, left = _counted(batch, nth)
                yield batch
            elif word != NOTHING_LEFT:
                raise _Broken(f"a replay was ended with status {word}")
            if word == NOTHING_LEFT:
                return
            asked = 0 if word else asked - len(batch)
    finally:
        if not nc.is_closed:
            await listening.unsubscribe()
            await nc.publish(f"$JS.API.CONSUMER.DELETE.{subjects.EVENTS}.{made.name}", b"")


def _counted(batch: list[Msg], nth: int) -> tuple[int, int]:
    """The consumer's count of the last of a batch that follows on the `nth`, and how many are left behind it.

    Raises _Broken where one is missing.
    """
    _, _, last, _, left = batch[-1].reply.rsplit(".", 4)
    if int(last) != nth + len(batch):
        raise _Broken("messages were lost during a replay")
    return int(last), int(left)


async def _consumer(nc: Nats, since: int, filters: tuple[str, ...]) -> _Made:
    name = f"replay-{uuid.uuid4().hex}"
    config = {
        "name": name,
        "deliver_policy": "by_start_sequence",
        "opt_start_seq": max(since, 1),
        "ack_policy": "none",
        "filter_subjects": list(filters),
        "inactive_threshold": 30 * 10**9,
        "mem_storage": True,
        "num_replicas": 1,
    }
    body = msgspec.json.encode({"stream_name": subjects.EVENTS, "config": config})
    try:
        reply = await nc.request(f"$JS.API.CONSUMER.CREATE.{subjects.EVENTS}.{name}", body, timeout=5)
    except (NatsError, TimeoutError) as error:
        raise _Broken(f"the log does not answer: {words(error)}") from error
    made = msgspec.json.decode(reply.data, type=_Made)
    if made.error:
        raise LogError(f"replay: {made.error.get('description')}")
    return made
