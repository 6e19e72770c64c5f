"""kill -9 in the middle of a batch, and by how much the batch then takes longer than one that is left alone.

A service that is killed has a second replica; it is not started again before the batch has ended, the server at once.
"""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass, field
from statistics import mean, median

from zamaz.events.debater import CallStarted

from bench.driver import Driver
from bench.house import House
from bench.report import Aim, Row, Section
from chaos.audit import Audit, audit

KILLED = {
    "workflow": Aim(1.6, 1.0),
    "orchestrator": Aim(1.6, 1.0),
    "cost": Aim(1.6, 1.0),
    "debater": Aim(6.0, 3.0),
    "nats-server": Aim(1.5, 0.6),
}
MOMENTS = (0.3, 0.5, 0.7)
"""When the kill comes, as parts of the undisturbed batch's time."""
CALL_S = 0.1
"""Each model call's time here, so that a kill finds calls in flight."""


@dataclass
class Kills:
    """Seconds: of the batches that were left alone, and over the two around it by who was killed."""

    ideal: list[float] = field(default_factory=list)
    over: dict[str, list[float]] = field(default_factory=dict)


async def measure(house: House, driver: Driver, *, count: int, kills: int, killed: Sequence[str]) -> Section:
    """Each of `killed` is killed `kills` times, between undisturbed batches, and then the whole log is read."""
    found = Kills([(await driver.batch(count, count)).took])
    for n in range(kills):
        for name in killed:
            when = MOMENTS[n % len(MOMENTS)] * found.ideal[-1]
            took = await _disturbed(house, driver, name, count, when)
            found.ideal.append((await driver.batch(count, count)).took)
            found.over.setdefault(name, []).append(took - mean(found.ideal[-2:]))
    return told(found, count, await audit(house.client.nc), await taken_over(house))


async def _disturbed(house: House, driver: Driver, name: str, count: int, when: float) -> float:
    batch = asyncio.create_task(driver.batch(count, count))
    await asyncio.sleep(when)
    if name == "nats-server":
        house.server.kill()
        await asyncio.to_thread(house.server.start)
        return (await batch).took
    house.kill(house.staff.of(name)[0])
    took = (await batch).took
    await house.listening([house.hire(name)])
    if name == "debater":
        await house.seated()
    return took


async def taken_over(house: House) -> int:
    """Calls that were in flight when their debater was killed, and were made once more."""
    started = (heard.fact for heard in await house.facts() if isinstance(heard.fact, CallStarted))
    return sum(not fact.call.endswith("-1") for fact in started)


def told(found: Kills, count: int, read: Audit, overtaken: int) -> Section:
    """Seconds over the undisturbed batches before and after; those are the floor."""
    rows = [
        Row(f"kill -9 {name}, over the ideal", "s", over, found.ideal, KILLED[name])
        for name, over in found.over.items()
    ]
    rows.append(Row("facts lost or doubled, finished calls bought again", "", [len(read.wrong)], [], Aim(0, 0)))
    known: dict[str, float] = {
        "debates": read.debates, "completed": read.completed, "facts": read.facts, "calls taken over": overtaken
    }  # fmt: skip
    title = f"recovery, {count} debates in flight, {CALL_S:g} s a model call, two replicas (floor: left alone)"
    return Section("recovery", title, rows, {"left alone (s)": _spread(found.ideal), "the log afterwards": known})


def _spread(numbers: list[float]) -> dict[str, float]:
    return {"median": median(numbers), "least": min(numbers), "most": max(numbers)}
