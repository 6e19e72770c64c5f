"""Debates a second and CPU a debate, beside the same facts appended bare."""

from __future__ import annotations

import statistics
from dataclasses import dataclass, field

from nats.aio.client import Client as Nats

from zamaz.events import Recorded

from bench import floors
from bench.driver import Driver
from bench.house import House
from bench.machine import Meter
from bench.report import Aim, Row, Section
from conftest import Server

SPEED = {"2m": Aim(1 / 4, 1 / 2, "ratio", "more"), "always": Aim(1 / 2, 2 / 3, "ratio", "more")}
CPU = Aim(4, 2.5, "ratio", "less")


@dataclass
class Worked:
    """What the runs found: a sample a run, and every fact that was said meanwhile."""

    speeds: list[float] = field(default_factory=list)
    cpu: list[float] = field(default_factory=list)
    by_process: list[dict[str, float]] = field(default_factory=list)
    floor_speeds: list[float] = field(default_factory=list)
    floor_cpu: list[float] = field(default_factory=list)
    facts: list[list[Recorded]] = field(default_factory=list)


async def measure(
    house: House, driver: Driver, bare: tuple[Server, Nats], *, runs: int, count: int, at_once: int
) -> Worked:
    """`runs` times `count` debates, each run followed by its own facts appended bare."""
    found = Worked()
    for run in range(runs):
        meter = Meter(house.pids())
        batch = await driver.batch(count, at_once)
        spent = {name: seconds * 1000 / count for name, seconds in meter.spent().items()}
        facts = await house.facts(batch.since)
        seconds, cpu = await floors.appended(*bare, facts, at_once, f"run{run}")
        found.speeds.append(count / batch.took)
        found.cpu.append(sum(spent.values()))
        found.by_process.append(spent)
        found.floor_speeds.append(count / seconds)
        found.floor_cpu.append(cpu * 1000 / count)
        found.facts.append(facts)
    return found


def told(found: Worked, sync: str, count: int, at_once: int) -> Section:
    """The rows of one sync_interval."""
    by_process = {name: statistics.median(run[name] for run in found.by_process) for name in found.by_process[0]}
    facts = statistics.mean(len(facts) / count for facts in found.facts)
    return Section(
        f"throughput_{sync}",
        f"null debates, {count} a run, {at_once} in flight, sync_interval {sync}",
        [
            Row("throughput", "debates/s", found.speeds, found.floor_speeds, SPEED.get(sync)),
            Row("CPU", "ms a debate", found.cpu, found.floor_cpu, CPU if sync == "2m" else None),
        ],
        {"CPU ms a debate by process": by_process, "facts": {"a debate": facts}},
    )
