"""A paid call for a ruling, and an orchestrator that is killed in the middle of it: the bill holds it, and another one
goes on."""

from __future__ import annotations

import asyncio
import json
import shutil
from collections.abc import Iterator
from dataclasses import dataclass, field
from decimal import Decimal
from typing import TypeVar

import pytest

import zamaz
from zamaz.definition import default_folder
from zamaz.events import Fact
from zamaz.events.cost import CallPriced, DebateBilled
from zamaz.events.orchestration import ConsensusAssessed, RulingDiscarded, RungAsked
from zamaz.events.workflow import RulingRequested

from conftest import Server
from live.houses import running_house
from live.processes import SERVICES, Staff
from servers import misbehaving
from servers.asgi import Receive, Scope, Send, answer, remembering, serving

pytestmark = pytest.mark.live
F = TypeVar("F", bound=Fact)
A_TOKEN = Decimal("0.001")
USED = 115
"""Tokens that the server counts for a call, those of its reasoning among them."""
RULING = {"areas_of_agreement": ["to do it"], "areas_of_disagreement": [], "answer": "full", "confidence": 0.9}
SEATS = ("script/agree", "script/agree")


@dataclass
class House:
    """A server, two orchestrators among the services, and the requests that the paid model was sent."""

    server: Server
    services: Staff
    sent: list[bytes] = field(default_factory=list)

    def killed(self, by: str) -> None:
        """End the orchestrator of that name at once."""
        (asker,) = (
            one for one in self.services.of("orchestrator") if one.process and by.split("-")[-2] == str(one.process.pid)
        )
        asker.kill()


@pytest.fixture(scope="module")
def house(tmp_path_factory: pytest.TempPathFactory) -> Iterator[House]:
    folder, sent = tmp_path_factory.mktemp("lost_rulings"), list[bytes]()
    made = folder / "definitions"
    shutil.copytree(default_folder(), made)
    (made / "orchestration.yaml").write_text("consensus: [{rung: cloud, model: custom/hangs, timeout: 25s}]\n")
    (made / "prices.yaml").write_text('models: {custom: {hangs: {input: "1000", output: "1000"}}}\n')

    async def first_hangs(scope: Scope, receive: Receive, send: Send) -> None:
        if len(sent) == 1:
            await misbehaving.app(scope, receive, send)
        else:
            await answer(send, 200, misbehaving.openai(json.dumps(RULING), ""))

    paid = remembering(first_hangs, sent)

    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        """Debaters ask for the list of its models, too, and pay nothing for that."""
        if scope["method"] == "POST":
            await paid(scope, receive, send)
        else:
            await answer(send, 200, {"object": "list", "data": []})

    with (
        serving(app) as address,
        running_house(folder, *SERVICES, "orchestrator", definitions=made, ZAMAZ_CUSTOM_URL=f"{address}/v1") as running,
    ):
        yield House(*running, sent)


async def said(client: zamaz.Client, debate: str, kind: type[F], count: int = 1) -> list[F]:
    """The facts of a kind, once there are so many."""
    async with asyncio.timeout(60):
        while True:
            found = [heard.fact for heard in (await client.log.load(debate)).facts if isinstance(heard.fact, kind)]
            if len(found) >= count:
                return found
            await asyncio.sleep(0.1)


async def test_a_killed_orchestrator_s_call_is_on_the_bill_and_another_one_rules(house: House) -> None:
    async with await zamaz.connect(house.server.url, timeout=30) as client:
        debate = await client.request("Should we?", workflow="one_round", participants=SEATS, budget_usd="100")
        (first,) = await said(client, debate, RungAsked)
        async with asyncio.timeout(30):
            while not house.sent:
                await asyncio.sleep(0.05)
        house.killed(first.by)
        done = await client.completed(debate, timeout=60)
        (bill,) = await said(client, debate, DebateBilled)
        prices = {one.call: one for one in await said(client, debate, CallPriced, 2)}
        asked, (ruled,) = await said(client, debate, RungAsked), await said(client, debate, ConsensusAssessed)
        (wanted,) = await said(client, debate, RulingRequested)
        assert await said(client, debate, RulingDiscarded, 0) == [], "nobody is left who could tell of it"
    assert [one.call for one in asked] == [f"{wanted.ruling}-asked-{n}" for n in (1, 2)]
    assert asked[1].by != first.by
    assert (ruled.rung, ruled.call) == ("cloud", asked[1].call)
    assert (len(house.sent), done.partial) == (2, False), "nobody asked a third time"
    lost, paid = (prices[one.call] for one in asked)
    assert (lost.basis, paid.basis) == ("worst_case", "usage")
    request = json.loads(house.sent[0])
    most = request["max_tokens"] + len(request["messages"][0]["content"].encode()) // 4
    assert lost.amount_usd >= most * A_TOKEN
    assert paid.amount_usd == USED * A_TOKEN
    assert bill.cost_usd == bill.orchestration_usd == lost.amount_usd + paid.amount_usd
    assert bill.estimated == 1
