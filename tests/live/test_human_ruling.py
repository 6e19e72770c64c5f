"""A debate that waits for a person, over real processes: the wait outlives the death of everything."""

from __future__ import annotations

import asyncio
import os
import shutil
import sys
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

import zamaz
from zamaz import provision
from zamaz.definition import default_folder, load
from zamaz.events import Recorded
from zamaz.events.client import HumanRulingGiven
from zamaz.events.course import HumanRulingRequested, RuleApplied
from zamaz.events.debater import CallStarted
from zamaz.events.workflow import RequestRefused

from conftest import Server
from live.houses import wait_for_debaters
from live.processes import SERVICES, Staff, staff

pytestmark = pytest.mark.live
ESCALATES = """
id: escalates
participants: [script/agree, script/disagree]
config: {max_rounds: 1}
steps: [{type: initial_arguments}, {type: consensus_check}, {type: final_decision}]
rules: [{condition: no_consensus_after_max_rounds, action: escalate_to_human}]
"""
QUIET_S = 3


@pytest.fixture
async def house(server: Server, tmp_path: Path) -> AsyncIterator[tuple[zamaz.Client, Staff]]:
    folder = tmp_path / "definitions"
    shutil.copytree(default_folder(), folder)
    (folder / "workflows" / "escalates.yaml").write_text(ESCALATES)
    client = await zamaz.connect(server.url, timeout=30)
    await provision.provision(client.nc, load(folder).models.concurrency())
    with staff(tmp_path, server.url, ZAMAZ_DEFINITIONS=str(folder)) as services:
        services.hire(*SERVICES)
        await wait_for_debaters(client.nc)
        yield client, services
    await client.close()


async def until(client: zamaz.Client, debate: str, kind: type[zamaz.Fact]) -> list[Recorded]:
    async with asyncio.timeout(60):
        while not (found := [h for h in (await client.log.load(debate)).facts if isinstance(h.fact, kind)]):
            await asyncio.sleep(0.1)
    return found


async def command(server: Server, home: Path, *words: str) -> str:
    env = {**os.environ, "ZAMAZ_NATS_URL": server.url, "ZAMAZ_HOME": str(home)}
    program, piped = Path(sys.executable).with_name("zamaz"), asyncio.subprocess.PIPE
    made = await asyncio.create_subprocess_exec(
        program, *words, env=env, stdout=piped, stderr=asyncio.subprocess.STDOUT
    )
    out, _ = await made.communicate()
    assert made.returncode == 0, out.decode()
    return out.decode()


async def test_a_debate_waits_for_a_person_whatever_dies_meanwhile(
    house: tuple[zamaz.Client, Staff], server: Server, tmp_path: Path
):
    client, services = house
    debate = await client.request("Should we?", workflow="escalates")
    early = await client.rule(debate, "At once.", by="zoe")
    (refused,) = await until(client, debate, RequestRefused)
    assert isinstance(refused.fact, RequestRefused)
    assert refused.fact.request == early

    await until(client, debate, HumanRulingRequested)
    for process in services.all:
        process.kill()
    server.kill()
    server.start()
    for process in services.all:
        process.start()
    await wait_for_debaters(client.nc)
    await asyncio.sleep(QUIET_S)
    before = (await client.log.load(debate)).facts
    assert isinstance(before[-1].fact, HumanRulingRequested) or before[-1].voice == "cost"
    assert "waits for a human" in await command(server, tmp_path, "list")

    told = await command(
        server, tmp_path, "rule", debate, "--decision", "Wait a year.", "--why", "Winter.", "--by", "eve"
    )
    assert "is decided: Wait a year." in told
    done = await client.completed(debate, timeout=60)
    assert (done.decision, done.rationale, done.ruled_by, done.stop_reason) == (
        "Wait a year.",
        "Winter.",
        "eve",
        "escalation",
    )
    facts = (await client.log.load(debate)).facts
    assert len([h for h in facts if isinstance(h.fact, CallStarted)]) == 2, (
        "nothing was bought again, or for the ruling"
    )
    assert [len([h for h in facts if isinstance(h.fact, kind)]) for kind in (RuleApplied, HumanRulingGiven)] == [1, 2]
    assert "identical" in await command(server, tmp_path, "replay", debate)
