"""What counts as a dead letter, on a real server: a delivery that was given up, and nothing else."""

from __future__ import annotations

import asyncio

import pytest
from nats.aio.client import Client as Nats

from zamaz import subjects
from zamaz.service.delivery import Delivery, Terminate
from zamaz.service.pull import Pull

pytestmark = pytest.mark.live


async def letters(nc: Nats) -> int:
    return (await nc.jetstream().stream_info(subjects.DEAD_LETTERS)).state.messages


async def test_a_timer_that_fires_again_while_it_is_heard_is_no_dead_letter(nc: Nats):
    """Two replicas may arm the same moment; the second firing takes the first one's place in the stream."""
    heard: list[int] = []
    go_on = asyncio.Event()

    async def hear(delivery: Delivery) -> None:
        heard.append(delivery.seq)
        await go_on.wait()

    loop = Pull(nc, subjects.timers_stream("workflow"), subjects.timer_durable("workflow"), hear, hands=4, ack_wait=1)
    await loop.start()
    fired = subjects.wake_fired("workflow", "d1", 1)
    for count in (1, 2):
        await nc.jetstream().publish(fired, b"")
        async with asyncio.timeout(60):
            while len(heard) < count:
                await asyncio.sleep(0.02)
    go_on.set()
    await loop.stop(5)
    await asyncio.sleep(0.5)
    assert await letters(nc) == 0


async def test_a_request_that_nobody_can_deal_with_is_one(nc: Nats):
    async def hear(_: Delivery) -> None:
        raise Terminate("no use")

    loop = Pull(nc, subjects.EVENTS, subjects.durable("workflow"), hear, hands=4, ack_wait=1)
    await loop.start()
    await nc.jetstream().publish(subjects.name("client", "d1", "DebateRequested"), b"{}")
    async with asyncio.timeout(60):
        while await letters(nc) < 1:
            await asyncio.sleep(0.02)
    await loop.stop(5)
