"""What /metrics of real processes adds up to, held against the log: with replicas, redeliveries and kills."""

from __future__ import annotations

import asyncio
import re
import shutil
import subprocess
from collections import Counter
from decimal import Decimal
from pathlib import Path

import pytest
from prometheus_client.samples import Sample

import zamaz
from zamaz import provision, subjects
from zamaz.definition import default_folder, load
from zamaz.events import Fact
from zamaz.events.cost import CallPriced
from zamaz.events.debater import ArgumentPresented
from zamaz.replay import replay

from conftest import Server
from live.processes import SERVICES, staff, unpriced
from live.watched import Watched, total
from servers.asgi import serving
from servers.counting import Till

pytestmark = [pytest.mark.live, pytest.mark.timeout(400)]
ROOT = Path(__file__).parents[2]
RULES = ROOT / "deploy" / "prometheus" / "alerts.yml"
IDS = re.compile(r"[0-9a-f]{8}-[0-9a-f]{4}|[0-9a-f]{16}")


async def everything(client: zamaz.Client) -> list[Fact]:
    return [heard.fact async for batch in replay(client.nc) for heard in batch if isinstance(heard.fact, Fact)]


async def test_the_sum_over_replicas_is_what_stands_in_the_log(server: Server, tmp_path: Path):
    """Two of each; a workflow and a cost are stopped for so long that others get their deliveries, and the server
    is killed. Whoever says a fact that stands already counts nothing."""
    till = Till(delay=0.1)
    client = await zamaz.connect(server.url, timeout=30)
    await provision.provision(client.nc, load(default_folder()).models.concurrency())
    with serving(till.app) as model, staff(tmp_path, server.url, **unpriced(tmp_path)) as services:
        services.env["ZAMAZ_CUSTOM_URL"] = f"{model}/v1"
        watched = Watched(services)
        await watched.hire(*SERVICES, *SERVICES)
        frozen = [services.of(name)[0] for name in ("workflow", "cost")]
        for process in frozen:
            process.freeze()
        asked = [await client.request(f"Question {n}?", participants=("custom/a", "custom/b")) for n in range(12)]
        await asyncio.sleep(2.5)
        for process in frozen:
            process.thaw()
        server.kill()
        await asyncio.sleep(0.3)
        server.start()
        for debate in asked:
            await client.completed(debate, timeout=120)
        await settled(client)
        facts = await everything(client)
        found = await watched.scrape()
    stands = Counter({(kind,): n for kind, n in Counter(type(fact).__name__ for fact in facts).items()})
    del stands["DebateRequested",]
    assert total(found, "zamaz_facts_said_total", "type") == stands
    ended = Counter(("completed", fact.stop_reason) for fact in facts if isinstance(fact, zamaz.DebateCompleted))
    assert total(found, "zamaz_debates_ended_total", "ending", "reason") == ended
    assert total(found, "zamaz_debate_seconds_count", "ending") == {("completed",): 12}
    answers = [fact for fact in facts if isinstance(fact, ArgumentPresented)]
    assert total(found, "zamaz_turns_total", "provider", "outcome")["custom", "answered"] == len(answers)
    tokens = total(found, "zamaz_tokens_total", "provider", "kind")
    assert tokens["custom", "input"] >= 10 * len(answers)
    assert tokens["custom", "input"] == 2 * tokens["custom", "output"]
    dollars = sum((fact.amount_usd for fact in facts if isinstance(fact, CallPriced)), Decimal(0))
    assert sum(total(found, "zamaz_dollars_total", "provider").values()) == pytest.approx(float(dollars))
    assert not [sample for sample in found if sample.name.startswith("zamaz_queue_") and sample.value]
    assert not [value for sample in found for value in sample.labels.values() if IDS.search(value)]
    await client.close()


async def settled(client: zamaz.Client) -> None:
    """Until nobody has anything left to hear."""
    js = client.nc.jetstream()
    async with asyncio.timeout(60):
        for durable in ("workflow", "orchestrator", "cost", subjects.provider_durable("custom")):
            while (info := await js.consumer_info(subjects.EVENTS, durable)).num_pending or info.num_ack_pending:
                await asyncio.sleep(0.1)


async def test_every_metric_of_the_rules_is_there_and_words_of_strangers_are_one_label(server: Server, tmp_path: Path):
    client = await zamaz.connect(server.url, timeout=30)
    await provision.provision(client.nc, load(default_folder()).models.concurrency())
    with serving(Till(delay=0.05).app) as model, staff(tmp_path, server.url, **unpriced(tmp_path)) as services:
        services.env["ZAMAZ_CUSTOM_URL"] = f"{model}/v1"
        watched = Watched(services)
        await watched.hire(*SERVICES)
        for n in range(30):
            await client.nc.jetstream().publish(f"evt.client.stranger.Word{n}", b"{}")
        debate = await client.request("Should we?", participants=("custom/a", "custom/b"))
        await client.completed(debate, timeout=60)
        used, found = set(re.findall(r"\bzamaz_[a-z_]+", RULES.read_text())), list[Sample]()
        assert len(used) > 8
        async with asyncio.timeout(60):
            while missing := used - {sample.name for sample in found}:
                await asyncio.sleep(0.5)
                found = await watched.scrape()
        assert not missing
        server.kill()
        await asyncio.sleep(1.1)
        blind = {sample.name for sample in await watched.scrape("cost")}
        assert "zamaz_facts_said_total" in blind and "zamaz_queue_in_work" not in blind
        server.start()
    heard = {sample.labels["type"] for sample in found if sample.name == "zamaz_hear_seconds_count"}
    assert "other" in heard and not [kind for kind in heard if kind.startswith("Word")]
    durables = {sample.labels["durable"] for sample in found if sample.name == "zamaz_queue_waiting"}
    assert {"workflow", "workflow-timers", "orchestrator", "cost", "debater-custom", "debater-script"} <= durables
    steps = total(found, "zamaz_step_seconds_count", "step")
    assert steps["final_decision",] == 1 and steps["consensus_check",] == total(found, "zamaz_round_seconds_count")[()]
    await client.close()


@pytest.mark.skipif(shutil.which("promtool") is None, reason="promtool is not installed (Debian: prometheus)")
def test_prometheus_takes_the_configuration_and_the_rules():
    for what, path in (("config", RULES.with_name("prometheus.yml")), ("rules", RULES)):
        checked = subprocess.run(["promtool", "check", what, str(path)], capture_output=True, text=True)
        assert checked.returncode == 0, checked.stdout + checked.stderr
