"""The floors: what the same machine does, in the same run, without any of our thought."""

from __future__ import annotations

import asyncio
import contextlib
import json
import time
from collections.abc import AsyncIterator, Callable
from pathlib import Path
from typing import Any

from nats.aio.client import Client as Nats
from nats.aio.msg import Msg

from zamaz import connection, provision
from zamaz.events import Fact, Recorded
from zamaz.log import Log

from bench.machine import Meter
from conftest import Server

BATCH = 1000
STAMP = -2
"""Where a delivery's reply subject holds the time of storing, in nanoseconds since 1970."""


@contextlib.asynccontextmanager
async def server(folder: Path, sync: str) -> AsyncIterator[tuple[Server, Nats]]:
    """A provisioned server beside the house's, with nobody on it."""
    async with contextlib.AsyncExitStack() as ending:
        made = Server(folder, sync=sync)
        made.folder.mkdir(parents=True)
        ending.callback(made.stop)
        made.start()
        nc = await connection.connect(made.url, "floor", timeout=30)
        ending.push_async_callback(nc.close)
        await provision.provision(nc, {})
        yield made, nc


async def appended(server: Server, nc: Nats, heard: list[Recorded], at_once: int, mark: str) -> tuple[float, float]:
    """The debates' facts appended bare by this process, `at_once` debates at a time; seconds and CPU seconds.

    `mark` keeps the names of one run apart from another's.
    """
    assert server.process is not None
    log, gate = Log(nc, "floor"), asyncio.Semaphore(at_once)
    stories: dict[str, list[Fact]] = {}
    for one in heard:
        assert isinstance(one.fact, Fact)
        stories.setdefault(one.debate, []).append(one.fact)

    async def say(debate: str, facts: list[Fact]) -> None:
        async with gate:
            for fact in facts:
                await log.append(f"{mark}-{debate}", fact)

    meter = Meter({"nats-server": server.process.pid})
    cpu, began = time.process_time(), time.perf_counter()
    await asyncio.gather(*(say(debate, facts) for debate, facts in stories.items()))
    return time.perf_counter() - began, time.process_time() - cpu + sum(meter.spent().values())


def nanoseconds(message: Msg) -> int:
    """When a delivered message was stored, in nanoseconds since 1970."""
    return int(message.reply.split(".")[STAMP])


async def api(nc: Nats, call: str, stream: str, config: dict[str, Any]) -> dict[str, Any]:
    """A consumer made with the server's own words; its answer."""
    body = json.dumps({"stream_name": stream, "config": config}).encode()
    answer: dict[str, Any] = json.loads((await nc.request(f"$JS.API.{call}", body, timeout=5)).data)
    assert "error" not in answer, answer
    return answer


async def pulled(nc: Nats, stream: str, each: Callable[[Msg], None]) -> int:
    """Every message of a stream in order, pulled raw and handed over as it came; how many there were."""
    made = await api(nc, f"CONSUMER.CREATE.{stream}", stream, {"ack_policy": "none", "mem_storage": True})
    ask_on, inbox = f"$JS.API.CONSUMER.MSG.NEXT.{stream}.{made['name']}", nc.new_inbox()
    count, asked, done = int(made["num_pending"]), 0, asyncio.Event()
    left = count

    async def ask() -> None:
        nonlocal asked
        asked += BATCH
        await nc.publish(ask_on, b'{"batch":%d,"no_wait":true}' % BATCH, reply=inbox)

    async def got(message: Msg) -> None:
        nonlocal left, asked
        if message.headers and "Status" in message.headers:
            return
        each(message)
        left, asked = left - 1, asked - 1
        if left == 0:
            done.set()
        elif asked == BATCH // 2:
            await ask()

    listening = await nc.subscribe(inbox, cb=got)
    if count:
        await ask()
        await asyncio.wait_for(done.wait(), 60)
    await listening.unsubscribe()
    return count
