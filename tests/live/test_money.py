"""A house under budgets: four processes, scripts that cost money, and a cost service that is killed on the way."""

from __future__ import annotations

import asyncio
import shutil
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from decimal import Decimal
from pathlib import Path

import pytest

import zamaz
from zamaz import provision
from zamaz.definition import default_folder, load
from zamaz.errors import DebateFailedError
from zamaz.events import Fact
from zamaz.events.cost import DebateBilled, Reserved, Settled, SpendReserved
from zamaz.events.debater import CallStarted
from zamaz.replay import replay
from zamaz_cost.budgets import FOLDING, Budget

from conftest import Server
from live.processes import SERVICES, Staff, staff

pytestmark = pytest.mark.live
FREE, PAID = "billing: script", "billing: paid"
SEATS = ("script/dear", "script/dear")
A_CALL = Decimal("1.1")


def definitions(folder: Path) -> Path:
    """Scripts that cost a dollar for a thousand tokens, and a budget of all debates."""
    made = folder / "definitions"
    shutil.copytree(default_folder(), made)
    models = (made / "models.yaml").read_text()
    assert models.count(FREE) == 1
    (made / "models.yaml").write_text(models.replace(FREE, PAID))
    (made / "prices.yaml").write_text('models: {script: {dear: {input: "1000", output: "1000"}}}\n')
    agree = (made / "scripts" / "agree.yaml").read_text()
    used = "    usage: {input: 1000, output: 100}\n    argument:"
    (made / "scripts" / "dear.yaml").write_text(agree.replace("    argument:", used))
    (made / "budgets.yaml").write_text("all: 200\n")
    return made


@asynccontextmanager
async def house(server: Server, folder: Path) -> AsyncIterator[tuple[zamaz.Client, Staff]]:
    made = definitions(folder)
    client = await zamaz.connect(server.url, timeout=30)
    await provision.provision(client.nc, load(made).models.concurrency())
    with staff(folder, server.url, ZAMAZ_DEFINITIONS=str(made), ZAMAZ_SCRIPTS=str(made / "scripts")) as services:
        services.hire(*SERVICES)
        yield client, services
    await client.close()


async def facts(client: zamaz.Client) -> list[tuple[str, Fact]]:
    return [(h.debate, h.fact) async for batch in replay(client.nc) for h in batch if isinstance(h.fact, Fact)]


async def settled(client: zamaz.Client) -> Budget:
    """The budget of all debates, once nothing is held any more."""
    async with asyncio.timeout(60):
        while (budget := FOLDING.fold((await client.log.load("budget-all")).facts, Budget())).open:
            await asyncio.sleep(0.1)
    return budget


async def test_debates_under_budgets_and_a_killed_cost_service(server: Server, tmp_path: Path) -> None:
    async with house(server, tmp_path) as (client, services):
        # One that has enough, one that is refused before anybody is called, and some while the cost service dies.
        first = await client.request("Should we?", participants=SEATS, budget_usd="100")
        done = await client.completed(first, timeout=60)
        assert (done.cost_final, done.cost_usd) == (True, 3 * A_CALL)
        poor = await client.request("Should we?", participants=SEATS, budget_usd="0.01")
        with pytest.raises(DebateFailedError, match=r"the debate's budget \(\$0.01\) has \$0.01 left") as ended:
            await client.completed(poor, timeout=60)
        assert ended.value.reason == "budget"
        asked = [await client.request(f"Should we {n}?", participants=SEATS) for n in range(4)]
        await asyncio.sleep(0.1)
        (cost,) = services.of("cost")
        cost.kill()
        cost.start()
        for debate in asked:
            await client.completed(debate, timeout=60)
        budget = await settled(client)
        told = await facts(client)
    bills = sum((fact.cost_usd for _, fact in told if isinstance(fact, DebateBilled)), Decimal(0))
    assert (budget.held_usd, budget.spent_usd) == (Decimal(0), bills)
    assert poor not in {debate for debate, fact in told if isinstance(fact, CallStarted)}
    kept = {(fact.debate, fact.number): fact.amount_usd for _, fact in told if isinstance(fact, Reserved)}
    said = {(debate, fact.number): fact.amount_usd for debate, fact in told if isinstance(fact, SpendReserved)}
    assert {key: amount for key, amount in said.items() if amount} == kept
    for fact in _settlements(told):
        assert fact.reserved_usd + fact.overrun_usd == fact.spent_usd + fact.released_usd


def _settlements(told: list[tuple[str, Fact]]) -> Iterator[Settled]:
    return (fact for _, fact in told if isinstance(fact, Settled))
