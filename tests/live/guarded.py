"""A server on deploy/nats as it is delivered, but for its ports and its folder, with keys of its own;
and what a service tells over HTTP."""

from __future__ import annotations

import json
import re
import shutil
import signal
import time
import urllib.error
import urllib.request
from dataclasses import dataclass, field
from pathlib import Path

from nats.aio.client import Client as Nats

from zamaz import connection
from zamaz.cli.keys import make
from zamaz.connection import refused_subject, seed_name
from zamaz.embedded import nats_server

from conftest import Server
from servers.ports import free_port

DEPLOYED = Path(__file__).parents[2] / "deploy" / "nats"
TOP = """\
include ./nats/nats.conf
port: {port}
http_port: {monitor}
ports_file_dir: {run}
log_file: {log}
jetstream {{ store_dir: {store}, sync_interval: "2m" }}
"""


@dataclass
class Guarded(Server):
    """A server that knows its users by their keys, which lie in `keys`."""

    monitor: int = field(default_factory=free_port)

    @property
    def keys(self) -> Path:
        return self.folder / "nats" / "keys"

    @property
    def permissions(self) -> Path:
        return self.folder / "nats" / "permissions.conf"

    def prepare(self) -> None:
        (self.folder / "nats").mkdir(parents=True)
        for file in DEPLOYED.glob("*.conf"):
            shutil.copy(file, self.folder / "nats")
        make(self.keys, 0o600)

    def command(self) -> list[str]:
        run = self.folder / "run"
        run.mkdir(exist_ok=True)
        for stale in run.glob("*.ports"):
            stale.unlink()
        names = {"run": run, "log": self.folder / "nats.log", "store": self.folder / "jetstream"}
        quoted = {name: json.dumps(str(path)) for name, path in names.items()}
        top = self.folder / "top.conf"
        top.write_text(TOP.format(port=self.port, monitor=self.monitor, **quoted), encoding="utf-8")
        return [nats_server.binary(), "--config", str(top)]

    def reload(self) -> None:
        assert self.process is not None
        self.process.send_signal(signal.SIGHUP)

    async def connect(self, user: str) -> Guest:
        """A connection with a user's key that keeps what the server refuses it."""
        guest = Guest(user)
        opts = connection.options(user, nkey=self.keys / seed_name(user))
        await guest.nc.connect(self.url, **{**opts, "error_cb": guest.complained})
        return guest


class Guest:
    """A user's connection."""

    def __init__(self, user: str) -> None:
        self.user, self.nc, self.refused = user, Nats(), set[str]()

    async def complained(self, error: Exception) -> None:
        self.refused.add(refused_subject(error) or str(error))

    async def says(self, *tried: str, body: bytes = b"{}") -> set[str]:
        """Publish on each subject; those (in lower case) that the server refused."""
        self.refused.clear()
        for subject in tried:
            await self.nc.publish(subject, body)
        return await self._told()

    async def hears(self, *tried: str) -> set[str]:
        """Subscribe to each subject; those (in lower case) that the server refused."""
        self.refused.clear()
        for subject in tried:
            await self.nc.subscribe(subject)
        return await self._told()

    async def _told(self) -> set[str]:
        """The server answers in order: its pong comes behind its refusals. The first ping may overtake what nats-py
        still holds back, the second cannot."""
        await self.nc.flush(30)
        await self.nc.flush(30)
        return set(self.refused)


def scraped(port: int) -> str:
    """What a service measures. Its port opens a moment after it says that it is listening to the log."""
    deadline = time.monotonic() + 60
    while True:
        try:
            with urllib.request.urlopen(f"http://127.0.0.1:{port}/metrics", timeout=30) as reply:
                return str(reply.read().decode())
        except urllib.error.URLError:
            assert time.monotonic() < deadline, f"nobody listens on {port}"
            time.sleep(0.05)


def healthy(port: int) -> bool:
    try:
        with urllib.request.urlopen(f"http://127.0.0.1:{port}/health", timeout=30):
            return True
    except urllib.error.URLError:
        return False


def refusals(port: int) -> float:
    """What a service counted as refused by the server's permissions."""
    found = re.search(
        r'^zamaz_nats_errors_total\{kind="permission",service="\w+"\} (\S+)$', scraped(port), re.MULTILINE
    )
    assert found, "the metric is there before the first refusal"
    return float(found[1])
