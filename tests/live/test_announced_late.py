"""A debater that is cut off while it announces a call, and hears of its success when another has taken over."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Iterator

import pytest
from nats.aio.client import Client as Nats

from zamaz import connection
from zamaz.alive import Alive
from zamaz.definition.models import ProviderSpec
from zamaz.events.debater import ArgumentPresented, CallDiscarded, CallStarted, Usage
from zamaz.events.workflow import TurnRequested
from zamaz.log import Log
from zamaz.service.delivery import Delivery, GiveBack
from zamaz.service.templates import Templates
from zamaz_debater.calling import Caller, Seat
from zamaz_debater.desk import Desk, clock
from zamaz_debater.gate import Gate
from zamaz_debater.live import Live
from zamaz_debater.pen import Pen
from zamaz_debater.providers.openai_compatible import OpenAICompatible
from zamaz_debater.settings import Access
from zamaz_debater.waiting import Waiting

from conftest import Server
from servers.asgi import serving
from servers.counting import Till
from servers.cuts import Line
from servers.debaters import all_said, debate, provisioned, turn

pytestmark = pytest.mark.live
SPEC = ProviderSpec(adapter="openai_compatible")
BY, OTHER = "cut-off", "other"


class CutOff(Pen):
    """Its line falls silent at the moment when a call is announced: the log takes it, and nobody hears so."""

    line: Line

    async def started(self, debate: str, call: CallStarted, because: str) -> int:
        self.line.deafen()
        return await super().started(debate, call, because)


@pytest.fixture
def till() -> Till:
    return Till(delay=0.01)


@pytest.fixture
async def log(nc: Nats) -> Log:
    """A log with a debate, reached without a line."""
    made = await provisioned(nc)
    await debate(made, "d1")
    return made


@pytest.fixture
async def line(server: Server) -> AsyncIterator[Line]:
    made = Line(server.port)
    await made.start()
    yield made
    await made.stop()


@pytest.fixture
def address(till: Till) -> Iterator[str]:
    with serving(till.app) as found:
        yield f"{found}/v1"


@pytest.fixture
async def desk(log: Log, line: Line, address: str) -> AsyncIterator[Desk]:
    nc = await connection.connect(line.url, "debater", timeout=30)
    own = Log(nc, "debater")
    pen = CutOff(own)
    pen.line = line
    seat = Seat(OpenAICompatible("custom", SPEC, Access(address)), SPEC)
    yield Desk(
        pen,
        Templates(own),
        Alive(nc),
        BY,
        Caller({"custom": seat}, clock, Live()),
        Gate(nc, {"custom": SPEC}, clock),
        Waiting(nc, pen, clock),
        clock,
    )
    await asyncio.wait_for(nc.close(), 30)


async def hear(log: Log, desk: Desk) -> asyncio.Task[list[str]]:
    """The turn reaches the desk, which announces its call; another debater cannot know why it says no more."""
    asked = turn("t0")
    seq = (await log.append("d1", asked)).seq
    heard = asyncio.create_task(desk.hear("d1", asked, Delivery("", seq, 1)))
    await all_said(log, "d1", CallStarted, 1, 60)
    await asyncio.sleep(2)
    assert not heard.done()
    return heard


def taken_over(asked: TurnRequested) -> CallStarted:
    return CallStarted(
        call=f"{asked.turn}-2", turn=asked.turn, by=OTHER, provider="custom", model=asked.model, prompt_digest="x"
    )


def answered(asked: TurnRequested) -> ArgumentPresented:
    return ArgumentPresented(
        turn=asked.turn,
        call=f"{asked.turn}-2",
        round=1,
        participant=asked.participant,
        argument="Because.",
        provider="custom",
        model=asked.model,
        latency_ms=1,
    )


async def assert_discarded_and_not_bought(log: Log, till: Till) -> None:
    (gone,) = await all_said(log, "d1", CallDiscarded, 1, 60)
    assert (gone.call, gone.usage) == ("t0-1", Usage())
    assert till.sales == []


async def test_a_call_is_not_made_once_another_has_answered(log: Log, line: Line, desk: Desk, till: Till) -> None:
    heard = await hear(log, desk)
    await log.append("d1", taken_over(turn("t0")))
    await log.append("d1", answered(turn("t0")))
    line.mend()
    assert await heard == ["CallStarted", "CallDiscarded"]
    await assert_discarded_and_not_bought(log, till)


async def test_a_call_is_not_made_while_another_makes_it_and_the_turn_is_looked_at_again(
    log: Log, line: Line, desk: Desk, till: Till
) -> None:
    """Whoever took it over may be killed too: an acknowledged turn would be forgotten."""
    heard = await hear(log, desk)
    await log.append("d1", taken_over(turn("t0")))
    line.mend()
    with pytest.raises(GiveBack, match="other took t0-1 over"):
        await heard
    await assert_discarded_and_not_bought(log, till)


async def test_a_call_that_is_still_ours_is_made(log: Log, line: Line, desk: Desk, till: Till) -> None:
    heard = await hear(log, desk)
    line.mend()
    assert await heard == ["CallStarted", "ArgumentPresented"]
    assert dict(till.bought) == {"t0-1": 1}
