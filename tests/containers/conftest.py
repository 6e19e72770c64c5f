"""A NATS container for each test of the log."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from containers import daemon
from containers.nats import NatsServer


@pytest.fixture
def server(tmp_path: Path) -> Iterator[NatsServer]:
    """A server from an image, in the place of the process that the other tests start."""
    daemon.reached()
    made = NatsServer(tmp_path)
    yield made
    made.remove()
