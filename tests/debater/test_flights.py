"""One call a turn in a process."""

from __future__ import annotations

import asyncio

import pytest

from zamaz.service.delivery import GiveBack
from zamaz_debater.flights import Flights


async def test_a_second_delivery_waits_for_the_first_and_says_nothing() -> None:
    flights, gate, bought = Flights(), asyncio.Event(), []

    async def work() -> list[str]:
        bought.append(1)
        await gate.wait()
        return ["ArgumentPresented"]

    first = asyncio.create_task(flights.join("d/t", work))
    second = asyncio.create_task(flights.join("d/t", work))
    await asyncio.sleep(0)
    assert not second.done()
    gate.set()
    assert (await first, await second) == (["ArgumentPresented"], [])
    assert bought == [1]
    assert len(flights) == 0


async def test_what_the_first_raises_the_second_raises_too() -> None:
    flights = Flights()

    async def work() -> list[str]:
        await asyncio.sleep(0)
        raise GiveBack(1)

    both = await asyncio.gather(*(flights.join("d/t", work) for _ in range(2)), return_exceptions=True)
    assert [type(raised) for raised in both] == [GiveBack, GiveBack]


async def test_the_work_goes_on_when_its_delivery_is_cancelled() -> None:
    flights, gate, done = Flights(), asyncio.Event(), []

    async def work() -> list[str]:
        await gate.wait()
        done.append(1)
        return []

    first = asyncio.create_task(flights.join("d/t", work))
    await asyncio.sleep(0)
    first.cancel()
    with pytest.raises(asyncio.CancelledError):
        await first
    gate.set()
    await flights.join("d/t", work)
    assert done == [1]
