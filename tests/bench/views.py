"""`make bench-views`: how long it takes to make the views anew, and to read a figure from them, with N debates in them.

The facts are those of one recorded debate, under new ids, on the days of a year, of some requesters and workflows:
they go through the views' own code, in batches as a replay brings them. The log is not read, so that what is measured
is the database.
"""

from __future__ import annotations

import argparse
import json
import tempfile
import time
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from itertools import islice
from pathlib import Path
from typing import Any

from msgspec.structs import replace

from zamaz import chain
from zamaz.events import Recorded
from zamaz.events.client import DebateRequested
from zamaz.events.workflow import DebateStarted
from zamaz.views import sqlite
from zamaz.views.budgets import BudgetsView
from zamaz.views.debates import DebatesView, newest
from zamaz.views.figures import agreed, ended, spent, worked
from zamaz.views.following import AT_ONCE
from zamaz.views.period import Period
from zamaz.views.store import Rows
from zamaz.views.views import Views
from zamaz.views.work import WorkView

from bench.machine import described
from bench.report import Aim, Row, Section, heading, table

MODEL = Path(__file__).parents[1] / "contract" / "histories" / "simple_debate.json"
FIRST = datetime(2026, 1, 1, tzinfo=UTC)
DAYS, REQUESTERS, WORKFLOWS, AGAIN = 365, 20, 4, 7
QUICK = Aim(200, 100)


def debates(many: int) -> Iterator[Recorded]:
    """Every fact of so many debates, one after the other."""
    facts = [link.stored.recorded() for link in chain.read(MODEL.read_bytes()).facts]
    seq = 0
    for n in range(many):
        stamp = (FIRST + timedelta(days=n * DAYS / many)).isoformat().replace("+00:00", "Z")
        for heard in facts:
            seq += 1
            yield replace(heard, seq=seq, debate=f"d{n:07d}", stamp=stamp, fact=_of(heard.fact, n))


def _of(fact: Any, n: int) -> Any:
    if isinstance(fact, DebateRequested):
        return replace(fact, requester=f"requester-{n % REQUESTERS}")
    if isinstance(fact, DebateStarted):
        return replace(fact, workflow=f"workflow-{n % WORKFLOWS}")
    return fact


def filled(views: Views, many: int) -> tuple[int, float, float]:
    """How many facts were taken, in how many seconds, and of them of CPU; making them up does not count."""
    facts, took, used, count = debates(many), 0.0, 0.0, 0
    while batch := list(islice(facts, AT_ONCE)):
        began, busy = time.perf_counter(), time.process_time()
        views.take(batch)
        took, used = took + time.perf_counter() - began, used + time.process_time() - busy
        count += len(batch)
    return count, took, used


def stats(rows: Rows) -> None:
    """What `zamaz stats` reads."""
    everything = Period()
    ended(rows, everything), worked(rows, everything), agreed(rows, everything)


READS: dict[str, Callable[[Rows], object]] = {
    "list": lambda rows: newest(rows, 20),
    "list --status failed": lambda rows: newest(rows, 20, "failed"),
    "stats": stats,
    "costs --by month": lambda rows: spent(rows, "month", Period()),
    "costs of one requester": lambda rows: spent(rows, "day", Period(requester="requester-3")),
}


def measured(views: Views, read: Callable[[Rows], object]) -> list[float]:
    """Milliseconds of each reading, the transaction included."""
    found = []
    for _ in range(AGAIN):
        began = time.perf_counter()
        with views.store.transaction() as rows:
            read(rows)
        found.append((time.perf_counter() - began) * 1000)
    return found


def carried_out(file: Path, many: int) -> list[Row]:
    """Every figure."""
    views = Views(sqlite.store(file), [DebatesView(), WorkView(), BudgetsView()])
    facts, took, used = filled(views, many)
    rows = [Row("views made anew", "facts/s", [facts / took]), Row("views made anew", "s", [took])]
    rows += [Row("CPU of that", "us/fact", [used * 1e6 / facts])]
    rows += [Row(name, "ms", measured(views, read), aim=QUICK) for name, read in READS.items()]
    return [*rows, Row("database", "MB", [file.stat().st_size / 2**20])]


def main() -> None:
    words = argparse.ArgumentParser(prog="make bench-views", description=__doc__)
    words.add_argument("--debates", type=int, default=100_000)
    words.add_argument("--json", type=Path, metavar="FILE", help="write everything here, samples included")
    asked = words.parse_args()
    before = described()
    with tempfile.TemporaryDirectory() as folder:
        rows = carried_out(Path(folder) / "views.sqlite", asked.debates)
    section = Section("views", f"views of {asked.debates:,} debates, SQLite", rows)
    print(heading(before))
    print(table(section))
    if asked.json:
        asked.json.write_text(json.dumps({"machine": before, **section.as_json()}, indent=2, default=str))


if __name__ == "__main__":
    main()
