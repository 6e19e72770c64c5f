"""How long a rung takes in this process: the rules of each kind, and the local model with a warm prefix."""

from __future__ import annotations

import time
from collections.abc import Callable
from functools import partial
from typing import Any

from zamaz.definition import Catalog
from zamaz.definition.catalog import prompt_digest
from zamaz.events.debater import Usage
from zamaz.events.flow import RungSetting
from zamaz_orchestrator.cache import Prompt
from zamaz_orchestrator.evals.figures import percentile
from zamaz_orchestrator.kinds import Kinds
from zamaz_orchestrator.ladder import Case, Ladder
from zamaz_orchestrator.rungs.openai_compatible import OpenAIJudge

from bench.machine import Meter
from bench.orchestration.questions import question
from bench.report import Aim, Row, Section

RULES_MS, LOCAL_MS = Aim(1.0, 0.1), Aim(500.0, 200.0)
LOCAL = RungSetting(rung="local", model="smollm2", timeout_s=60.0)


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
    """The local model on `times` questions of each kind, no two alike, after its prompt's prefix was read once.

    Beside the time: how long the prompts are, how much of them the server still held, and the CPU that its process
    (`pid`) spent, which other work on the machine does not stretch.
    """
    section = Section("local", f"The local model with a warm prefix, {times} rulings of each kind")
    judge = OpenAIJudge(url, lettered=True)
    try:
        for name, kind in known.items():
            meter = Meter({"model": pid})
            took, said = await _asked(known, kind, catalog, judge, times)
            said["CPU ms"] = meter.spent()["model"] * 1000 / times
            section.rows += rows(f"local, {name}", took, LOCAL_MS)
            section.details[f"a ruling, {name}"] = said
    finally:
        await judge.close()
    return section


async def _asked(
    known: Kinds, kind: Any, catalog: Catalog, judge: OpenAIJudge, times: int
) -> tuple[list[float], dict[str, float]]:
    text = catalog.prompts[kind.name]
    prompt = Prompt(text, prompt_digest(text))
    (first, *_) = kind.inquiries(question(known, kind.name), text)
    await judge.warm(first, LOCAL)
    ladder, took = Ladder({"local": judge}), []
    used: list[Usage] = []
    calls = 0

    async def given() -> Prompt:
        return prompt

    for n in range(1, times + 1):
        case = Case(kind, question(known, kind.name, n), given, lambda: 3600.0)
        began = time.perf_counter()
        climbed = await ladder.climb(case, (LOCAL,))
        took.append((time.perf_counter() - began) * 1000)
        assert not climbed.passed, climbed.passed
        used.append(climbed.opinion.usage or Usage())
        calls += len(kind.inquiries(case.question, text))
    read, held = sum(one.input for one in used), sum(one.cached_input for one in used)
    return took, {"calls": calls / times, "prompt tokens": read / times, "of them new": (read - held) / times}
