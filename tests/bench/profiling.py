"""One service under cProfile while it works. It slows what it watches: for shares, not for figures."""

from __future__ import annotations

import pstats
import signal
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

from live.processes import Process

LINES = 25


@dataclass
class Profiled(Process):
    """A service process that leaves its profile beside its log."""

    @property
    def stats(self) -> Path:
        return self.log.with_suffix(".pstats")

    def start(self) -> None:
        command = [sys.executable, "-m", "cProfile", "-o", str(self.stats), "-m", f"zamaz_{self.name}"]
        with self.log.open("ab") as out:
            self.process = subprocess.Popen(command, stdout=out, stderr=out, env=self.env)

    def signal(self, number: int) -> None:
        """A stop by SIGTERM ends the process before the profile is written; by SIGINT it is."""
        super().signal(signal.SIGINT if number == signal.SIGTERM else number)


def show(stats: Path) -> None:
    """The dearest functions, by their own time and with what they called."""
    for order in ("tottime", "cumulative"):
        pstats.Stats(str(stats)).sort_stats(order).print_stats(LINES)
