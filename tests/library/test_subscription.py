"""A durable subscription that is left: what it holds is given back, and nobody is kept in it."""

from __future__ import annotations

import asyncio
import contextlib
from types import SimpleNamespace
from typing import Any, cast

import pytest

from zamaz import Client, subjects
from zamaz.events import encode
from zamaz.events.client import DebateRequested

WANTED = subjects.each("client", "DebateRequested", keyed=False)


class FakeMessage:
    """A delivered fact, and what it was answered."""

    def __init__(self, debate: str) -> None:
        self.subject = f"evt.client.{debate}.DebateRequested"
        self.data = encode(DebateRequested(question="q"))
        self.answers: list[str] = []

    @property
    def is_acked(self) -> bool:
        return bool(self.answers)

    async def ack(self) -> None:
        self.answers.append("ack")

    async def nak(self) -> None:
        self.answers.append("nak")


class FakeFeed:
    """A server's end of a subscription. `waits`: nothing is there, and who is cancelled while it waits for something
    gets a message all the same, as a wait of Python 3.11 has it that ends at that moment."""

    def __init__(self, *messages: FakeMessage, waits: bool = False) -> None:
        self.messages, self.waits, self.left = list(messages), waits, False
        self.asked = asyncio.Event()

    @property
    def pending_msgs(self) -> int:
        return 0 if self.waits else len(self.messages)

    async def consumer_info(self) -> Any:
        return SimpleNamespace(config=SimpleNamespace(filter_subject=WANTED, filter_subjects=None))

    async def fetch(self, batch: int, timeout: float) -> list[FakeMessage]:
        self.asked.set()
        if self.waits:
            with contextlib.suppress(asyncio.CancelledError):
                await asyncio.sleep(60)
        return [self.messages.pop(0)]

    async def unsubscribe(self) -> None:
        self.left = True


def client(feed: FakeFeed) -> Client:
    async def pull_subscribe(*_: Any, **__: Any) -> FakeFeed:
        return feed

    js = SimpleNamespace(pull_subscribe=pull_subscribe)
    nc = SimpleNamespace(is_closed=False, jetstream=lambda: js, new_inbox=lambda: "_INBOX.a.b")
    return Client(cast(Any, nc))


async def test_what_was_not_acked_and_what_came_in_besides_is_given_back() -> None:
    done, held, besides = FakeMessage("d1"), FakeMessage("d2"), FakeMessage("d3")
    feed = FakeFeed(done, held, besides)
    async with contextlib.aclosing(client(feed).subscribe("DebateRequested", durable="app")) as facts:
        await (await anext(facts)).ack()
        await anext(facts)
    assert (done.answers, held.answers, besides.answers, feed.left) == (["ack"], ["nak"], ["nak"], True)


async def test_who_is_cancelled_at_the_moment_at_which_a_fact_comes_in_stops_and_gives_it_back() -> None:
    message = FakeMessage("d1")
    feed = FakeFeed(message, waits=True)

    async def hear() -> None:
        async with contextlib.aclosing(client(feed).subscribe("DebateRequested", durable="app")) as facts:
            async for _ in facts:
                await asyncio.sleep(60)

    hearing = asyncio.create_task(hear())
    await feed.asked.wait()
    hearing.cancel()
    with pytest.raises(asyncio.CancelledError):
        await asyncio.wait_for(hearing, 5)
    assert (message.answers, feed.left) == (["nak"], True)
