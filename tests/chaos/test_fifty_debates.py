"""Fifty debates in the real house under random kills, stops and cuts, and the audit of all that was said and bought."""

from __future__ import annotations

from pathlib import Path

import pytest

from chaos.report import table
from chaos.run import Plan, run

PLAN = Plan(seed=20261122, debates=50, seconds=25)


@pytest.mark.live
@pytest.mark.alone
@pytest.mark.timeout(600)
async def test_fifty_debates_end_well_whatever_is_killed_stopped_or_cut_off(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    report = await run(PLAN, tmp_path)
    with capsys.disabled():
        print(f"\n{table(report)}")
    assert report.wrong == [], table(report)
    assert sum(report.audit.endings.values()) == PLAN.debates
    assert len({incident.kind for incident in report.incidents}) >= 6
    assert report.bought.requests > PLAN.debates
