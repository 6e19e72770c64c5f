"""Four services in their own processes, over real JetStream. What happens when they are killed: tests/chaos."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, Iterator
from decimal import Decimal

import nats
import pytest

import zamaz

from chaos.audit import audit
from conftest import Server
from live.houses import running_house
from live.processes import Staff

pytestmark = pytest.mark.live
SCRIPTED = ("script/agree", "script/agree")


@pytest.fixture(scope="module")
def house(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Server, Staff]]:
    """The four services, one of each, for all tests here."""
    with running_house(tmp_path_factory.mktemp("four")) as made:
        yield made


@pytest.fixture
async def client(house: tuple[Server, Staff]) -> AsyncIterator[zamaz.Client]:
    async with await zamaz.connect(house[0].url, timeout=30) as made:
        yield made


async def test_a_debate_runs_from_request_to_result(client: zamaz.Client):
    debate = await client.request("Should we?", participants=SCRIPTED)
    done = await client.completed(debate, timeout=60)
    assert (done.consensus, done.rounds, done.stop_reason, done.partial) == (True, 2, "consensus", False)
    assert (done.cost_usd, done.cost_final) == (Decimal(0), True)
    assert done.participants[0].models == ("script/agree",)
    assert (await audit(client.nc)).wrong == []


async def test_any_nats_client_can_ask_and_hear(client: zamaz.Client, house: tuple[Server, Staff]):
    """Nothing of ours: a subject, JSON, and a JetStream consumer, as the README says."""
    nc = await nats.connect(house[0].url)
    js = nc.jetstream()
    results = await js.pull_subscribe("evt.workflow.*.DebateCompleted", durable="my-app", stream="EVENTS")
    question = {"question": "Should we?", "participants": list(SCRIPTED)}
    await js.publish("evt.client.order-4711.DebateRequested", json.dumps(question).encode())
    subject = ""
    while subject != "evt.workflow.order-4711.DebateCompleted":
        (message,) = await results.fetch(1, timeout=60)
        await message.ack()
        subject = message.subject
    result = json.loads(message.data)
    assert result["debate_id"] == "order-4711"
    assert result["decision"]
    await nc.close()


async def test_a_durable_subscription_hears_every_result_once_it_is_acked(client: zamaz.Client):
    asked = {await client.request(f"Question {n}?", participants=SCRIPTED) for n in range(3)}
    heard = set()
    async for result in client.subscribe("DebateCompleted", durable="reader"):
        assert result.debate not in heard
        heard.add(result.debate)
        await result.ack()
        if asked <= heard:
            break


async def test_what_cannot_become_a_debate_is_answered_with_the_cause(client: zamaz.Client):
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
            await client.completed(debate, timeout=60)
        assert cause in rejection.value.why
    for request, cause in (
        ({"workflow": "nope"}, "unknown_workflow"),
        ({"participants": ("nobody", "no/one")}, "unknown_participant"),
        ({"participants": ("script/agree", "claude-opus-4")}, "unreachable_participant"),
    ):
        with pytest.raises(zamaz.DebateRejectedError) as rejection:
            await client.completed(await client.request("Should we?", **request), timeout=60)
        assert rejection.value.reason == cause


async def test_the_same_request_again_is_harmless_and_another_under_its_id_is_refused(client: zamaz.Client):
    await client.request("Should we?", debate="twice", participants=SCRIPTED)
    await client.request("Should we?", debate="twice", participants=SCRIPTED)
    with pytest.raises(zamaz.AlreadyRequested):
        await client.request("Something else?", debate="twice")
    await client.completed("twice", timeout=60)
    requests = [
        heard for heard in (await client.log.load("twice")).facts if isinstance(heard.fact, zamaz.DebateRequested)
    ]
    assert len(requests) == 1


async def test_a_request_under_an_id_that_is_no_token_becomes_a_dead_letter(client: zamaz.Client):
    js = client.nc.jetstream()
    await js.publish("evt.client.bad!id.DebateRequested", b'{"question": "Should we?"}')
    async with asyncio.timeout(60):
        while (info := await js.stream_info("DEAD_LETTERS")).state.messages < 1:
            await asyncio.sleep(0.1)
    letter = json.loads((await js.get_msg("DEAD_LETTERS", info.state.last_seq)).data or b"{}")
    assert "bad!id" in letter["reason"]
    assert letter["consumer"] == "workflow"


async def test_an_abort_ends_a_running_debate(client: zamaz.Client):
    debate = await client.request("Should we?", participants=("script/slow", "script/slow"))
    async for heard in client.follow(debate):
        if isinstance(heard.fact, zamaz.DebateStarted):
            break
    await client.abort(debate, by="ann", why="asked twice")
    with pytest.raises(zamaz.DebateCancelledError, match="asked twice"):
        await client.completed(debate, timeout=60)


async def test_a_stopped_service_ends_cleanly(client: zamaz.Client, house: tuple[Server, Staff]):
    """The last here: it takes the house down."""
    _, services = house
    await client.completed(await client.request("Should we?", participants=SCRIPTED), timeout=60)
    for process in services.all:
        assert process.stop() == 0, services.logs()
