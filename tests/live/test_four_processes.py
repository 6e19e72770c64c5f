"""Four services in their own processes, over real JetStream. What happens when they are killed: tests/chaos."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator
from decimal import Decimal
from pathlib import Path

import nats
import pytest
from nats.aio.client import Client as Nats

import zamaz
from zamaz import provision
from zamaz.alive import Alive
from zamaz.definition import default_folder, load

from chaos.audit import audit
from conftest import Server
from live.processes import SERVICES, Staff, staff

pytestmark = pytest.mark.live
CATALOG = load(default_folder())
SCRIPTED = ("script/agree", "script/agree")


@pytest.fixture
async def house(server: Server, tmp_path: Path) -> AsyncIterator[tuple[zamaz.Client, Staff]]:
    """A client, and the four services, one of each."""
    client = await zamaz.connect(server.url, timeout=10)
    await provision.provision(client.nc, CATALOG.models.concurrency())
    with staff(tmp_path, server.url) as services:
        services.hire(*SERVICES)
        await wait_for_debaters(client.nc, 1)
        yield client, services
    await client.close()


async def wait_for_debaters(nc: Nats, count: int) -> None:
    alive = Alive(nc)
    async with asyncio.timeout(120):
        while len(await alive.leases()) < count:
            await asyncio.sleep(0.1)


async def test_a_debate_runs_from_request_to_result(house: tuple[zamaz.Client, Staff]):
    client, _ = house
    debate = await client.request("Should we?", participants=SCRIPTED)
    done = await client.completed(debate, timeout=30)
    assert (done.consensus, done.rounds, done.stop_reason, done.partial) == (True, 2, "consensus", False)
    assert (done.cost_usd, done.cost_final) == (Decimal(0), True)
    assert done.participants[0].models == ("script/agree",)
    assert (await audit(client.nc)).wrong == []


async def test_any_nats_client_can_ask_and_hear(house: tuple[zamaz.Client, Staff], server: Server):
    """Nothing of ours: a subject, JSON, and a JetStream consumer, as the README says."""
    nc = await nats.connect(server.url)
    js = nc.jetstream()
    results = await js.pull_subscribe("evt.workflow.*.DebateCompleted", durable="my-app", stream="EVENTS")
    question = {"question": "Should we?", "participants": list(SCRIPTED)}
    await js.publish("evt.client.order-4711.DebateRequested", json.dumps(question).encode())
    (message,) = await results.fetch(1, timeout=30)
    await message.ack()
    result = json.loads(message.data)
    assert message.subject == "evt.workflow.order-4711.DebateCompleted"
    assert result["debate_id"] == "order-4711"
    assert result["decision"]
    await nc.close()


async def test_a_durable_subscription_hears_every_result_once_it_is_acked(house: tuple[zamaz.Client, Staff]):
    client, _ = house
    asked = {await client.request(f"Question {n}?", participants=SCRIPTED) for n in range(3)}
    heard = set()
    async for result in client.subscribe("DebateCompleted", durable="reader"):
        heard.add(result.debate)
        await result.ack()
        if heard == asked:
            break
    assert heard == asked


async def test_what_cannot_become_a_debate_is_answered_with_the_cause(house: tuple[zamaz.Client, Staff]):
    client, _ = house
    js = client.nc.jetstream()
    for debate, body, cause in (
        ("empty", b"", "the body is empty"),
        ("prose", b"Should we?", "not JSON"),
        ("no-question", b'{"context": "x"}', "question"),
        ("wrong-type", b'{"question": 7}', "Expected `str`"),
        ("large", json.dumps({"question": "x" * 20000}).encode(), "16384"),
    ):
        await js.publish(f"evt.client.{debate}.DebateRequested", body)
        with pytest.raises(zamaz.DebateRejectedError) as rejection:
            await client.completed(debate, timeout=15)
        assert cause in rejection.value.why
    for request, cause in (
        ({"workflow": "nope"}, "unknown_workflow"),
        ({"participants": ("nobody", "no/one")}, "unknown_participant"),
        ({"participants": ("script/agree", "claude-opus-4")}, "unreachable_participant"),
    ):
        with pytest.raises(zamaz.DebateRejectedError) as rejection:
            await client.completed(await client.request("Should we?", **request), timeout=15)
        assert rejection.value.reason == cause


async def test_the_same_request_again_is_harmless_and_another_under_its_id_is_refused(
    house: tuple[zamaz.Client, Staff],
):
    client, _ = house
    await client.request("Should we?", debate="twice", participants=SCRIPTED)
    await client.request("Should we?", debate="twice", participants=SCRIPTED)
    with pytest.raises(zamaz.AlreadyRequested):
        await client.request("Something else?", debate="twice")
    await client.completed("twice", timeout=30)
    assert (await audit(client.nc)).debates == 1


async def test_a_request_under_an_id_that_is_no_token_becomes_a_dead_letter(house: tuple[zamaz.Client, Staff]):
    client, _ = house
    js = client.nc.jetstream()
    await js.publish("evt.client.bad!id.DebateRequested", b'{"question": "Should we?"}')
    async with asyncio.timeout(15):
        while (info := await js.stream_info("DEAD_LETTERS")).state.messages < 1:
            await asyncio.sleep(0.1)
    letter = json.loads((await js.get_msg("DEAD_LETTERS", info.state.last_seq)).data or b"{}")
    assert "bad!id" in letter["reason"]
    assert letter["consumer"] == "workflow"


async def test_an_abort_ends_a_running_debate(house: tuple[zamaz.Client, Staff]):
    client, _ = house
    debate = await client.request("Should we?", participants=("script/slow", "script/slow"))
    async for heard in client.follow(debate):
        if isinstance(heard.fact, zamaz.DebateStarted):
            break
    await client.abort(debate, by="ann", why="asked twice")
    with pytest.raises(zamaz.DebateCancelledError, match="asked twice"):
        await client.completed(debate, timeout=15)


async def test_a_stopped_service_ends_cleanly(house: tuple[zamaz.Client, Staff]):
    client, services = house
    await client.completed(await client.request("Should we?", participants=SCRIPTED), timeout=30)
    for process in services.all:
        assert process.stop() == 0, services.logs()
