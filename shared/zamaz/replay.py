"""Reading the whole log in order, fast: one ephemeral consumer, raw pulls of a thousand, no acks."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from datetime import UTC, datetime
from typing import Any

import msgspec
from nats.aio.client import Client as Nats
from nats.aio.msg import Msg
from nats.errors import Error as NatsError

from zamaz import subjects
from zamaz.errors import InvalidNameError, LogError, LogUnavailable
from zamaz.events import Recorded, decode
from zamaz.wire import header

BATCH = 1000
SILENCE_S = 5.0


class _Made(msgspec.Struct):
    name: str = ""
    num_pending: int = 0
    error: dict[str, Any] | None = None


def replayed(message: Msg) -> Recorded | None:
    """A delivered message as a fact; None when its subject is no fact's name."""
    try:
        named = subjects.parse(message.subject)
    except InvalidNameError:
        return None
    parts = message.reply.split(".")
    seq, nanoseconds = int(parts[-4]), int(parts[-2])
    whole, rest = divmod(nanoseconds, 10**9)
    stamp = f"{datetime.fromtimestamp(whole, UTC):%Y-%m-%dT%H:%M:%S}.{rest:09d}Z"
    fact = decode(message.subject, message.data)
    return Recorded(seq, named.debate, named.voice, fact, stamp, header(message, "ce-id"))


async def replay(
    nc: Nats, since: int = 1, filters: tuple[str, ...] = (subjects.EVENTS_SUBJECTS,)
) -> AsyncIterator[list[Recorded]]:
    """The facts from sequence `since` to what was the end when this began, in batches, in order.

    Raises LogUnavailable when the server falls silent.
    """
    made = await _consumer(nc, since, filters)
    box: asyncio.Queue[Msg] = asyncio.Queue()
    inbox = nc.new_inbox()
    listening = await nc.subscribe(inbox, cb=box.put)
    ask_on = f"$JS.API.CONSUMER.MSG.NEXT.{subjects.EVENTS}.{made.name}"
    try:
        left, asked = made.num_pending, 0
        while left > 0:
            # The next thousand is asked for while half of the last is still on its way.
            while asked < min(left, BATCH + BATCH // 2):
                await nc.publish(ask_on, b'{"batch":%d,"no_wait":true}' % BATCH, reply=inbox)
                asked += BATCH
            batch = await _some(box)
            data = [message for message in batch if not header(message, "Status")]
            left -= len(data)
            asked = max(0, asked - len(data)) if len(data) == len(batch) else 0
            yield [fact for fact in map(replayed, data) if fact]
    finally:
        await listening.unsubscribe()
        await _forget(nc, made.name)


async def _some(box: asyncio.Queue[Msg]) -> list[Msg]:
    """At least one message, and all that are there by now (up to a batch)."""
    try:
        first = await asyncio.wait_for(box.get(), SILENCE_S)
    except TimeoutError as error:
        raise LogUnavailable("the log fell silent during a replay") from error
    found = [first]
    while not box.empty() and len(found) < BATCH:
        found.append(box.get_nowait())
    return found


async def _consumer(nc: Nats, since: int, filters: tuple[str, ...]) -> _Made:
    config = {
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
        reply = await nc.request(f"$JS.API.CONSUMER.CREATE.{subjects.EVENTS}", body, timeout=5)
    except (NatsError, TimeoutError) as error:
        raise LogUnavailable(f"the log does not answer: {error or type(error).__name__}") from error
    made = msgspec.json.decode(reply.data, type=_Made)
    if made.error:
        raise LogError(f"replay: {made.error.get('description')}")
    return made


async def _forget(nc: Nats, consumer: str) -> None:
    if not nc.is_closed:
        await nc.publish(f"$JS.API.CONSUMER.DELETE.{subjects.EVENTS}.{consumer}", b"")
