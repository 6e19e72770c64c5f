"""Debates that are changed while they run, over real processes that are killed meanwhile; twelve seats; timers.

One server and one house for all: two replicas of the workflow, and scripts for participants.
"""

from __future__ import annotations

import asyncio
import random
import shutil
import time
from collections import Counter
from collections.abc import AsyncIterator, Iterator
from dataclasses import dataclass, field
from pathlib import Path

import pytest

import zamaz
from zamaz.definition import default_folder
from zamaz.events import Recorded
from zamaz.events.debater import ArgumentPresented, CallStarted, TurnFailed
from zamaz.events.workflow import (
    DebateChanged,
    DebateTimeoutOccurred,
    ParticipantJoined,
    ParticipantLeft,
    RequestRefused,
    RoundStarted,
    StepTimedOut,
    TurnRequested,
)

from chaos.audit import audit
from chaos.refold import Refold
from conftest import Server
from live.houses import running_house
from live.processes import SERVICES, Staff

pytestmark = [pytest.mark.live, pytest.mark.timeout(600)]
STEP_S, RETRY_S, LOAD = 12, 12, 20
WORKFLOWS = {
    "timed": f"""
id: timed
participants: [script/thinks, script/thinks]
config: {{max_rounds: 1, retry_delay: {RETRY_S}s}}
steps:
  - {{type: initial_arguments, timeout: {STEP_S}s, max_retries: 1}}
  - {{type: final_decision, timeout: 60s}}
""",
    "patient": f"""
id: patient
participants: [script/thinks, script/thinks]
config: {{max_rounds: 1, max_execution_time: 1h, retry_delay: {RETRY_S}s}}
steps: [{{type: initial_arguments, timeout: 10m}}, {{type: final_decision, timeout: 60s}}]
""",
    "long": f"""
id: long
participants: [{", ".join(["script/differs", "script/answers"] * 6)}]
config: {{max_rounds: 10, consensus_threshold: 1.0}}
steps: [{{type: counter_arguments}}, {{type: consensus_check}}, {{type: final_decision}}]
""",
    "busy": """
id: busy
participants: [script/brisk, script/brisk, script/brisk]
config: {max_rounds: 4, min_rounds: 3}
steps: [{type: initial_arguments}, {type: counter_arguments}, {type: consensus_check}, {type: final_decision}]
""",
}
SAYS = "argument: Because., position: Do it., verdict: adopt, on_others: agree"
SCRIPTS = {
    "thinks": f"answers: [{{step: initial_arguments, hang: true, {SAYS}}}, {{{SAYS}}}]",
    "stumbles": f"answers: [{{attempt: 0, step: initial_arguments, fail: {{kind: rate_limited}}}}, {{{SAYS}}}]",
    "answers": f"answers: [{{{SAYS}}}]",
    "brisk": f"answers: [{{delay: 0.3, {SAYS}}}]",
    "differs": "answers: [{argument: Because., position: Leave it., verdict: reject, on_others: disagree}]",
}


@dataclass
class House:
    """A server, services with definitions of their own, and a client of the test's."""

    server: Server
    services: Staff
    definitions: Path
    client: zamaz.Client = field(init=False)

    async def facts(self, debate: str) -> list[Recorded]:
        return (await self.client.log.load(debate)).facts

    async def until(self, debate: str, kind: type[zamaz.Fact], count: int = 1, patience: float = 90) -> list[Recorded]:
        try:
            async with asyncio.timeout(patience):
                while len(found := of(await self.facts(debate), kind)) < count:
                    await asyncio.sleep(0.05)
        except TimeoutError:
            pytest.fail(f"no {count} {kind.__name__} came\n{self.services.logs()}")
        return found

    async def sound(self) -> None:
        """Every law holds in the whole log, and every decision follows from it."""
        found = await audit(self.client.nc, refold=Refold.of(self.definitions))
        assert found.wrong == [], self.services.logs()


def of(facts: list[Recorded], kind: type[zamaz.Fact]) -> list[Recorded]:
    return [heard for heard in facts if isinstance(heard.fact, kind)]


@pytest.fixture(scope="module")
def running(tmp_path_factory: pytest.TempPathFactory) -> Iterator[House]:
    folder = tmp_path_factory.mktemp("in_flight")
    definitions, scripts = folder / "definitions", folder / "scripts"
    shutil.copytree(default_folder(), definitions)
    scripts.mkdir()
    for name, text in WORKFLOWS.items():
        (definitions / "workflows" / f"{name}.yaml").write_text(text)
    for name, text in SCRIPTS.items():
        (scripts / f"{name}.yaml").write_text(text)
    names = (*SERVICES, "workflow")
    with running_house(folder, *names, definitions=definitions, ZAMAZ_SCRIPTS=str(scripts)) as (server, services):
        yield House(server, services, definitions)


@pytest.fixture
async def house(running: House) -> AsyncIterator[House]:
    async with await zamaz.connect(running.server.url, timeout=30) as running.client:
        yield running


async def test_twelve_seats_argue_for_ten_rounds(house: House, capsys: pytest.CaptureFixture[str]):
    began = time.monotonic()
    debate = await house.client.request("Should we?", workflow="long")
    done = await house.client.completed(debate, timeout=300)
    took = time.monotonic() - began
    facts = await house.facts(debate)
    with capsys.disabled():
        print(f"\n12 seats, 10 rounds: {len(facts)} facts, {took:.1f} s")
    assert (done.rounds, done.stop_reason, done.partial) == (10, "rounds", False)
    assert len(of(facts, TurnRequested)) == len(of(facts, ArgumentPresented)) == 121
    await house.sound()


async def test_who_comes_and_goes_under_load_is_in_every_debate_once_whoever_is_killed(house: House):
    chance = random.Random(7)
    debates = [await house.client.request("Should we?", workflow="busy") for _ in range(LOAD)]
    killing = asyncio.create_task(killed_again_and_again(house))
    try:
        await asyncio.gather(*(changed_in_flight(house, debate, chance.random()) for debate in debates))
        done = await asyncio.gather(*(house.client.completed(debate, timeout=240) for debate in debates))
    finally:
        killing.cancel()
    assert Counter(one.stop_reason for one in done) == {"consensus": LOAD}
    for debate in debates:
        await answered(house, debate)
    await house.sound()


async def changed_in_flight(house: House, debate: str, at: float) -> None:
    """Somebody comes, somebody is replaced, somebody goes, and there are more rounds."""
    client = house.client
    await house.until(debate, RoundStarted)
    await asyncio.sleep(at)
    await client.invite(debate, "script/brisk", name="late", by="ann")
    changed = await client.answered(debate, await client.change(debate, max_rounds=6, by="bob"), 60)
    assert isinstance(changed, DebateChanged)
    await house.until(debate, ArgumentPresented, 3)
    await client.invite(debate, "script/brisk", name="heir", replaces="script/brisk-2", by="ann")
    await client.dismiss(debate, "script/brisk-3", by="ann")
    with pytest.raises(zamaz.Refused, match="nobody here is called 'nobody'"):
        await client.answered(debate, await client.dismiss(debate, "nobody", by="ann"), 60)


async def answered(house: House, debate: str) -> None:
    facts = await house.facts(debate)
    came = [heard.fact for heard in of(facts, ParticipantJoined) if isinstance(heard.fact, ParticipantJoined)]
    assert [(joined.seat, joined.who.participant) for joined in came] == [(3, "late"), (4, "heir")]
    gone = {heard.fact.participant for heard in of(facts, ParticipantLeft) if isinstance(heard.fact, ParticipantLeft)}
    assert gone == {"script/brisk-2", "script/brisk-3"}
    assert (len(of(facts, DebateChanged)), len(of(facts, RequestRefused))) == (1, 1)
    spoke = {heard.fact.participant for heard in of(facts, ArgumentPresented) if hasattr(heard.fact, "participant")}
    assert spoke >= {"late", "heir"}


async def killed_again_and_again(house: House) -> None:
    """One replica of the workflow is killed, and started again until it hears, then the other."""
    while True:
        for replica in house.services.of("workflow"):
            await asyncio.sleep(1.5)
            replica.kill()
            await asyncio.sleep(0.3)
            replica.start()
            while not replica.told("listening"):
                await asyncio.sleep(0.1)


async def test_deadlines_and_delays_hold_right_after_everything_was_killed(house: House):
    timed = await house.client.request("Should we?", workflow="timed")
    stumbling = await house.client.request(
        "Should we?", workflow="patient", participants=("script/stumbles", "script/answers")
    )
    patient = await house.client.request("Should we?", workflow="patient")
    (asked, _) = await house.until(timed, CallStarted, 2)
    (stumbled,) = await house.until(stumbling, TurnFailed)
    await house.until(patient, CallStarted, 2)
    await house.client.change(patient, max_execution_s=20, by="ann")
    await house.until(patient, DebateChanged)
    for process in house.services.all:
        process.kill()
    house.server.kill()
    await asyncio.sleep(STEP_S)
    house.server.start()
    for process in house.services.all:
        process.start()
    back = time.monotonic()
    (late,) = await house.until(timed, StepTimedOut)
    (over,) = await house.until(patient, DebateTimeoutOccurred)
    again = (await house.until(stumbling, TurnRequested, 3))[-1]
    assert time.monotonic() - back < 60
    assert (late.at - asked.at).total_seconds() >= STEP_S - 1
    assert (again.at - stumbled.at).total_seconds() >= RETRY_S
    assert isinstance(over.fact, DebateTimeoutOccurred)
    assert over.fact.after_s == 20
    assert (await house.client.completed(stumbling, timeout=90)).stop_reason == "rounds"
    for debate in (timed, patient):
        with pytest.raises(zamaz.DebateFailedError):
            await house.client.completed(debate, timeout=90)
