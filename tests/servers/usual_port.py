"""NATS' usual port, where a command looks for a house that nobody has named: one test at a time means it.

Tests run beside each other, in workers that share the machine: a house that one of them has put there would be found by
the commands of another.
"""

from __future__ import annotations

import asyncio
import contextlib
import fcntl
import tempfile
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

_LOCK = Path(tempfile.gettempdir()) / "zamaz-tests-usual-port.lock"


@contextlib.contextmanager
def usual_port() -> Iterator[None]:
    """No other test's house is on it meanwhile."""
    with _LOCK.open("a") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


@contextlib.asynccontextmanager
async def usual_port_for() -> AsyncIterator[None]:
    """The same in a test with a loop, which goes on while others are waited for."""
    with _LOCK.open("a") as lock:
        await asyncio.to_thread(fcntl.flock, lock, fcntl.LOCK_EX)
        yield
