"""Answers are heard while they are written, and a call that nobody needs any more is left, said and paid."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Iterator
from itertools import pairwise
from pathlib import Path

import pytest
from nats.aio.msg import Msg

from zamaz import connection, live, subjects
from zamaz.events.client import DebateAbortRequested
from zamaz.events.debater import ArgumentPresented, CallDiscarded, TurnFailed
from zamaz.events.workflow import StepTimedOut
from zamaz.live import Piece
from zamaz.log import Log

from conftest import Server
from servers.asgi import serving
from servers.debaters import Debaters, all_said, debate, provisioned, turn, until
from servers.pouring import Pouring

pytestmark = pytest.mark.live


@pytest.fixture
def pouring() -> Pouring:
    return Pouring()


@pytest.fixture
def debaters(server: Server, tmp_path: Path, pouring: Pouring) -> Iterator[Debaters]:
    with serving(pouring.app) as address:
        made = Debaters(server.url, tmp_path / "definitions", {"ZAMAZ_CUSTOM_URL": f"{address}/v1"})
        yield made
        made.stop()


@pytest.fixture
async def log(server: Server, debaters: Debaters) -> AsyncIterator[Log]:
    nc = await connection.connect(server.url, "test", timeout=30)
    made = await provisioned(nc)
    debaters.start()
    yield made
    await asyncio.wait_for(nc.close(), 30)


async def test_what_nobody_needs_is_left_and_what_is_needed_is_heard(log: Log, pouring: Pouring) -> None:
    for name in ("aborted", "late", "going"):
        await debate(log, name)
    heard = await _listening(log)
    await log.append("aborted", turn("t-aborted"))
    await log.append("late", turn("t-late"))
    await until(lambda: sum(map(len, heard.values())) >= 6 and len(pouring.poured) == 2, 60)
    await log.append("aborted", DebateAbortRequested(by="me"))
    await log.append("late", StepTimedOut(round=1, step="initial_arguments", turns=("t-late",)))
    await until(lambda: pouring.left == {"t-aborted-1", "t-late-1"}, 60)
    for name in ("aborted", "late"):
        (gone,) = await all_said(log, name, (CallDiscarded, ArgumentPresented, TurnFailed), 1, 60)
        assert isinstance(gone, CallDiscarded)
        assert (gone.call, gone.kind) == (f"t-{name}-1", "cancelled")
        assert gone.usage is not None
        assert gone.usage.estimated
        assert 0 < gone.usage.output < 2000
    heard.clear()
    pouring.words = 40
    await log.append("going", turn("t-going"))
    (answer,) = await all_said(log, "going", (ArgumentPresented, TurnFailed), 1, 60)
    assert (answer.position, answer.usage.output) == ("Do it.", 5)
    pieces = heard["t-going"]
    assert len(pieces) > 5
    for before, after in pairwise(pieces):
        assert after.at == before.at + len(before.text)
    told = "".join(piece.text for piece in pieces)
    assert told.startswith("word0 word1 word2 ")
    assert answer.argument.startswith(told.strip())
    assert pouring.ended == {"t-going-1"}


async def _listening(log: Log) -> dict[str, list[Piece]]:
    """What is told of each turn, as it comes."""
    told: dict[str, list[Piece]] = {}

    async def hear(message: Msg) -> None:
        piece = live.piece(message.data)
        assert piece
        told.setdefault(message.subject.rpartition(".")[2], []).append(piece)

    await log.nc.subscribe(subjects.live_of("*"), cb=hear)
    return told
