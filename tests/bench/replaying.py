"""Reading the whole log again: typed decode and the workflow's fold on one core, beside a raw pull."""

from __future__ import annotations

import gc
import time
from collections.abc import Awaitable
from dataclasses import dataclass, field

from nats.aio.client import Client as Nats

from zamaz import subjects
from zamaz.replay import replay
from zamaz_workflow.debate import Debate, initial
from zamaz_workflow.evolve import evolve

from bench import floors
from bench.report import Aim, Row, Section

AIM = Aim(50_000, 90_000, "ours", "more")


async def folded(nc: Nats) -> int:
    """Every debate's state out of its facts; how many facts there were."""
    states: dict[str, Debate] = {}
    count = 0
    async for batch in replay(nc):
        for heard in batch:
            known = states.get(heard.debate) or initial(heard.debate)
            states[heard.debate] = evolve(known, heard)
        count += len(batch)
    assert any(state.ending for state in states.values())
    return count


@dataclass
class Speeds:
    """Facts a second of the clock, and of this process' CPU: the steadier figure on a busy machine."""

    clock: list[float] = field(default_factory=list)
    cpu: list[float] = field(default_factory=list)

    async def add(self, reading: Awaitable[int]) -> int:
        """Time one reading, which answers how many facts it read."""
        gc.collect()
        began, cpu = time.perf_counter(), time.process_time()
        count = await reading
        self.clock.append(count / (time.perf_counter() - began))
        self.cpu.append(count / (time.process_time() - cpu))
        return count


async def measure(nc: Nats, runs: int) -> Section:
    """Facts a second, `runs` times, each beside its floor."""
    ours, floor = Speeds(), Speeds()
    facts = 0
    for _ in range(runs):
        facts = await ours.add(folded(nc))
        await floor.add(floors.pulled(nc, subjects.EVENTS, lambda message: None))
    rows = [
        Row("replay, decoded and folded", "facts/s", ours.clock, floor.clock, AIM),
        Row("replay, by the reader's CPU", "facts/s", ours.cpu, floor.cpu),
    ]
    return Section("replay", "full replay (floor: the same messages, not decoded)", rows, {"read": {"facts": facts}})
