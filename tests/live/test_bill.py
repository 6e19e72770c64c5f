"""The bill on a real log: it waits for open calls, and never contradicts the prices that it sums up."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from decimal import Decimal

import pytest
from nats.aio.client import Client as Nats

from zamaz import provision, subjects
from zamaz.definition import BudgetsFile
from zamaz.events import Fact, encode, subject_of
from zamaz.events.cost import CallPriced, DebateBilled
from zamaz.events.workflow import DebateCancelled
from zamaz.log import Appended, Log
from zamaz.service.delivery import Delivery
from zamaz.service.pull import Pull
from zamaz_cost.app import Books

from cost.books import DECIDED, EXACT, WORST, RoundPrices, answered, begun

pytestmark = pytest.mark.live


def delivered(fact: Fact, seq: int) -> tuple[subjects.Name, Delivery]:
    subject = subject_of("d", fact)
    return subjects.parse(subject), Delivery(subject, seq, 1, body=encode(fact), stored_ns=10**18)


async def billed(log: Log, patience: float = 60) -> DebateBilled:
    async with asyncio.timeout(patience):
        while not (stands := await log.last("evt.cost.d.DebateBilled")):
            await asyncio.sleep(0.05)
    assert isinstance(stands.fact, DebateBilled)
    return stands.fact


async def test_a_bill_waits_for_the_call_that_is_open_and_comes_as_soon_as_that_is_priced(nc: Nats) -> None:
    log, books = Log(nc, "test"), Books(Log(nc, "cost"), RoundPrices(), BudgetsFile())

    async def hear(heard: Delivery) -> None:
        await books.hear(subjects.parse(heard.subject), heard)

    pull = Pull(nc, subjects.EVENTS, "cost", hear, hands=8, ack_wait=provision.SHORT_ACK_WAIT_S)
    await pull.start()
    for fact in (begun("t"), begun("u"), answered("u"), DECIDED):
        await log.append("d", fact)
    await asyncio.sleep(1)
    assert await log.last("evt.cost.d.DebateBilled") is None
    await log.append("d", answered("t"))
    bill = await billed(log)
    assert (bill.cost_usd, bill.calls, bill.estimated) == (2 * EXACT, 2, 0)
    await pull.stop(5)


class Between(Log):
    """Does something right after a fact of this writer was stored, once."""

    then: Callable[[], Awaitable[None]] | None = None

    async def append(self, debate: str, fact: Fact, **how: object) -> Appended:
        stands = await super().append(debate, fact, **how)  # type: ignore[arg-type]
        if self.then and isinstance(fact, CallPriced):
            then, self.then = self.then, None
            await then()
        return stands


async def test_an_answer_that_comes_while_its_call_is_given_up_leaves_prices_and_bill_agreed(nc: Nats) -> None:
    log, slow = Log(nc, "test"), Between(nc, "cost")
    ours, other = Books(slow, RoundPrices(), BudgetsFile()), Books(Log(nc, "cost"), RoundPrices(), BudgetsFile())
    for call in ("t", "u", "v"):
        await log.append("d", begun(call))
    ended = await log.append("d", DebateCancelled())

    async def late() -> None:
        for call in ("u", "v"):
            seq = (await log.append("d", answered(call))).seq
            await other.hear(*delivered(answered(call), seq))

    slow.then = late
    await ours.hear(*delivered(DebateCancelled(), ended.seq))
    prices = [h.fact for h in (await log.load("d", filters=("evt.cost.d.CallPriced.>",))).facts]
    sums = sum((price.amount_usd for price in prices if isinstance(price, CallPriced)), Decimal(0))
    assert len(prices) == 3
    assert (await billed(log)).cost_usd == sums
    assert 3 * EXACT <= sums <= 3 * WORST
