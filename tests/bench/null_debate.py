"""The null debate through the four real processes, beside its floor: the same facts appended bare.

`python tests/bench/null_debate.py [--debates 500] [--at-once 50] [--sync 2m|always] [--json]`
Compare ratios of one run; single figures move with the machine.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import os
import statistics
import tempfile
import time
from dataclasses import asdict, dataclass
from pathlib import Path

import uvloop
from nats.aio.client import Client as Nats

import zamaz
from zamaz import connection, provision, subjects
from zamaz.alive import Alive
from zamaz.definition import default_folder, load
from zamaz.events import Fact, Recorded, encode
from zamaz.log import Log
from zamaz.replay import replay

from conftest import Server
from live.processes import SERVICES, Staff, staff

SEATS = ("script/null", "script/null")
QUESTION = "A question of the usual length, to be debated?"
OPTIONS = ("the first way", "the second way")
TICK = os.sysconf("SC_CLK_TCK")


@dataclass
class Figures:
    """One setting's figures. Seconds, milliseconds and bytes as named."""

    sync: str
    debates: int
    at_once: int
    debates_per_s: float
    cpu_ms_a_debate: float
    facts_a_debate: float
    text_bytes_a_debate: float
    stored_bytes_a_debate: float
    alone_ms_a_debate_p50: float
    cpu_ms_by_process: dict[str, float]
    resident_mb: dict[str, float]
    floor_debates_per_s: float
    floor_cpu_ms_a_debate: float


def cpu_seconds(pid: int) -> float:
    fields = Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()
    return (int(fields[11]) + int(fields[12])) / TICK


def resident_mb(pid: int) -> float:
    return int(Path(f"/proc/{pid}/statm").read_text().split()[1]) * os.sysconf("SC_PAGE_SIZE") / 2**20


def pids(server: Server, services: Staff | None) -> dict[str, int]:
    assert server.process is not None
    found = {"nats-server": server.process.pid}
    for process in services.all if services else []:
        assert process.process is not None
        found[process.name] = process.process.pid
    return found


async def many(client: zamaz.Client, count: int, at_once: int) -> None:
    """`count` debates, `at_once` in flight; results are heard on one durable subscription."""
    free, open_, asked = asyncio.Semaphore(at_once), set[str](), 0

    async def hear() -> None:
        done = 0
        async for result in client.subscribe("DebateCompleted", durable=f"bench-{count}"):
            await result.ack()
            if result.debate in open_:
                open_.discard(result.debate)
                free.release()
                done += 1
            if done == count:
                return

    hearing = asyncio.create_task(hear())
    await asyncio.sleep(0.1)
    for asked in range(count):
        await free.acquire()
        debate = f"bench-{count}-{asked}"
        open_.add(debate)
        await client.request(QUESTION, debate=debate, participants=SEATS, options=OPTIONS)
    await hearing


async def alone(client: zamaz.Client, count: int) -> list[float]:
    times = []
    for _ in range(count):
        began = time.perf_counter()
        await client.completed(await client.request(QUESTION, participants=SEATS, options=OPTIONS), timeout=30)
        times.append((time.perf_counter() - began) * 1000)
    return times


async def everything(nc: Nats) -> list[Recorded]:
    return [heard async for batch in replay(nc) for heard in batch if heard.debate != subjects.LIBRARY]


async def floor(folder: Path, sync: str, facts: list[Recorded], at_once: int) -> tuple[float, float]:
    """Debates' facts appended bare by this process, `at_once` debates at a time; seconds and CPU seconds."""
    server = Server(folder, sync=sync)
    folder.mkdir()  # noqa: ASYNC240 - nothing runs yet
    server.start()
    nc = await connection.connect(server.url, "floor", timeout=10)
    await provision.provision(nc, {})
    log = Log(nc, "floor")
    debates: dict[str, list[Fact]] = {}
    for heard in facts:
        assert isinstance(heard.fact, Fact)
        debates.setdefault(heard.debate, []).append(heard.fact)
    gate = asyncio.Semaphore(at_once)

    async def one(debate: str, said: list[Fact]) -> None:
        async with gate:
            for fact in said:
                await log.append(debate, fact)

    cpu, began = time.process_time() + cpu_seconds(pids(server, None)["nats-server"]), time.perf_counter()
    await asyncio.gather(*(one(debate, said) for debate, said in debates.items()))
    took = time.perf_counter() - began
    spent = time.process_time() + cpu_seconds(pids(server, None)["nats-server"]) - cpu
    await nc.close()
    server.stop()
    return took, spent


async def measure(folder: Path, sync: str, count: int, at_once: int) -> Figures:
    server = Server(folder / "nats", sync=sync)
    server.folder.mkdir()
    server.start()
    client = await zamaz.connect(server.url, timeout=10)
    await provision.provision(client.nc, load(default_folder()).models.concurrency())
    with staff(folder, server.url, ZAMAZ_LOG_LEVEL="WARNING") as services:
        services.hire(*SERVICES)
        alive = Alive(client.nc)
        while not await alive.leases():
            await asyncio.sleep(0.1)
        await asyncio.sleep(1)
        await many(client, 40, at_once)
        await asyncio.sleep(0.5)
        before = len(await everything(client.nc))
        watched = pids(server, services)
        cpu, began = {name: cpu_seconds(pid) for name, pid in watched.items()}, time.perf_counter()
        await many(client, count, at_once)
        took = time.perf_counter() - began
        spent = {name: (cpu_seconds(pid) - cpu[name]) * 1000 / count for name, pid in watched.items()}
        await asyncio.sleep(1)
        facts = (await everything(client.nc))[before:]
        info = await client.nc.jetstream().stream_info(subjects.EVENTS)
        stored = info.state.bytes / info.state.messages * len(facts)
        memory = {name: resident_mb(pid) for name, pid in watched.items()}
        times = await alone(client, 30)
    await client.close()
    server.stop()
    floor_s, floor_cpu = await floor(folder / "floor", sync, facts, at_once)
    text = sum(len(encode(h.fact)) for h in facts if isinstance(h.fact, Fact))
    return Figures(
        sync, count, at_once, count / took, sum(spent.values()), len(facts) / count, text / count, stored / count,
        statistics.median(times), spent, memory, count / floor_s, floor_cpu * 1000 / count,
    )  # fmt: skip


def table(found: Figures) -> str:
    memory = ", ".join(f"{name} {mb:.0f}" for name, mb in found.resident_mb.items())
    cpu, floor_cpu = found.cpu_ms_a_debate, found.floor_cpu_ms_a_debate
    speed, floor_speed = found.debates_per_s, found.floor_debates_per_s
    rows = (
        f"null debate, {found.debates} debates, {found.at_once} at once, sync_interval {found.sync}",
        "                           ours      floor   ours/floor",
        f"  debates/s          {speed:10.1f} {floor_speed:10.1f} {speed / floor_speed:12.2f}",
        f"  CPU ms a debate    {cpu:10.2f} {floor_cpu:10.2f} {cpu / floor_cpu:12.2f}",
        f"  facts a debate {found.facts_a_debate:.1f}, JSON text {found.text_bytes_a_debate:.0f} B, "
        f"stored {found.stored_bytes_a_debate:.0f} B (headers included, before s2)",
        f"  one at a time: {found.alone_ms_a_debate_p50:.1f} ms a debate (median)",
        f"  CPU ms by process: {', '.join(f'{name} {ms:.1f}' for name, ms in found.cpu_ms_by_process.items())}",
        f"  resident MB: {memory}",
    )
    return "\n".join(rows)


def main() -> None:
    words = argparse.ArgumentParser(description=__doc__)
    words.add_argument("--debates", type=int, default=500)
    words.add_argument("--at-once", type=int, default=50)
    words.add_argument("--sync", action="append", help="JetStream's sync_interval; repeat for several")
    words.add_argument("--json", action="store_true")
    asked = words.parse_args()
    for sync in asked.sync or ["2m", "always"]:
        with tempfile.TemporaryDirectory() as folder:
            found = uvloop.run(measure(Path(folder), sync, asked.debates, asked.at_once))
        print(json.dumps(asdict(found)) if asked.json else table(found), flush=True)


if __name__ == "__main__":
    main()
