"""The real services in processes of their own, to be killed, stopped and continued."""

from __future__ import annotations

import contextlib
import os
import shutil
import signal
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

from zamaz.definition import default_folder

SERVICES = ("workflow", "orchestrator", "debater", "cost")


@dataclass
class Process:
    """One service process; its log is a file."""

    name: str
    log: Path
    env: dict[str, str]
    process: subprocess.Popen[bytes] | None = None
    begins: int = 0

    def start(self) -> None:
        with self.log.open("ab") as out:
            self.begins = out.tell()
            command = [sys.executable, "-m", f"zamaz_{self.name}"]
            self.process = subprocess.Popen(command, stdout=out, stderr=out, env=self.env)

    def told(self, word: str) -> bool:
        """Whether the process that runs now has logged a word."""
        return word.encode() in self.log.read_bytes()[self.begins :]

    def signal(self, number: int) -> None:
        assert self.process is not None
        with contextlib.suppress(ProcessLookupError):
            self.process.send_signal(number)

    def kill(self) -> None:
        assert self.process is not None
        self.signal(signal.SIGKILL)
        self.process.wait()

    def freeze(self) -> None:
        self.signal(signal.SIGSTOP)

    def thaw(self) -> None:
        self.signal(signal.SIGCONT)

    def stop(self, patience: float = 60) -> int:
        """SIGTERM and wait; the exit code."""
        assert self.process is not None
        self.thaw()
        self.signal(signal.SIGTERM)
        try:
            return self.process.wait(timeout=patience)
        finally:
            if self.process.poll() is None:
                self.kill()


@dataclass
class Staff:
    """Every process of a test."""

    folder: Path
    url: str
    env: dict[str, str] = field(default_factory=dict)
    all: list[Process] = field(default_factory=list)

    def hire(self, *names: str, url: str = "") -> list[Process]:
        """Start one process of each name, on the server or on another address of it."""
        hired = []
        for name in names:
            log = self.folder / f"{name}-{len(self.all)}.log"
            env = {**os.environ, "ZAMAZ_NATS_URL": url or self.url, "ZAMAZ_STOP_PATIENCE": "3", **self.env}
            process = Process(name, log, env)
            process.start()
            self.all.append(process)
            hired.append(process)
        return hired

    def of(self, name: str) -> list[Process]:
        return [process for process in self.all if process.name == name]

    def logs(self, most: int = 4000) -> str:
        """The tails of all logs, for a failing test."""
        return "\n".join(f"== {p.log.name}\n{p.log.read_text()[-most:]}" for p in self.all)

    def dismiss(self) -> None:
        """Tell all to stop, and wait until they have. One that does not is killed, and an error when all are gone."""
        with contextlib.ExitStack() as stopping:
            for process in self.all:
                process.thaw()
                process.signal(signal.SIGTERM)
                stopping.callback(process.stop)


def unpriced(folder: Path) -> dict[str, str]:
    """The environment of services that call a paid model although nobody knows its price."""
    made = folder / "definitions"
    shutil.copytree(default_folder(), made)
    (made / "budgets.yaml").write_text("unpriced: allow\n")
    return {"ZAMAZ_DEFINITIONS": str(made)}


@contextlib.contextmanager
def staff(folder: Path, url: str, **env: str) -> Iterator[Staff]:
    """Services that are all stopped at the end."""
    made = Staff(folder, url, env)
    try:
        yield made
    finally:
        made.dismiss()
