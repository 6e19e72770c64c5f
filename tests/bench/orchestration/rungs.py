"""How long a rung takes in this process: the rules of each kind, and the local model with a warm prefix."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from functools import partial
from typing import Any

from msgspec.structs import replace

from zamaz.definition import Catalog
from zamaz.definition.catalog import prompt_digest
from zamaz.events.debater import Usage
from zamaz.events.flow import RungSetting
from zamaz_orchestrator.cache import Prompt
from zamaz_orchestrator.evals.figures import percentile
from zamaz_orchestrator.kinds import Kinds
from zamaz_orchestrator.ladder import Case, Ladder
from zamaz_orchestrator.port import Inquiry
from zamaz_orchestrator.rungs.openai_compatible import OpenAIJudge

from bench.machine import Meter
from bench.orchestration.questions import question
from bench.report import Aim, Row, Section

RULES_MS, LOCAL_MS = Aim(1.0, 0.1), Aim(500.0, 200.0)


def rules(known: Kinds, times: int) -> Section:
    """Each kind's free rules, `times` each."""
    section = Section("rules", f"The free rules, {times} rulings of each kind")
    for name, kind in known.items():
        asked = question(known, kind.name, typed=True)
        took = [_timed(partial(kind.rule, asked)) for _ in range(times)]
        section.rows += rows(f"rules, {name}", took, RULES_MS)
    return section


def _timed(work: Callable[[], object]) -> float:
    began = time.perf_counter()
    work()
    return (time.perf_counter() - began) * 1000


def rows(what: str, took: list[float], aim: Aim) -> list[Row]:
    """The median and the tail, in milliseconds; the tail is held against the aim."""
    half, tail = percentile(took, 0.5), percentile(took, 0.95)
    return [Row(f"{what}, p50", "ms", [half]), Row(f"{what}, p95", "ms", [tail], aim=aim)]


async def local(known: Kinds, catalog: Catalog, url: str, pid: int, times: int) -> Section:
    """The local model, as orchestration.yaml has it, on `times` questions of each kind, no two alike: the kinds in
    turns, as they come in a house, after the part of each prompt that never changes was read once.

    Beside the time: how long the prompts are, how much of them the server still held, and the CPU that its process
    (`pid`) spent, which other work on the machine does not stretch as far.
    """
    section = Section("local", f"The local model with a warm prefix, {times} rulings of each kind, in turns")
    rung = replace(next(rung for rung in catalog.ladder()["consensus"] if rung.rung == "local"), timeout_s=60.0)
    judge = OpenAIJudge(url, lettered=True)
    asking = {name: _Asking(known, kind, catalog, judge, rung, pid) for name, kind in known.items()}
    try:
        for one in asking.values():
            await one.warm()
        for n in range(1, times + 1):
            for one in asking.values():
                await one.ask(n)
    finally:
        await judge.close()
    for name, one in asking.items():
        section.rows += rows(f"local, {name}", one.took, LOCAL_MS)
        section.details[f"a ruling, {name}"] = one.told()
    section.details["shown of what others wrote, at most"] = {"characters": rung.shows}
    return section


@dataclass
class _Asking:
    """One kind's questions to the local model, and what they took."""

    known: Kinds
    kind: Any
    catalog: Catalog
    judge: OpenAIJudge
    rung: RungSetting
    pid: int
    took: list[float] = field(default_factory=list)
    used: list[Usage] = field(default_factory=list)
    cpu_s: float = 0.0
    calls: int = 0

    def _case(self, n: int) -> Case:
        async def given() -> Prompt:
            text = self.catalog.prompts[self.kind.name]
            return Prompt(text, prompt_digest(text))

        return Case(self.kind, question(self.known, self.kind.name, n), given, lambda: 3600.0)

    def _inquiries(self, case: Case) -> Sequence[Inquiry]:
        found: Sequence[Inquiry] = self.kind.inquiries(
            case.question, self.catalog.prompts[self.kind.name], self.rung.shows
        )
        return found

    async def warm(self) -> None:
        """Have the prompt read once."""
        (first, *_) = self._inquiries(self._case(0))
        await self.judge.warm(first, self.rung)

    async def ask(self, n: int) -> None:
        """The n-th question."""
        case, meter = self._case(n), Meter({"model": self.pid})
        self.calls += len(self._inquiries(case))
        began = time.perf_counter()
        climbed = await Ladder({"local": self.judge}).climb(case, (replace(self.rung, threshold=0.0),))
        self.took.append((time.perf_counter() - began) * 1000)
        self.cpu_s += meter.spent()["model"]
        assert not climbed.passed, climbed.passed
        self.used.append(climbed.opinion.usage or Usage())

    def told(self) -> dict[str, float]:
        """Of one ruling: calls, tokens, CPU; and how many new tokens a second of CPU reads."""
        times, read = len(self.took), sum(one.input for one in self.used)
        new = read - sum(one.cached_input for one in self.used)
        return {
            "calls": self.calls / times,
            "prompt tokens": read / times,
            "of them new": new / times,
            "CPU ms": self.cpu_s * 1000 / times,
            "new tokens a second of CPU": new / self.cpu_s if self.cpu_s else 0.0,
        }
