"""What a test leaves behind: the logs of what it started, and processes that nobody stopped."""

from __future__ import annotations

import contextlib
import os
import signal
from collections.abc import Iterator
from pathlib import Path

PROCESSES = Path("/proc")


def logs(folder: Path, since: float, most: int = 6000) -> Iterator[tuple[str, str]]:
    """Name and end (at most so many bytes) of every log under a folder that was written to since then (Unix time)."""
    for file in sorted([*folder.rglob("*.log"), *folder.rglob("*.out")]):
        with contextlib.suppress(FileNotFoundError):
            if file.is_file() and file.stat().st_mtime >= since and file.stat().st_size:
                yield str(file.relative_to(folder)), file.read_bytes()[-most:].decode(errors="replace")


def started() -> dict[int, str]:
    """The processes that this one or one of its own started and that run, by id: their commands.

    Empty where there is no /proc.
    """
    parents = dict(_parents())
    found: dict[int, str] = {}
    for pid in parents:
        above = pid
        while above in parents and above != os.getpid():
            above = parents[above]
        if above == os.getpid() != pid:
            with contextlib.suppress(OSError):
                found[pid] = (PROCESSES / str(pid) / "cmdline").read_text().replace("\0", " ").strip()
    return found


def _parents() -> Iterator[tuple[int, int]]:
    """Each living process and its parent; a zombie is none."""
    for file in PROCESSES.glob("[0-9]*/stat"):
        with contextlib.suppress(OSError):
            state, parent = file.read_text().rpartition(")")[2].split()[:2]
            if state != "Z":
                yield int(file.parent.name), int(parent)


def kill(pids: set[int]) -> None:
    """SIGKILL to each that still runs."""
    for pid in pids:
        with contextlib.suppress(ProcessLookupError):
            os.kill(pid, signal.SIGKILL)
