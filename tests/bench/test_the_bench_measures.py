"""A tiny run of the whole bench: every figure is there, and is a figure."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from bench import machine, plan
from bench.report import HEAD

TINY = plan.Plan(
    syncs=("2m",), runs=1, debates=3, at_once=3, alone=2, kills=1, killed=("workflow",), started=("cost",), variants=3
)
ROWS = {
    "throughput_2m": {"throughput", "CPU"},
    "step_2m": {f"step, {n} at a time, {p}" for n in ("one", "3") for p in ("p50", "p99")},
    "memory": {
        *(f"resident, {name}" for name in ("workflow", "orchestrator", "debater", "cost")),
        "start to first work, cost",
    },
    "replay": {"replay, decoded and folded", "replay, by the reader's CPU"},
    "disk": {"JSON of the facts", "stored, headers and names included", "on disk, s2 and index included"},
    "recovery": {"kill -9 workflow, over the ideal", "facts lost or doubled, finished calls bought again"},
}
MAY_BE_NOUGHT = {"kill -9 workflow, over the ideal", "facts lost or doubled, finished calls bought again"}


@pytest.mark.live
@pytest.mark.skipif(not machine.supported(), reason="there is no /proc here to measure processes by")
async def test_every_section_measures_and_names_its_figures(tmp_path: Path) -> None:
    said: list[str] = []

    found: dict[str, Any] = json.loads(json.dumps(await plan.carry_out(tmp_path, TINY, said.append)))

    assert found["machine"]["cores"] > 0
    assert found["plan"]["debates"] == 3
    assert {name: {row["figure"] for row in part["rows"]} for name, part in found["sections"].items()} == ROWS
    for row in (row for part in found["sections"].values() for row in part["rows"]):
        assert row["figure"] in MAY_BE_NOUGHT or (row["value"] > 0 and min(row["floor"]) > 0 and row["ratio"] > 0), row
    whole = {row["figure"]: row["value"] for row in found["sections"]["recovery"]["rows"]}
    assert whole["facts lost or doubled, finished calls bought again"] == 0
    log = found["sections"]["recovery"]["details"]["the log afterwards"]
    assert log["debates"] == log["completed"] > 0
    assert "load_1m" in said[0]
    assert len(said) == 1 + len(ROWS) and all(HEAD[0] in text for text in said[1:])


def test_a_section_that_there_is_not_is_refused_by_name() -> None:
    import argparse

    words = argparse.ArgumentParser()
    plan.add_words(words)

    with pytest.raises(SystemExit, match="no speed; there are: throughput"):
        plan.wanted(words.parse_args(["--only", "speed"]))
