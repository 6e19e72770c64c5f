"""Limits that all debaters keep together: requests a minute, and a provider in trouble that is left alone."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from nats.aio.client import Client as Nats

from zamaz import connection, provision, subjects
from zamaz.events.debater import ArgumentPresented, CallStarted, TurnFailed
from zamaz.events.flow import Seat
from zamaz.log import Log

from conftest import Server
from servers.asgi import serving
from servers.counting import BLOCK, Till, Wish
from servers.debaters import PROVIDERS, Debaters, all_said, debate, provisioned, said, turn, until

pytestmark = pytest.mark.live
ELSEWHERE = Seat(participant="other", provider="script", model="agree")
DURABLE = subjects.provider_durable("custom")


@dataclass
class Trouble(Till):
    """A till that is out of order while `status` says so."""

    delay: float = 0.05
    status: int = 200

    def wish(self, call: str, asked: dict[str, Any]) -> Wish:
        return Wish(self.status, BLOCK, self.delay)


@pytest.fixture
def till() -> Trouble:
    return Trouble()


@pytest.fixture
def debaters(server: Server, tmp_path: Path, till: Trouble) -> Iterator[Debaters]:
    with serving(till.app) as address:
        made = Debaters(server.url, tmp_path / "definitions", {"ZAMAZ_CUSTOM_URL": f"{address}/v1"})
        yield made
        made.stop()


@pytest.fixture
async def log(server: Server) -> AsyncIterator[Log]:
    nc = await connection.connect(server.url, "test", timeout=30)
    made = await provisioned(nc)
    await debate(made, "d1")
    yield made
    await asyncio.wait_for(nc.close(), 30)


async def paused_for(nc: Nats) -> float:
    """Seconds for which the provider's consumer is still paused."""
    config = (await provision.configuration(nc, subjects.EVENTS, DURABLE)).get("pause_until", "")
    if not config:
        return 0.0
    return (datetime.fromisoformat(config.replace("Z", "+00:00")) - datetime.now(UTC)).total_seconds()


async def test_two_debaters_together_keep_the_requests_of_a_minute(log: Log, debaters: Debaters, till: Trouble) -> None:
    debaters.more = ", requests_per_minute: 30"
    debaters.start()
    debaters.start()
    await debaters.listening(2)
    for n in range(9):
        await log.append("d1", turn(f"t{n}"))
    await all_said(log, "d1", ArgumentPresented, 9, 60)
    assert not [heard for heard in await said(log, "d1") if isinstance(heard.fact, TurnFailed)]
    times = sorted(sale.at for sale in till.sales)
    # Five are in the bucket, and one more flows in each 2.4 s.
    assert (times[8] - times[0]).total_seconds() > 4 * 2.4 - 0.5
    assert (times[4] - times[0]).total_seconds() < 2.4
    assert till.turns() == {f"t{n}": 1 for n in range(9)}


async def test_a_turn_that_would_wait_beyond_its_deadline_is_not_called_and_does_not_fail(
    log: Log, debaters: Debaters, till: Trouble
) -> None:
    debaters.more = ", requests_per_minute: 1"
    debaters.start()
    await debaters.listening(1)
    await log.append("d1", turn("t0"))
    await all_said(log, "d1", ArgumentPresented, 1, 60)
    await log.append("d1", turn("t1", seconds=3))
    await asyncio.sleep(5)
    assert [type(heard.fact) for heard in await said(log, "d1")] == [CallStarted, ArgumentPresented]
    assert till.turns() == {"t0": 1}


async def test_a_provider_in_trouble_is_left_alone_also_over_a_restart_and_comes_back_by_one_call(
    log: Log, debaters: Debaters, till: Trouble
) -> None:
    debaters.more = ", circuit: {failures: 3, pause: 9, longest: 20}"
    till.status = 503
    first = debaters.start()
    await debaters.listening(1)
    for n in range(3):
        await log.append("d1", turn(f"t{n}"))
    failed = await all_said(log, "d1", TurnFailed, 3, 60)
    assert {fact.kind for fact in failed} == {"provider_error"}
    async with asyncio.timeout(60):
        while not (left := await paused_for(log.nc)) > 0:
            await asyncio.sleep(0.05)
    assert left <= 9
    # Who has a reserve elsewhere is let go, at once and also when it is asked later; the others wait, and of one that
    # cannot wait so long it is said why it was not asked.
    await debate(log, "d2", reserves=(ELSEWHERE,))
    await log.append("d1", turn("t7"))
    await log.append("d1", turn("t8", seconds=3))
    await log.append("d2", turn("r1"))
    (shut_out,) = await all_said(log, "d2", TurnFailed, 1, 5)
    assert (shut_out.turn, shut_out.kind, shut_out.call, shut_out.retryable) == ("r1", "circuit_open", "", True)
    assert 0 < shut_out.retry_after_s <= 9
    assert not [heard for heard in await said(log, "d1") if getattr(heard.fact, "turn", "") == "t7"]
    in_vain = (await all_said(log, "d1", TurnFailed, 4, 5))[-1]
    assert (in_vain.turn, in_vain.kind, in_vain.call) == ("t8", "circuit_open", "")
    assert "the circuit of custom is open until" in in_vain.why
    first.kill()
    till.status, till.delay = 200, 1.0
    await provision.provision(log.nc, PROVIDERS)
    assert await paused_for(log.nc) > 0
    debaters.start()
    debaters.start()
    for n in range(3, 7):
        await log.append("d1", turn(f"t{n}"))
    await asyncio.sleep(1)
    assert len(till.sales) == 3
    await until(lambda: len(till.sales) > 3, 60)
    assert await paused_for(log.nc) <= 0.1
    await asyncio.sleep(0.6)
    assert till.in_the_air == 1
    await all_said(log, "d1", ArgumentPresented, 5, 60)
    assert till.turns() == {f"t{n}": 1 for n in range(8)}
