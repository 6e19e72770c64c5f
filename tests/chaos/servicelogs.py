"""The services' own logs: errors counted by kind, and those that no trouble explains."""

from __future__ import annotations

import json
import re
from collections import Counter
from collections.abc import Iterable
from pathlib import Path

import msgspec

LOUD = ("error", "critical")
TROUBLE = re.compile(r"zamaz\.errors\.(LogUnavailable|StaleRead|Busy)\b")
"""What a delivery is given back for while the server is away, or another worker is faster."""
TWO_READERS = "RuntimeError: read() called while another coroutine is already waiting for incoming data"
"""nats-py begins to read before the server has answered its connect, and once more when that took too long: the
second reader ends, and the connection goes on or is made anew after its pings."""
_NAMES = re.compile(r"\b(evt|tmr)\.\S+|[0-9a-f]{8}-[0-9a-f-]{27,}(-\d+)?|\d+")


class Noise(msgspec.Struct):
    """`expected` and `unexpected` count error lines by kind; `samples` holds one of each unexpected kind."""

    expected: Counter[str] = msgspec.field(default_factory=Counter)
    unexpected: Counter[str] = msgspec.field(default_factory=Counter)
    samples: dict[str, str] = msgspec.field(default_factory=dict)


def noise(logs: Iterable[Path]) -> Noise:
    """Read every log."""
    found = Noise()
    for log in logs:
        service = log.stem.rpartition("-")[0]
        for line in log.read_text(errors="replace").splitlines():
            _weigh(found, service, line)
    return found


def _weigh(found: Noise, service: str, line: str) -> None:
    try:
        told = json.loads(line)
    except ValueError:
        told = {"level": "critical", "event": f"no log line: {line}"}
    if told.get("level") not in LOUD:
        return
    exception = str(told.get("exception", ""))
    last = exception.strip().splitlines()[-1:] or [""]
    kind = _NAMES.sub("…", f"{service}: {told.get('event')} {last[0]}".strip())[:160]
    if TROUBLE.match(last[0]):
        found.expected[kind.rpartition(" zamaz.errors.")[2].partition(":")[0]] += 1
    elif last[0] == TWO_READERS:
        found.expected["nats-py read twice"] += 1
    else:
        found.unexpected[kind] += 1
        found.samples.setdefault(kind, line[:4000])
