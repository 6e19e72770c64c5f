"""Service processes whose HTTP ports are known, and what they show there."""

from __future__ import annotations

import asyncio
import contextlib
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field

import httpx
from prometheus_client.parser import text_string_to_metric_families
from prometheus_client.samples import Sample

from live.processes import Process, Staff
from servers.ports import free_port

PATIENCE_S = 120.0


@dataclass
class Watched:
    """A staff of which each process can be looked at."""

    staff: Staff
    ports: dict[str, int] = field(default_factory=dict)

    async def hire(self, *names: str) -> list[Process]:
        """Start one process of each name, and wait until they listen."""
        hired = []
        for name in names:
            port = free_port()
            self.staff.env["ZAMAZ_HTTP_PORT"] = str(port)
            (process,) = self.staff.hire(name)
            self.ports[process.log.stem] = port
            hired.append(process)
        await asyncio.gather(*(self._up(process) for process in hired))
        return hired

    async def _up(self, process: Process) -> None:
        async with asyncio.timeout(PATIENCE_S):
            while True:
                with contextlib.suppress(httpx.TransportError):
                    if (await self.get(process, "/health")).is_success:
                        return
                await asyncio.sleep(0.1)

    async def get(self, process: Process, path: str) -> httpx.Response:
        async with httpx.AsyncClient() as http:
            return await http.get(f"http://127.0.0.1:{self.ports[process.log.stem]}{path}", timeout=60)

    async def scrape(self, *names: str) -> list[Sample]:
        """The samples of all processes of these names (of all: none named)."""
        found: list[Sample] = []
        for process in self.staff.all:
            if not names or process.name in names:
                found += samples((await self.get(process, "/metrics")).text)
        return found


def samples(text: str) -> list[Sample]:
    return [sample for family in text_string_to_metric_families(text) for sample in family.samples]


def total(found: Iterable[Sample], name: str, *labels: str) -> Counter[tuple[str, ...]]:
    """The sums of a metric over processes, by some of its labels; what is 0 is left out."""
    sums: Counter[tuple[str, ...]] = Counter()
    for sample in found:
        if sample.name == name and sample.value:
            sums[tuple(sample.labels[label] for label in labels)] += sample.value  # type: ignore[assignment]
    return sums
