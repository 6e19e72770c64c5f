"""Which parts are measured, how large, and in which order."""

from __future__ import annotations

import argparse
from collections.abc import Callable, Iterable
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from bench import disk, floors, memory, pair, recovery, replaying, step, throughput
from bench.driver import Driver
from bench.house import House, opened
from bench.machine import described
from bench.profiling import Profiled
from bench.report import Section, heading, table
from bench.scripts import VARIANTS
from live.processes import SERVICES

SECTIONS = ("throughput", "step", "memory", "replay", "disk", "recovery")
Say = Callable[[str], object]


@dataclass(frozen=True)
class Plan:
    """Sizes are debates unless named otherwise."""

    only: tuple[str, ...] = SECTIONS
    syncs: tuple[str, ...] = ("2m", "always")
    runs: int = 3
    debates: int = 200
    debates_synced: int = 100
    at_once: int = 50
    alone: int = 20
    kills: int = 3
    killed: tuple[str, ...] = tuple(recovery.KILLED)
    started: tuple[str, ...] = SERVICES
    variants: int = VARIANTS


def add_words(words: argparse.ArgumentParser) -> None:
    """The command line of a plan."""
    usual = Plan()
    words.add_argument("--only", default=",".join(SECTIONS), help=f"some of {','.join(SECTIONS)}")
    words.add_argument("--sync", action="append", help="JetStream's sync_interval (2m, always); repeat for several")
    words.add_argument("--runs", type=int, default=usual.runs, help="each beside its floor")
    words.add_argument("--debates", type=int, default=usual.debates, help="a run")
    words.add_argument("--debates-synced", type=int, default=usual.debates_synced, help="a run with `always`")
    words.add_argument("--at-once", type=int, default=usual.at_once, help="debates in flight")
    words.add_argument("--alone", type=int, default=usual.alone, help="debates one after the other, a run")
    words.add_argument("--kills", type=int, default=usual.kills, help="of each process")
    words.add_argument("--kill", default=",".join(usual.killed), help="some of these")


def wanted(asked: argparse.Namespace) -> Plan:
    """The plan that the command line asks for. Exits on a section that there is not."""
    only, killed = _some(asked.only, SECTIONS), _some(asked.kill, recovery.KILLED)
    sizes = {name: getattr(asked, name) for name in ("runs", "debates", "debates_synced", "at_once", "alone", "kills")}
    return Plan(only, tuple(asked.sync or Plan.syncs), killed=killed, **sizes)


def _some(asked: str, known: Iterable[str]) -> tuple[str, ...]:
    names = tuple(asked.split(","))
    if unknown := set(names) - set(known):
        raise SystemExit(f"there is no {', '.join(sorted(unknown))}; there are: {', '.join(known)}")
    return names


Tell = Callable[[Section], None]


async def carry_out(folder: Path, plan: Plan, say: Say) -> dict[str, Any]:
    """Measure, `say` each section's table as it comes, and answer all of it as JSON's types."""
    machine = described()
    found: dict[str, Any] = {"machine": machine, "plan": asdict(plan), "sections": {}}
    say(heading(machine))

    def tell(section: Section) -> None:
        say(table(section))
        found["sections"][section.name] = section.as_json()

    for n, sync in enumerate(plan.syncs):
        # What does not hang on the disk's pace is measured once.
        parts = set(plan.only) if n == 0 else set(plan.only) & {"throughput", "step"}
        if parts - {"recovery"}:
            await _worked(folder / sync, sync, plan, parts, tell)
    if "recovery" in plan.only:
        await _disturbed(folder / "recovery", plan, tell)
    return found


async def _disturbed(folder: Path, plan: Plan, tell: Tell) -> None:
    """What a house with two of each shows when one of them is killed."""
    second = [name for name in SERVICES if name in plan.killed]
    async with opened(folder, second=second, variants=plan.variants, delay=recovery.CALL_S) as house:
        sizes = {"count": plan.at_once, "kills": plan.kills}
        tell(await recovery.measure(house, await driving(house), killed=plan.killed, **sizes))


async def profile(folder: Path, name: str, plan: Plan) -> Path:
    """Where a service's profile lies that debated one run."""
    async with opened(folder / "profile", variants=plan.variants, kinds={name: Profiled}) as house:
        driver = await driving(house)
        await driver.batch(plan.debates, plan.at_once)
        (watched,) = house.staff.of(name)
    assert isinstance(watched, Profiled)
    return watched.stats


async def driving(house: House) -> Driver:
    """An application, and a house that has read every script once."""
    driver = Driver(house)
    await driver.start()
    await driver.batch(len(house.scripts), len(house.scripts))
    return driver


async def _worked(folder: Path, sync: str, plan: Plan, parts: set[str], tell: Tell) -> None:
    """What one house shows: while it works, idle, and by the files that it leaves."""
    count = plan.debates_synced if sync == "always" else plan.debates
    own = opened(folder / "house", sync=sync, variants=plan.variants)
    async with floors.server(folder / "floor", sync) as bare, own as house:
        driver = await driving(house)
        runs = plan.runs if parts & {"throughput", "step"} else 1
        ran = await throughput.measure(house, driver, bare, runs=runs, count=count, at_once=plan.at_once)
        if "throughput" in parts:
            tell(throughput.told(ran, sync, count, plan.at_once))
        if "replay" in parts:
            tell(await replaying.measure(house.client.nc, plan.runs))
        if parts & {"step", "memory"}:
            async with pair.opened(folder, *bare) as two:
                if "step" in parts:
                    steps = await step.measure(house, driver, two, ran.facts, count=plan.alone, at_once=plan.at_once)
                    tell(step.told(steps, sync, plan.at_once))
                if "memory" in parts:
                    tell(await memory.measure(house, driver, two, plan.started))
        held = await disk.content(house) if "disk" in parts else None
    if held:
        tell(disk.told(held, folder / "house" / "nats"))
