"""A process that is kept running: what is said when it ends, and how long it waits to be started again."""

from __future__ import annotations

import asyncio
import os
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from zamaz.embedded import child
from zamaz.embedded.child import Child

WRONG = """
import sys
print('began', flush=True)
print('\x1b[31mw.yaml:3: id: \x1b[0mis wrong', file=sys.stderr)
sys.exit(2)
"""


async def said(code: str, tmp_path: Path, enough: Callable[[list[str]], bool]) -> list[str]:
    """What is said of a process that runs `code`, until it is enough."""
    told: list[str] = []
    one = Child("one", [sys.executable, "-c", code], dict(os.environ), tmp_path / "one.log", told.append)
    one.start()
    async with asyncio.timeout(20):
        while not enough(told):
            await asyncio.sleep(0.02)
    await one.stop(1)
    return told


async def test_who_ends_is_told_with_the_last_line_of_its_log(tmp_path: Path):
    told = await said(WRONG, tmp_path, lambda told: len(told) > 1)
    log = tmp_path / "one.log"
    assert set(told) == {f"one ended (exit code 2); starting it again (its log: {log})\n  w.yaml:3: id: is wrong"}


async def test_a_line_of_an_earlier_run_is_not_told_again(tmp_path: Path):
    (tmp_path / "one.log").write_text("long ago\n")
    told = await said("raise SystemExit(3)", tmp_path, lambda told: bool(told))
    assert told[0].endswith(f"(its log: {tmp_path / 'one.log'})")


@pytest.mark.parametrize(("healthy", "waited"), [(0.0, [0.1, 0.1, 0.1]), (99.0, [0.1, 0.2, 0.4])])
async def test_who_ran_well_is_started_again_at_once(
    healthy: float, waited: list[float], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    pauses: list[float] = []
    sleep = asyncio.sleep

    async def noting(seconds: float) -> None:
        pauses.append(seconds)
        await sleep(min(seconds, 0.01))

    monkeypatch.setattr(child, "HEALTHY_S", healthy)
    monkeypatch.setattr(child, "SHORTEST_S", 0.11)
    monkeypatch.setattr(asyncio, "sleep", noting)
    await said("raise SystemExit(3)", tmp_path, lambda told: len(told) > 3)
    told = [pause for pause in pauses if pause not in (0.1, 0.02)]
    assert told[:3] == [pytest.approx(pause * 1.1) for pause in waited]
