"""Reading the whole log in order, fast: one ephemeral consumer, raw pulls of a thousand, no acks."""

from __future__ import annotations

import asyncio
import contextlib
import uuid
from collections.abc import AsyncGenerator
from datetime import UTC, datetime
from functools import lru_cache
from typing import Any, NamedTuple

import msgspec
from nats.aio.client import Client as Nats
from nats.aio.msg import Msg
from nats.errors import Error as NatsError

from zamaz import subjects
from zamaz.errors import InvalidNameError, LogError, LogUnavailable, words
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


class _Place(NamedTuple):
    """Where a delivered message stands: stream and consumer sequence, nanoseconds since 1970, how many follow."""

    seq: int
    nth: int
    nanoseconds: int
    pending: int


class _Came(NamedTuple):
    """A message, and where it stands."""

    message: Msg
    place: _Place


class _Box:
    """What has come, in the order in which it came."""

    def __init__(self) -> None:
        self.messages: list[Msg] = []
        self._wanted = 0
        self._enough = asyncio.Event()

    async def put(self, message: Msg) -> None:
        """One more."""
        self.messages.append(message)
        if len(self.messages) >= self._wanted or not message.reply:
            self._enough.set()

    async def take(self, most: int) -> list[Msg]:
        """Up to `most` messages, fewer where the server's own word ended them: that is the last one then.

        Raises _Broken when nothing came for a while.
        """
        self._wanted = most
        while len(self.messages) < most and not (self.messages and not self.messages[-1].reply):
            have = len(self.messages)
            self._enough.clear()
            try:
                await asyncio.wait_for(self._enough.wait(), SILENCE_S)
            except TimeoutError as error:
                if len(self.messages) == have:
                    raise _Broken("the log fell silent during a replay") from error
        taken, self.messages = self.messages[:most], self.messages[most:]
        return taken


def _place(message: Msg) -> _Place:
    return _Place(*map(int, message.reply.rsplit(".", 4)[1:]))


@lru_cache(maxsize=1024)
def _second(whole: int) -> str:
    """A second since 1970, as the server writes it. Facts come in its order, so few are needed at a time."""
    return datetime.fromtimestamp(whole, UTC).isoformat()[:19]


def replayed(message: Msg, place: _Place) -> Recorded | None:
    """A delivered message as a fact; None when its subject is no fact's name. Its place is where it stands now, also
    of one that was archived and put back: a reader's position only rises."""
    try:
        named = subjects.parse(message.subject)
    except InvalidNameError:
        return None
    whole, rest = divmod(place.nanoseconds, 10**9)
    fact = decode(message.subject, message.data)
    stamp = f"{_second(whole)}.{rest:09d}Z"
    stored = header(message, TIME) or stamp
    return Recorded(place.seq, named.debate, named.voice, fact, stored, header(message, "ce-id"))


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
                    since, tries = batch[-1].place.seq + 1, 0
                    yield [fact for came in batch if (fact := replayed(*came))]
            return
        except _Broken:
            tries += 1
            if tries == TRIES:
                raise
            await asyncio.sleep(0.2 * tries)


async def _pass(nc: Nats, since: int, filters: tuple[str, ...]) -> AsyncGenerator[list[_Came], None]:
    """One consumer's messages in batches. Raises _Broken at the first gap."""
    made = await _consumer(nc, since, filters)
    box = _Box()
    inbox = nc.new_inbox()
    listening = await nc.subscribe(inbox, cb=box.put)
    ask_on = f"$JS.API.CONSUMER.MSG.NEXT.{subjects.EVENTS}.{made.name}"
    left, nth = made.num_pending, 0
    try:
        while left:
            await nc.publish(ask_on, b'{"batch":%d,"no_wait":true}' % BATCH, reply=inbox)
            batch, ended = await _batch(box, min(BATCH, left), nth)
            if batch:
                nth, left = nth + len(batch), batch[-1].place.pending
                yield batch
            if ended:
                return
    finally:
        if not nc.is_closed:
            await listening.unsubscribe()
            await nc.publish(f"$JS.API.CONSUMER.DELETE.{subjects.EVENTS}.{made.name}", b"")


async def _batch(box: _Box, most: int, nth: int) -> tuple[list[_Came], bool]:
    """Up to `most` messages that follow on the `nth`, and whether nothing is left behind them."""
    batch: list[_Came] = []
    for message in await box.take(most):
        if not message.reply:  # the server's own word, not a fact
            status = header(message, "Status")
            if status == NOTHING_LEFT or batch:
                return batch, status == NOTHING_LEFT
            raise _Broken(f"a replay was ended with status {status}")
        place = _place(message)
        if place.nth != nth + len(batch) + 1:
            raise _Broken("messages were lost during a replay")
        batch.append(_Came(message, place))
    return batch, False


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
