"""Pause and resume over real processes: what is in flight lands, nothing new is asked, whatever is killed."""

from __future__ import annotations

import asyncio
import os
import subprocess
import sys
from collections.abc import AsyncIterator, Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

import zamaz
from zamaz.events import Recorded
from zamaz.events.debater import CallStarted
from zamaz.events.workflow import DebatePaused, DebateResumed, RulingRequested, TurnRequested

from chaos.audit import audit
from conftest import Server
from live.houses import running_house, wait_for_debaters
from live.processes import Staff

pytestmark = pytest.mark.live
SCRIPT = """
answers:
  - {step: initial_arguments, argument: Because., position: Do it., verdict: adopt, on_others: agree, delay: %d}
  - {argument: Because., position: Do it., verdict: adopt, on_others: agree}
"""
THOUGHTFUL_S, SLOW_S = 8, 90
SEATS = ("script/thoughtful", "script/thoughtful")
QUIET_S = 4


@dataclass
class House:
    """Four services, a client, and the folder of the test."""

    client: zamaz.Client
    services: Staff
    server: Server
    folder: Path

    async def facts(self, debate: str) -> list[Recorded]:
        return (await self.client.log.load(debate)).facts

    async def all(self, debate: str, kind: type[zamaz.Fact]) -> list[Recorded]:
        return [heard for heard in await self.facts(debate) if isinstance(heard.fact, kind)]

    async def until(self, debate: str, kind: type[zamaz.Fact], count: int = 1) -> list[Recorded]:
        """The facts of one type, as soon as there are so many."""
        try:
            async with asyncio.timeout(90):
                while len(found := await self.all(debate, kind)) < count:
                    await asyncio.sleep(0.1)
        except TimeoutError:
            pytest.fail(f"no {count} {kind.__name__} came\n{self.services.logs()}")
        return found

    async def debate_with_calls_in_flight(self, seat: str = "script/thoughtful") -> str:
        debate = await self.client.request("Should we?", participants=(seat, seat))
        await self.until(debate, CallStarted, 2)
        return debate


@pytest.fixture(scope="module")
def running(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Server, Staff]]:
    """One house for all tests here: whatever one of them kills, it starts again."""
    folder = tmp_path_factory.mktemp("pause")
    scripts = folder / "scripts"
    scripts.mkdir()
    (scripts / "thoughtful.yaml").write_text(SCRIPT % THOUGHTFUL_S)
    (scripts / "slow.yaml").write_text(SCRIPT % SLOW_S)
    with running_house(folder, ZAMAZ_SCRIPTS=str(scripts)) as made:
        yield made


@pytest.fixture
async def house(running: tuple[Server, Staff], tmp_path: Path) -> AsyncIterator[House]:
    server, services = running
    async with await zamaz.connect(server.url, timeout=30) as client:
        yield House(client, services, server, tmp_path)


def said_by_the_workflow_since(facts: list[Recorded], seq: int) -> list[str]:
    return [type(heard.fact).__name__ for heard in facts if heard.voice == "workflow" and heard.seq > seq]


async def test_a_pause_outlives_the_death_of_everything(house: House):
    debate = await house.debate_with_calls_in_flight()
    await house.client.pause(debate, by="ann", why="lunch")
    (paused,) = await house.until(debate, DebatePaused)
    assert isinstance(paused.fact, DebatePaused)
    assert (paused.fact.by, paused.fact.why, len(paused.fact.turns)) == ("ann", "lunch", 2)

    answers = await house.until(debate, zamaz.ArgumentPresented, 2)
    assert all(answer.seq > paused.seq for answer in answers), "they were in flight"
    await asyncio.sleep(QUIET_S)
    assert said_by_the_workflow_since(await house.facts(debate), paused.seq) == []

    for process in house.services.all:
        process.kill()
    house.server.kill()
    house.server.start()
    for process in house.services.all:
        process.start()
    await wait_for_debaters(house.client.nc)
    await asyncio.sleep(QUIET_S)
    assert said_by_the_workflow_since(await house.facts(debate), paused.seq) == []

    await house.client.resume(debate, by="bob")
    done = await house.client.completed(debate, timeout=90)
    assert (done.stop_reason, done.partial) == ("consensus", False)
    turns = [heard.fact.turn for heard in await house.all(debate, TurnRequested) if hasattr(heard.fact, "turn")]
    assert len(turns) == len(set(turns)) == 3, "two arguments and the decision"
    assert len(await house.all(debate, CallStarted)) == 3, "nothing was bought again"
    assert (await audit(house.client.nc)).wrong == [], house.services.logs()
    (resumed,) = await house.all(debate, DebateResumed)
    assert isinstance(resumed.fact, DebateResumed)
    assert resumed.fact.by == "bob"
    assert resumed.fact.paused_s > 2 * QUIET_S


async def test_an_abort_ends_a_paused_debate(house: House):
    debate = await house.debate_with_calls_in_flight()
    await house.client.pause(debate)
    await house.until(debate, DebatePaused)
    await house.client.abort(debate, by="ann", why="no need")
    with pytest.raises(zamaz.DebateCancelledError, match="no need"):
        await house.client.completed(debate, timeout=60)
    assert await house.all(debate, DebateResumed) == []
    for steer in (house.client.pause, house.client.resume):
        with pytest.raises(zamaz.AlreadyOver, match="DebateCancelled"):
            await steer(debate)


async def test_the_last_of_hasty_wishes_counts(house: House):
    debate = await house.debate_with_calls_in_flight()
    await house.client.pause(debate)
    await house.client.resume(debate)
    await house.client.pause(debate, why="after all")
    await house.until(debate, zamaz.ArgumentPresented, 2)
    await asyncio.sleep(QUIET_S)
    pauses, resumes = await house.all(debate, DebatePaused), await house.all(debate, DebateResumed)
    assert len(pauses) == len(resumes) + 1
    assert await house.all(debate, RulingRequested) == []
    await house.client.resume(debate)
    await house.client.completed(debate, timeout=60)
    assert (await audit(house.client.nc)).wrong == []


async def test_two_clients_that_pause_at_once_get_one_pause_of_two_replicas(house: House):
    (second,) = house.services.hire("workflow")
    debate = await house.debate_with_calls_in_flight()
    async with await zamaz.connect(house.server.url, name="other", timeout=30) as other:
        await asyncio.gather(house.client.pause(debate, by="ann"), other.pause(debate, by="bob"))
        await house.until(debate, zamaz.ArgumentPresented, 2)
        assert len(await house.until(debate, DebatePaused)) == 1
        await asyncio.gather(house.client.resume(debate), other.resume(debate))
        await house.client.completed(debate, timeout=60)
    assert (len(await house.all(debate, DebatePaused)), len(await house.all(debate, DebateResumed))) == (1, 1)
    assert (await audit(house.client.nc)).wrong == []
    second.stop()
    house.services.all.remove(second)


async def test_a_request_and_a_pause_that_nobody_has_heard_yet_hold(house: House):
    (workflow,) = house.services.of("workflow")
    workflow.kill()
    debate = await house.client.request("Should we?", participants=SEATS)
    await house.client.pause(debate)
    workflow.start()
    await house.until(debate, DebatePaused)
    await asyncio.sleep(QUIET_S)
    assert await house.all(debate, TurnRequested) == []
    await house.client.resume(debate)
    await house.client.completed(debate, timeout=60)
    assert (await audit(house.client.nc)).wrong == []


async def test_the_commands_say_what_became_of_it(house: House):
    debate = await house.debate_with_calls_in_flight("script/slow")
    kept = f"{debate} is paused; 2 calls in flight will be kept"
    assert kept in await zamaz_command(house, "pause", debate[:8], "--why", "lunch", "--by", "ann")
    assert debate in await zamaz_command(house, "list", "--status", "paused")
    assert "paused (round 1)" in " ".join((await zamaz_command(house, "show", debate)).split())
    assert kept in await zamaz_command(house, "pause", debate)
    assert f"{debate} goes on" in await zamaz_command(house, "resume", debate)
    (paused,) = await house.all(debate, DebatePaused)
    assert isinstance(paused.fact, DebatePaused)
    assert (paused.fact.by, paused.fact.why) == ("ann", "lunch")
    assert f"{debate} is cancelled" in await zamaz_command(house, "abort", debate, "--why", "no need")
    for command in ("pause", "resume", "abort"):
        assert f"{debate} is over: cancelled (abort)" in await zamaz_command(house, command, debate, code=2)


async def test_a_command_says_when_nobody_takes_it(house: House):
    debate = await house.debate_with_calls_in_flight("script/slow")
    (workflow,) = house.services.of("workflow")
    workflow.kill()
    assert "no workflow service has heard of it yet" in await zamaz_command(house, "pause", debate)
    workflow.start()
    await house.until(debate, DebatePaused)


async def zamaz_command(house: House, *words: str, code: int = 0) -> str:
    """What a command prints, on both streams."""
    env = {**os.environ, "ZAMAZ_NATS_URL": house.server.url, "ZAMAZ_HOME": str(house.folder / "home")}
    command = [str(Path(sys.executable).with_name("zamaz")), *words]
    done = await asyncio.to_thread(
        subprocess.run, command, env=env, capture_output=True, text=True, timeout=120, check=False
    )
    assert done.returncode == code, done.stdout + done.stderr
    return done.stdout + done.stderr
