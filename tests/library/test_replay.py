"""The replay's own arithmetic, against a server that behaves as JetStream does; the real one is in tests/live."""

from __future__ import annotations

import json
from collections.abc import Awaitable, Callable
from types import SimpleNamespace
from typing import Any, cast

import pytest
from nats.aio.client import Client as Nats
from nats.aio.msg import Msg

from zamaz import replay as module
from zamaz.errors import LogUnavailable
from zamaz.replay import replay

Hear = Callable[[Msg], Awaitable[None]]


class FakeServer:
    """A log of `count` facts. `gone` were purged after the consumer was made, `dropped` get lost on their way once."""

    is_closed = False

    def __init__(self, count: int, gone: tuple[int, ...] = (), dropped: tuple[int, ...] = ()) -> None:
        self.count, self.gone, self.dropped = count, gone, set(dropped)
        self.batches: list[int] = []
        self._hear: Hear
        self._at = self._nth = 0

    def new_inbox(self) -> str:
        return "_INBOX.x"

    async def subscribe(self, _inbox: str, cb: Hear) -> SimpleNamespace:
        async def unsubscribe() -> None:
            return None

        self._hear = cb
        return SimpleNamespace(unsubscribe=unsubscribe)

    async def request(self, _subject: str, body: bytes, timeout: float) -> SimpleNamespace:
        assert timeout
        self._at, self._nth = json.loads(body)["config"]["opt_start_seq"] - 1, 0
        made = {"name": "c", "num_pending": self.count - self._at}
        return SimpleNamespace(data=json.dumps(made).encode())

    async def publish(self, subject: str, body: bytes, reply: str = "") -> None:
        if "MSG.NEXT" not in subject:
            return
        asked = json.loads(body)["batch"]
        self.batches.append(asked)
        left = [seq for seq in range(self._at + 1, self.count + 1) if seq not in self.gone]
        for n, seq in enumerate(left[:asked], 1):
            self._at, self._nth = seq, self._nth + 1
            if seq in self.dropped:
                self.dropped.remove(seq)
                continue
            place = f"$JS.ACK.EVENTS.c.1.{seq}.{self._nth}.1767225600000000007.{len(left) - n}"
            await self._hear(_message(f"evt.client.d{seq}.DebateRequested", place, b'{"question":"Why?"}'))
        if len(left) < asked:
            await self._hear(_message(reply, "", b"", {"Status": "408" if left else "404"}))


def _message(subject: str, reply: str, data: bytes, headers: dict[str, str] | None = None) -> Msg:
    return Msg(cast(Any, None), subject, reply, data, headers)


async def read(server: FakeServer, since: int = 1) -> list[int]:
    return [heard.seq async for batch in replay(cast(Nats, server), since) for heard in batch]


@pytest.mark.parametrize("count", [0, 1, 999, 1000, 1001, 2000, 4321])
async def test_everything_is_read_once_and_in_order_and_nothing_is_asked_for_that_there_is_not(count: int):
    server = FakeServer(count)
    assert await read(server) == list(range(1, count + 1))
    assert sum(server.batches) == count


async def test_a_fact_is_read_with_its_place_and_time():
    (batch,) = [batch async for batch in replay(cast(Nats, FakeServer(1)))]
    assert (batch[0].debate, batch[0].voice, batch[0].seq) == ("d1", "client", 1)
    assert batch[0].stamp == "2026-01-01T00:00:00.000000007Z"


@pytest.mark.parametrize("gone", [(4,), tuple(range(900, 2500)), tuple(range(2000, 3001)), tuple(range(1, 3001))])
async def test_what_is_erased_meanwhile_is_left_out(gone: tuple[int, ...]):
    assert await read(FakeServer(3000, gone)) == [seq for seq in range(1, 3001) if seq not in gone]


@pytest.mark.parametrize("dropped", [(1,), (1500,), (10, 20, 2999)])
async def test_what_is_lost_on_the_way_is_read_again(dropped: tuple[int, ...], monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(module, "SILENCE_S", 0.05)
    assert await read(FakeServer(3000, dropped=dropped)) == list(range(1, 3001))


async def test_a_log_that_falls_silent_is_told(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(module, "SILENCE_S", 0.01)
    monkeypatch.setattr(module, "TRIES", 2)
    server = FakeServer(10, dropped=tuple(range(1, 11)))
    server.dropped = cast(Any, _Always())
    with pytest.raises(LogUnavailable, match="silent"):
        await read(server)


class _Always:
    def __contains__(self, _: int) -> bool:
        return True

    def remove(self, _: int) -> None:
        """It is lost the next time too."""
