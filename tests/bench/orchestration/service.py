"""The running service: a real server, an orchestrator in a process of its own, and rulings asked through the log."""

from __future__ import annotations

import asyncio
import contextlib
import shutil
import subprocess
import sys
import time
from collections.abc import AsyncIterator, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from nats.aio.msg import Msg

import zamaz
from zamaz import provision
from zamaz.definition import default_folder, load
from zamaz.events import decode
from zamaz.events.flow import RungSetting
from zamaz.events.orchestration import Ruling

from bench import machine
from bench.orchestration.questions import facts, ruling
from bench.orchestration.rungs import rows
from bench.report import Aim, Row, Section
from conftest import Server
from live.processes import Staff, staff

PATIENCE_S, ALONE_MS, CACHED_MS = 60.0, Aim(50.0, 10.0), Aim(5.0, 2.0)
A_SECOND = Aim(200.0, 1000.0, better="more")
RULES = (RungSetting(rung="rules", threshold=0.6),)
ORCHESTRATION = """\
consensus: [{rung: rules, threshold: 0.6}]
complexity: [{rung: rules, threshold: 0.9}, {rung: local, model: smollm2, timeout: 60s}]
"""
"""The rules are sure of no small question here, so that the model is asked, and its answer kept."""


@contextlib.contextmanager
def model() -> Iterator[tuple[str, int]]:
    """The base URL of the bundled model, or of ZAMAZ_LOCAL_GGUF, in a process of its own, and that process' number."""
    command = [sys.executable, "-m", "zamaz.embedded.model_server", "0"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True) as process:
        assert process.stdout is not None
        try:
            yield next(line.strip() for line in process.stdout if line.startswith("http")), process.pid
        finally:
            process.terminate()


@dataclass
class Bench:
    """The log, and what the orchestrator says into it: by ruling, when it was heard and what it was."""

    client: zamaz.Client
    staff: Staff
    heard: dict[str, tuple[float, Ruling]] = field(default_factory=dict)
    more: asyncio.Event = field(default_factory=asyncio.Event)

    async def listen(self, message: Msg) -> None:
        """One more fact of the orchestrator's."""
        fact = decode(message.subject, message.data)
        if isinstance(fact, Ruling):
            self.heard[fact.ruling] = (time.perf_counter(), fact)
            self.more.set()

    async def prepared(self, debate: str, known: list[Any]) -> None:
        """These facts stand in the log."""
        for fact in known:
            await self.client.log.append(debate, fact)

    async def asked(self, debate: str, wanted: Any) -> float:
        """Ask for a ruling; when it was asked."""
        began = time.perf_counter()
        await self.client.log.append(debate, wanted)
        return began

    async def answered(self, names: list[str]) -> None:
        """Wait until all of them are."""
        try:
            async with asyncio.timeout(PATIENCE_S):
                while not all(name in self.heard for name in names):
                    self.more.clear()
                    await self.more.wait()
        except TimeoutError as error:
            left = [name for name in names if name not in self.heard]
            raise AssertionError(f"{len(left)} rulings were not given\n{self.staff.logs()}") from error


@contextlib.asynccontextmanager
async def running(folder: Path, url: str) -> AsyncIterator[Bench]:
    """One orchestrator on a server of its own, with the local model at `url`."""
    definitions = folder / "definitions"
    shutil.copytree(default_folder(), definitions)
    (definitions / "orchestration.yaml").write_text(ORCHESTRATION)
    server = Server(folder / "nats")
    server.folder.mkdir(parents=True)
    env = {"ZAMAZ_DEFINITIONS": str(definitions), "ZAMAZ_LOCAL_URL": url, "ZAMAZ_LOG_LEVEL": "WARNING"}
    async with contextlib.AsyncExitStack() as ending:
        ending.callback(server.stop)
        server.start()
        client = await ending.enter_async_context(await zamaz.connect(server.url, timeout=30))
        await provision.provision(client.nc, load(definitions).models.concurrency())
        hired = ending.enter_context(staff(folder, server.url, **machine.environment(**env)))
        hired.hire("orchestrator")
        bench = Bench(client, hired)
        await client.nc.subscribe("evt.orchestration.*.>", cb=bench.listen)
        await bench.prepared("warm", facts(typed=True, rungs=RULES))
        await bench.asked("warm", ruling("consensus", "warm"))
        await bench.answered(["warm"])
        yield bench


async def measured(bench: Bench, alone: int, at_once: int, repeated: int) -> Section:
    """Rulings one at a time, many at once, and the same question again and again."""
    title = f"Through the running service: {alone} rulings alone, {at_once} at once, one question {repeated} times"
    section = Section("service", title)
    section.rows += rows("service, rules, one at a time", await _alone(bench, alone), ALONE_MS)
    section.rows.append(Row("service, rules, at once", "rulings/s", [await _at_once(bench, at_once)], aim=A_SECOND))
    hits, took, whole = await _repeated(bench, repeated)
    section.rows += rows("service, a kept ruling, by its own clock", took, CACHED_MS)
    section.rows += rows("service, a kept ruling, from asking to hearing", whole, ALONE_MS)
    section.details["one question again"] = {"rulings": repeated, "hits": hits, "hit rate": hits / max(1, repeated - 1)}
    return section


async def _alone(bench: Bench, times: int) -> list[float]:
    took = []
    for n in range(times):
        debate, name = f"alone-{n}", f"alone-{n}"
        await bench.prepared(debate, facts(n, typed=True, rungs=RULES))
        began = await bench.asked(debate, ruling("consensus", name))
        await bench.answered([name])
        took.append((bench.heard[name][0] - began) * 1000)
    return took


async def _at_once(bench: Bench, times: int) -> float:
    names = [f"once-{n}" for n in range(times)]
    for n, name in enumerate(names):
        await bench.prepared(name, facts(n, typed=True, rungs=RULES))
    began = time.perf_counter()
    await asyncio.gather(*(bench.asked(name, ruling("consensus", name)) for name in names))
    await bench.answered(names)
    return times / (time.perf_counter() - began)


async def _repeated(bench: Bench, times: int) -> tuple[int, list[float], list[float]]:
    """How many rulings were kept ones; milliseconds of each, by the ruling itself and by our clock."""
    took, whole = [], []
    for n in range(times):
        name = f"again-{n}"
        await bench.prepared(name, facts(0)[:1])
        began = await bench.asked(name, ruling("complexity", name))
        await bench.answered([name])
        at, said = bench.heard[name]
        assert said.rung == "local", f"{said.rung}: {said.why} {said.passed}"
        if said.cached:
            took.append(float(said.latency_ms))
            whole.append((at - began) * 1000)
    return len(took), took, whole
