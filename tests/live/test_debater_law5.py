"""A finished answer is never bought twice: two debaters, one log, a till that counts, and everything is killed."""

from __future__ import annotations

import asyncio
import signal
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest

from zamaz import connection, provision, subjects
from zamaz.events.client import DebateAbortRequested
from zamaz.events.debater import ArgumentPresented, CallDiscarded, CallStarted, TurnFailed
from zamaz.log import Log

from conftest import Server
from servers.asgi import serving
from servers.counting import Till
from servers.debaters import PROVIDERS, Debaters, all_said, calls, debate, provisioned, said, turn, until

pytestmark = [pytest.mark.live, pytest.mark.alone]


@pytest.fixture
def till() -> Till:
    return Till(delay=1.5)


@pytest.fixture
def pair(server: Server, tmp_path: Path, till: Till) -> Iterator[Debaters]:
    with serving(till.app) as address:
        made = Debaters(server.url, tmp_path / "definitions", {"ZAMAZ_CUSTOM_URL": f"{address}/v1"})
        yield made
        made.stop()


@pytest.fixture
async def log(server: Server, pair: Debaters) -> AsyncIterator[Log]:
    """A provisioned log with two debaters on it."""
    nc = await connection.connect(server.url, "test", timeout=30)
    made = await provisioned(nc)
    await debate(made, "d1")
    pair.start()
    pair.start()
    await pair.listening(2)
    yield made
    await asyncio.wait_for(nc.close(), 30)


async def ask(log: Log, count: int) -> set[str]:
    names = {f"t{n}" for n in range(count)}
    for name in names:
        await log.append("d1", turn(name))
    return names


async def answers(log: Log, count: int, patience: float = 60) -> list[ArgumentPresented]:
    found = await all_said(log, "d1", (ArgumentPresented, TurnFailed), count, patience)
    assert not [fact for fact in found if isinstance(fact, TurnFailed)]
    return found


async def test_a_killed_server_buys_nothing_again(server: Server, log: Log, till: Till) -> None:
    names = await ask(log, 12)
    for _ in range(2):
        await until(lambda: till.in_the_air >= 2, 60)
        server.kill()
        await asyncio.sleep(0.5)
        server.start()
        await asyncio.sleep(2)
    found = await answers(log, 12)
    assert {fact.turn for fact in found} == names
    assert till.turns() == dict.fromkeys(names, 1)
    assert set(await calls(log, "d1")) == {f"{name}-1" for name in names}


async def test_a_turn_that_is_delivered_first_once_more_is_not_called_again(log: Log, till: Till) -> None:
    """As after a server that was killed before it had written down that it delivered."""
    till.delay = 0.1
    names = await ask(log, 4)
    await answers(log, 4)
    js = log.nc.jetstream()
    await js.delete_consumer(subjects.EVENTS, subjects.provider_durable("custom"))
    await provision.provision(log.nc, PROVIDERS)
    async with asyncio.timeout(60):
        while (info := await js.consumer_info(subjects.EVENTS, subjects.provider_durable("custom"))).num_pending or (
            info.num_ack_pending
        ):
            await asyncio.sleep(0.1)
    assert info.delivered.consumer_seq >= 4
    assert till.turns() == dict.fromkeys(names, 1)


async def test_the_other_takes_over_from_a_killed_debater(log: Log, pair: Debaters, till: Till) -> None:
    till.delay = 3
    names = await ask(log, 4)
    await until(lambda: till.in_the_air == 4, 60)
    made = await calls(log, "d1")
    victim = made["t0-1"]
    lost = {call.removesuffix("-1") for call, by in made.items() if by == victim}
    pair.of(victim).send_signal(signal.SIGKILL)
    found = await answers(log, 4)
    assert {fact.turn for fact in found} == names
    assert till.turns() == {name: 2 if name in lost else 1 for name in names}
    after = await calls(log, "d1")
    assert {call for call in after if call.endswith("-2")} == {f"{name}-2" for name in lost}
    assert victim not in {by for call, by in after.items() if call.endswith("-2")}


async def test_a_debater_that_was_stopped_for_long_answers_nothing_twice(log: Log, pair: Debaters, till: Till) -> None:
    till.delay = 4
    names = await ask(log, 4)
    await until(lambda: till.in_the_air == 4, 60)
    made = await calls(log, "d1")
    victim = made["t0-1"]
    stopped = {call.removesuffix("-1") for call, by in made.items() if by == victim}
    pair.of(victim).send_signal(signal.SIGSTOP)
    await asyncio.sleep(5.5)
    pair.of(victim).send_signal(signal.SIGCONT)
    found = await answers(log, 4)
    assert {fact.turn for fact in found} == names
    bought = till.turns()
    assert all(bought[name] == 1 for name in names - stopped)
    assert all(bought[name] <= 2 for name in stopped)
    await _every_call_has_an_end(log)


async def _every_call_has_an_end(log: Log) -> None:
    """What was bought and not used is said too, once its call has come back."""
    for _ in range(200):
        facts = [heard.fact for heard in await said(log, "d1")]
        begun = {fact.call for fact in facts if isinstance(fact, CallStarted)}
        ended = {fact.call for fact in facts if isinstance(fact, ArgumentPresented | CallDiscarded)}
        if begun == ended:
            return
        await asyncio.sleep(0.05)
    raise AssertionError(f"without an end: {begun - ended}")


async def test_a_debater_that_is_told_to_stop_ends_its_calls(log: Log, pair: Debaters, till: Till) -> None:
    till.delay = 3
    names = await ask(log, 4)
    await until(lambda: till.in_the_air == 4, 60)
    for process in pair.processes:
        process.terminate()
    found = await answers(log, 4)
    assert {fact.turn for fact in found} == names
    assert till.turns() == dict.fromkeys(names, 1)
    for process in pair.processes:
        process.wait(timeout=15)


async def test_a_takeover_works_after_the_server_was_killed_too(
    server: Server, log: Log, pair: Debaters, till: Till
) -> None:
    """The leases, or at least the place for them, must outlive the server."""
    server.kill()
    server.start()
    till.delay = 3
    await asyncio.sleep(1.5)
    await log.append("d1", turn("t0"))
    await until(lambda: till.in_the_air == 1, 60)
    made = await calls(log, "d1")
    pair.of(made["t0-1"]).send_signal(signal.SIGKILL)
    await answers(log, 1, patience=25)
    assert till.turns() == {"t0": 2}


async def test_turns_that_wait_in_the_queue_of_an_aborted_debate_are_not_bought(
    server: Server, pair: Debaters, till: Till
) -> None:
    """They were read together with those that are called; what came since must be seen all the same."""
    till.delay = 3
    nc = await connection.connect(server.url, "test", timeout=30)
    log = await provisioned(nc)
    await debate(log, "d1")
    await ask(log, 3 * PROVIDERS["custom"])
    pair.start()
    await pair.listening(1)
    await all_said(log, "d1", CallStarted, PROVIDERS["custom"], 60)
    await until(lambda: till.in_the_air == PROVIDERS["custom"], 60)
    await log.append("d1", DebateAbortRequested(by="me"))
    bought = len(till.turns())
    waiting = subjects.provider_durable("custom")
    async with asyncio.timeout(60):
        while (info := await nc.jetstream().consumer_info(subjects.EVENTS, waiting)).num_pending or (
            info.num_ack_pending
        ):
            await asyncio.sleep(0.1)
    assert len(till.turns()) == bought == PROVIDERS["custom"]
    await asyncio.wait_for(nc.close(), 30)
