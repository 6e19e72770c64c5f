"""Whoever put a fact into the log counts it, once: not who says it again, and not twice who never heard the ack."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest
from nats.aio.client import Client as Nats

from zamaz import wire
from zamaz.errors import LogUnavailable
from zamaz.events import Fact
from zamaz.events.client import DebateRequested
from zamaz.log import Log

pytestmark = pytest.mark.live
ASKED = DebateRequested(question="Split it?")


async def test_of_fifty_writers_of_the_same_words_one_counts_them(nc: Nats):
    counted: list[Fact] = []
    logs = [Log(nc, "test", stored=counted.append) for _ in range(50)]
    said = await asyncio.gather(*(log.append("d", ASKED) for log in logs))
    assert all(one.ours for one in said)
    assert counted == [ASKED]


async def test_a_fact_whose_ack_was_lost_is_counted_once_by_who_wrote_it(nc: Nats, monkeypatch: pytest.MonkeyPatch):
    counted: list[Fact] = []
    deafened(monkeypatch, times=1)
    await Log(nc, "test", stored=counted.append).append("d", ASKED)
    assert counted == [ASKED]
    await Log(nc, "another", stored=counted.append).append("d", ASKED)
    assert counted == [ASKED]


async def test_a_fact_that_was_given_up_and_stands_all_the_same_is_counted_when_it_is_said_again(
    nc: Nats, monkeypatch: pytest.MonkeyPatch
):
    counted: list[Fact] = []
    log = Log(nc, "test", stored=counted.append)
    deafened(monkeypatch, times=1)
    blinded = blind()
    with pytest.raises(LogUnavailable):
        await log.append("d", ASKED, tries=1)
    assert counted == []
    blinded.undo()
    for _ in range(3):
        await log.append("d", ASKED)
    assert counted == [ASKED]


def deafened(monkeypatch: pytest.MonkeyPatch, times: int) -> None:
    """The first acks are lost on their way."""
    left = [times]

    async def deaf(*asked: Any) -> wire.Ack | None:
        ack = await wire.publish(*asked)
        if left[0] > 0:
            left[0] -= 1
            return None
        return ack

    monkeypatch.setattr("zamaz.log.publish", deaf)


def blind() -> pytest.MonkeyPatch:
    """Nothing can be read back either, until it is undone."""

    async def nothing(*_: Any) -> None:
        raise LogUnavailable("the server is away")

    patch = pytest.MonkeyPatch()
    patch.setattr(wire.DirectGets, "one", nothing)
    return patch
