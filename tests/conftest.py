"""Real servers for the live tests: one nats-server a test that asks for it, on loopback, in a temporary folder.

And what holds for every test: in which order files are run, what a failing one shows, what none may leave behind.
"""

from __future__ import annotations

import asyncio
import signal
import subprocess
import time
from collections.abc import AsyncIterator, Generator, Iterator
from dataclasses import dataclass, field
from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings
from nats.aio.client import Client as Nats

from zamaz import connection, provision
from zamaz.embedded import nats_server

from servers import aftermath
from servers.ports import free_port

PROVIDERS = {"script": 64, "local": 4, "custom": 16}
BEGAN = pytest.StashKey[float]()
FOLDER = pytest.StashKey[Path]()

# A busy machine is slow, and that is no fault of what is tested.
settings.register_profile("busy", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("busy")


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Files that are given the longest go first, so that no worker is left with one of them at the end."""
    given: dict[Path, float] = {}
    for item in items:
        bound = item.get_closest_marker("timeout")
        usual = 1.0 if item.get_closest_marker("live") else 0.0
        given[item.path] = max(given.get(item.path, 0.0), bound.args[0] if bound else usual)
    items.sort(key=lambda item: -given[item.path])


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(
    item: pytest.Item, call: pytest.CallInfo[None]
) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """A failing test shows the logs of what ran meanwhile."""
    report = yield
    began = item.stash.setdefault(BEGAN, call.start)
    if report.failed and (folder := item.session.stash.get(FOLDER, None)):
        report.sections += ((f"end of {name}", text) for name, text in aftermath.logs(folder, began))
    return report


@pytest.fixture(autouse=True, scope="session")
def _folder_of_logs(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> None:
    request.session.stash[FOLDER] = tmp_path_factory.getbasetemp()


@pytest.fixture(autouse=True, scope="module")
def _nothing_runs_on() -> Iterator[None]:
    """What the tests of a file started and did not stop is killed, and is an error."""
    before = aftermath.started()
    yield
    left = {pid: command for pid, command in aftermath.started().items() if pid not in before}
    aftermath.kill(set(left))
    assert not left, "left running, and killed now"


@dataclass
class Server:
    """A nats-server that can be killed and started again on the same port and folder."""

    folder: Path
    port: int = field(default_factory=free_port)
    sync: str = "2m"
    process: subprocess.Popen[bytes] | None = None

    @property
    def url(self) -> str:
        return f"nats://127.0.0.1:{self.port}"

    def command(self) -> list[str]:
        return nats_server.command(self.folder, port=self.port, sync=self.sync)

    def start(self) -> None:
        command = self.command()
        with (self.folder / "server.out").open("ab") as out:
            self.process = subprocess.Popen(command, stdout=out, stderr=out)
        deadline = time.monotonic() + 60
        while not nats_server.address(self.folder):
            assert time.monotonic() < deadline, (self.folder / "nats.log").read_text()
            time.sleep(0.02)

    def kill(self) -> None:
        assert self.process is not None
        self.process.send_signal(signal.SIGKILL)
        self.process.wait()

    def stop(self) -> None:
        if self.process and self.process.poll() is None:
            self.process.terminate()
            try:
                self.process.wait(timeout=15)
            finally:
                self.kill()


@pytest.fixture
def server(tmp_path: Path) -> Iterator[Server]:
    """A running nats-server, not provisioned."""
    made = Server(tmp_path / "nats")
    made.folder.mkdir()
    try:
        made.start()
        yield made
    finally:
        made.stop()


@pytest.fixture
async def nc(server: Server) -> AsyncIterator[Nats]:
    """A connection to a provisioned server."""
    client = await connection.connect(server.url, "test", timeout=30)
    await provision.provision(client, PROVIDERS)
    yield client
    await asyncio.wait_for(client.close(), 30)
