"""A process that is kept running: started, watched, started again, stopped in order."""

from __future__ import annotations

import asyncio
import contextlib
import ctypes
import os
import re
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Mapping
from pathlib import Path

Say = Callable[[str], None]
PR_SET_PDEATHSIG = 1
SHORTEST_S, LONGEST_S = 0.1, 5.0
"""How long it waits before a process is started again; twice as long each time, until one was healthy."""
HEALTHY_S = 10.0
"""Who has run for so long did start well."""
LAST_BYTES = 4096
_ORDERS = re.compile(r"\x1b\[[0-9;]*[A-Za-z]")
_LIBC = ctypes.CDLL(None, use_errno=True) if sys.platform == "linux" else None


def _die_with_parent() -> None:
    """Linux: end with the parent, however it ends. Runs in the child, before exec."""
    os.setpgid(0, 0)  # Ctrl-C reaches the parent alone, which then stops the children in order.
    if _LIBC is not None:
        _LIBC.prctl(PR_SET_PDEATHSIG, signal.SIGTERM)


class Child:
    """One process. Its output goes to `log`; `env` is its whole environment."""

    def __init__(self, name: str, command: list[str], env: Mapping[str, str], log: Path, say: Say) -> None:
        self.name, self.command, self.log = name, command, log
        self._env, self._say = dict(env), say
        self._process: subprocess.Popen[bytes] | None = None
        self._watch: asyncio.Task[None] | None = None
        self._stopping = False
        self._from, self._began = 0, 0.0

    @property
    def pid(self) -> int:
        """The process id, 0 while it does not run."""
        return self._process.pid if self._process and self._process.poll() is None else 0

    def running(self) -> bool:
        """Whether the process lives."""
        return self._process is not None and self._process.poll() is None

    def start(self) -> None:
        """Start it and keep it running."""
        self._spawn()
        self._watch = asyncio.create_task(self._keep())

    def _spawn(self) -> None:
        self.log.parent.mkdir(parents=True, exist_ok=True)
        with self.log.open("ab") as out:
            self._from, self._began = out.seek(0, os.SEEK_END), time.monotonic()
            # PDEATHSIG is bound to the thread that starts the child, so it is started here, in the main one.
            self._process = subprocess.Popen(  # noqa: S603 - our own command
                self.command,
                stdin=subprocess.DEVNULL,
                stdout=out,
                stderr=out,
                env=self._env,
                preexec_fn=_die_with_parent,
            )

    async def _keep(self) -> None:
        pause = SHORTEST_S
        while self._wanted():
            await asyncio.sleep(0.1)
            if self.running():
                continue
            if time.monotonic() - self._began >= HEALTHY_S:
                pause = SHORTEST_S
            self._say(f"{self.name} ended ({self._ending()}); starting it again (its log: {self.log}){self._last()}")
            await asyncio.sleep(pause)
            pause = min(LONGEST_S, pause * 2)
            if self._wanted():
                self._spawn()

    def _last(self) -> str:
        """What it wrote last, on a line of its own; "" where it wrote nothing since it was started."""
        try:
            with self.log.open("rb") as log:
                end = log.seek(0, os.SEEK_END)
                log.seek(max(self._from, end - LAST_BYTES))
                written = _ORDERS.sub("", log.read().decode(errors="replace")).strip().splitlines()
        except OSError:
            return ""
        line = "".join(c for c in written[-1] if c.isprintable()).strip() if written else ""
        return f"\n  {line}" if line else ""

    def _wanted(self) -> bool:
        """Asked anew after every pause: a stop may have come meanwhile."""
        return not self._stopping

    def _ending(self) -> str:
        code = self._process.returncode if self._process else None
        return f"signal {-code}" if code is not None and code < 0 else f"exit code {code}"

    async def stop(self, patience: float) -> None:
        """SIGTERM, and SIGKILL after `patience` seconds."""
        self._stopping = True
        if self._watch:
            self._watch.cancel()
        if self._process is None or not self.running():
            return
        with contextlib.suppress(ProcessLookupError):
            self._process.terminate()
        for _ in range(int(patience * 20)):
            if not self.running():
                return
            await asyncio.sleep(0.05)
        self._say(f"{self.name} did not stop in {patience:g} s and is killed")
        self._process.kill()
        self._process.wait()
