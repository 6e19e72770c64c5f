"""A call that began when its debate had ended, by a debater that was killed: it gets its end and its price."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from zamaz import connection, subjects
from zamaz.events import Recorded
from zamaz.events.cost import CallPriced, DebateBilled
from zamaz.events.debater import CallDiscarded, CallStarted
from zamaz.events.workflow import DebateCancelled
from zamaz.log import Log

from conftest import Server
from live.processes import staff
from servers.debaters import Debaters, all_said, debate, provisioned, turn

pytestmark = pytest.mark.live
KILLED = "killed-1-cafe"


@pytest.fixture
async def log(server: Server) -> AsyncIterator[Log]:
    """A debate that was cancelled and billed; then a debater announced a call in it, and was killed."""
    nc = await connection.connect(server.url, "test", timeout=30)
    made = await provisioned(nc)
    await debate(made, "d1")
    asked = turn("t0", provider="script", model="agree")
    await made.append("d1", asked)
    await made.append("d1", DebateCancelled())
    yield made
    await asyncio.wait_for(nc.close(), 30)


async def announced(log: Log) -> None:
    call = CallStarted(call="t0-1", turn="t0", by=KILLED, provider="script", model="agree", prompt_digest="x")
    await log.append("d1", call)


async def prices(log: Log, count: int) -> list[Recorded]:
    async with asyncio.timeout(60):
        while True:
            facts = (await log.load("d1", filters=(subjects.voice_of("cost", "d1"),))).facts
            if len(facts) >= count:
                return facts
            await asyncio.sleep(0.1)


async def test_it_is_discarded_by_whoever_finds_it_and_priced(server: Server, log: Log, tmp_path: Path) -> None:
    with staff(tmp_path, server.url) as services:
        services.hire("cost")
        (bill,) = await prices(log, 1)
        assert isinstance(bill.fact, DebateBilled)
        await announced(log)
        debaters = Debaters(server.url, tmp_path / "definitions")
        try:
            debaters.start()
            await debaters.listening()
            (gone,) = await all_said(log, "d1", CallDiscarded, 1, 60)
            assert (gone.call, gone.usage) == ("t0-1", None)
            _, price = await prices(log, 2)
            assert isinstance(price.fact, CallPriced)
            assert price.fact.call == "t0-1"
        finally:
            debaters.stop()


async def test_it_is_left_to_a_debater_that_lives(server: Server, log: Log, tmp_path: Path) -> None:
    """It may still answer: another one only looks, again and again."""
    debaters = Debaters(server.url, tmp_path / "definitions")
    nc = log.nc
    alive = True

    async def lives() -> None:
        while alive:
            await nc.jetstream().publish(f"$KV.{subjects.ALIVE_BUCKET}.{KILLED}", b"{}")
            await asyncio.sleep(0.5)

    living = asyncio.create_task(lives())
    try:
        await announced(log)
        debaters.start()
        await debaters.listening()
        await asyncio.sleep(8)
        assert await all_said(log, "d1", CallDiscarded, 0, 1) == []
        alive = False
        await all_said(log, "d1", CallDiscarded, 1, 60)
    finally:
        living.cancel()
        debaters.stop()
