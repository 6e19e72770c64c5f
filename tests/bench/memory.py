"""Resident memory, and how soon a service that was just started does its first work."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from datetime import UTC, datetime

from bench.driver import Driver
from bench.house import PATIENCE_S, House
from bench.machine import cpu_seconds, resident_mb
from bench.pair import Pair
from bench.report import Aim, Row, Section
from live.processes import SERVICES

MEMORY, START = Aim(90, 45), Aim(1.2, 0.4)
VOICES = {"workflow": "workflow", "orchestrator": "orchestration", "debater": "debater", "cost": "cost"}
PENDING_S = 0.3
"""Until a debate has come to where the missing service is waited for."""


async def first_work(house: House, driver: Driver, name: str) -> tuple[float, float]:
    """Seconds from starting a service to the first fact that it says, and the CPU seconds of having started and
    dealt with that debate, which waited for it."""
    for process in house.staff.of(name):
        house.kill(process)
    since = await house.newest() + 1
    debate = asyncio.create_task(driver.one())
    await asyncio.sleep(PENDING_S)
    began = datetime.now(UTC)
    process = house.hire(name)
    await debate
    await house.listening([process])
    async with asyncio.timeout(PATIENCE_S):
        # A debate ends without its bill when that takes too long: the bill comes all the same.
        while not (said := [h for h in await house.facts(since) if h.voice == VOICES[name] and h.at > began]):
            await asyncio.sleep(0.1)
    assert process.process is not None
    return (said[0].at - began).total_seconds(), cpu_seconds(process.process.pid)


async def bare_first_work(pair: Pair) -> float:
    """The same of a bare service."""
    pair.end("asker")
    chain = asyncio.create_task(pair.chain())
    await asyncio.sleep(PENDING_S)
    began = pair.start("asker")
    name = await chain
    return ((await pair.stamps())[name]["ask.1"] - began).total_seconds()


async def measure(house: House, driver: Driver, pair: Pair, started: Sequence[str] = SERVICES) -> Section:
    """Memory as it stands, then each of `started` started anew."""
    pids, bare = house.pids(), resident_mb(pair.pids()["asker"])
    rows = [Row(f"resident, {name}", "MB", [resident_mb(pids[name])], [bare], MEMORY) for name in SERVICES]
    floor = [await bare_first_work(pair)]
    cpu: dict[str, float] = {}
    for name in started:
        took, cpu[name] = await first_work(house, driver, name)
        rows.append(Row(f"start to first work, {name}", "s", [took], floor, START))
    details = {"nats-server, resident": {"MB": resident_mb(pids["nats-server"])}, "CPU s of a start": cpu}
    return Section("memory", "one service (floor: a bare nats-py service)", rows, details)
