"""What a test leaves behind is found."""

from __future__ import annotations

import subprocess
import time
from pathlib import Path

from servers import aftermath


def test_a_process_that_runs_on_is_found_with_its_own_and_killed():
    left = subprocess.Popen(["sh", "-c", "sleep 500; true"])
    deadline = time.monotonic() + 30
    while len(found := {pid: told for pid, told in aftermath.started().items() if "sleep 500" in told}) < 2:
        assert time.monotonic() < deadline, found
    aftermath.kill(set(found))
    left.wait()
    assert not aftermath.started().keys() & found.keys()


def test_a_process_that_has_ended_and_was_not_waited_for_runs_no_more():
    ended = subprocess.Popen(["true"])
    deadline = time.monotonic() + 30
    while ended.pid in aftermath.started():
        assert time.monotonic() < deadline
    assert ended.wait() == 0


def test_of_the_logs_only_those_that_were_written_to_since_are_shown_from_their_end(tmp_path: Path):
    (tmp_path / "one").mkdir()
    (tmp_path / "one" / "cost.log").write_text("long ago, and now", encoding="utf-8")
    (tmp_path / "server.out").write_text("", encoding="utf-8")
    (tmp_path / "other.txt").write_text("no log", encoding="utf-8")
    assert list(aftermath.logs(tmp_path, 0.0, most=3)) == [("one/cost.log", "now")]
    assert list(aftermath.logs(tmp_path, time.time() + 60)) == []
