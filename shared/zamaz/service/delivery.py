"""A delivered message, and the ways to hand it back."""

from __future__ import annotations

import random
from datetime import UTC, datetime
from typing import NamedTuple

from nats.aio.msg import Msg

from zamaz.errors import ZamazError
from zamaz.headers import TRACE


class Delivery(NamedTuple):
    """What was heard: `seq` is its place in the stream, `tries` counts deliveries from 1, `trace` is the
    traceparent of whoever said it, `stored_ns` the server's clock when it stored it."""

    subject: str
    seq: int
    tries: int
    id: str = ""
    trace: str = ""
    body: bytes = b""
    stored_ns: int = 0

    @property
    def stored_at(self) -> datetime:
        """When the server stored it (UTC; microseconds): the same at every delivery."""
        seconds, rest = divmod(self.stored_ns, 10**9)
        return datetime.fromtimestamp(seconds, UTC).replace(microsecond=rest // 1000)


class GiveBack(ZamazError):
    """Deliver this again, `delay` seconds from now."""

    def __init__(self, delay: float, why: str = "") -> None:
        super().__init__(why or f"given back for {delay} s")
        self.delay = delay


class Terminate(ZamazError):
    """Never deliver this again: it becomes a dead letter, with the reason."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


def delivery(message: Msg) -> Delivery:
    """Read stream sequence and delivery count off the ack subject.

    `$JS.ACK.<stream>.<consumer>.<tries>.<seq>.<consumer seq>.<time>.<pending>`, or with domain and account in
    front of the stream.
    """
    parts = message.reply.split(".")
    skip = 2 if len(parts) > 10 else 0
    heads = message.headers or {}
    return Delivery(
        message.subject,
        int(parts[5 + skip]),
        int(parts[4 + skip]),
        heads.get("ce-id", ""),
        heads.get(TRACE, ""),
        message.data,
        int(parts[7 + skip]),
    )


def give_back_delay(tries: int) -> float:
    """Seconds before the next delivery: 0.1 s doubling up to 30 s, spread by a fifth."""
    return float(min(30.0, 0.1 * 2 ** min(tries, 9)) * random.uniform(0.8, 1.2))
