"""Processes: what they inherit, and what the kernel tells of them. Linux only (`/proc`)."""

from __future__ import annotations

import os
import platform
import sys
import tempfile
from pathlib import Path
from typing import Any

TICK = os.sysconf("SC_CLK_TCK")
PAGE = os.sysconf("SC_PAGE_SIZE")
USER, SYSTEM = 11, 12
"""Where the two times stand in `/proc/<pid>/stat`, counted from behind the command's closing bracket."""


def environment(**more: str) -> dict[str, str]:
    """This process' environment for one whose bytecode is kept, as that of installed software is.

    It is kept aside, for some machines forbid it beside the source: there every start would compile anew.
    """
    inherited = {name: value for name, value in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"}
    kept = Path(tempfile.gettempdir()) / f"zamaz-bench-bytecode-{os.getuid()}"
    return {**inherited, "PYTHONPYCACHEPREFIX": str(kept), **more}


def supported() -> bool:
    return Path("/proc/self/stat").is_file()


def cpu_seconds(pid: int) -> float:
    """User and system time of a living process, in steps of 10 ms."""
    fields = Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()
    return (int(fields[USER]) + int(fields[SYSTEM])) / TICK


def resident_mb(pid: int) -> float:
    """Resident memory in MiB."""
    return int(Path(f"/proc/{pid}/statm").read_text().split()[1]) * PAGE / 2**20


class Meter:
    """CPU that processes spend from now on."""

    def __init__(self, pids: dict[str, int]) -> None:
        self._pids = pids
        self._since = {name: cpu_seconds(pid) for name, pid in pids.items()}

    def spent(self) -> dict[str, float]:
        """Seconds by process."""
        return {name: cpu_seconds(pid) - self._since[name] for name, pid in self._pids.items()}


def described() -> dict[str, Any]:
    """What the figures were measured on."""
    return {
        "cores": os.cpu_count(),
        "load_1m": round(os.getloadavg()[0], 2),
        "python": sys.version.split()[0],
        "kernel": platform.release(),
    }
