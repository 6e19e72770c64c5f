"""Ports for what a test starts, kills and starts again.

They lie below those that the system hands out, and each worker has its own: while nobody listens on one, nobody else
is given it. The system's free ports are free for everybody at once.
"""

from __future__ import annotations

import itertools
import os
import socket

FIRST, EACH = 20_000, 2_000
_count = itertools.count(os.getpid() * 61)


def free_port() -> int:
    """A loopback port that is free now, and not soon given to another."""
    worker = int(os.environ.get("PYTEST_XDIST_WORKER", "gw0").removeprefix("gw")) % 6
    for n in itertools.islice(_count, EACH):
        port = FIRST + worker * EACH + n % EACH
        with socket.socket() as probe:
            try:
                probe.bind(("127.0.0.1", port))
            except OSError:
                continue
        return port
    raise AssertionError("no port is free")
