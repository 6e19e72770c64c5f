"""The house as the README starts it: real containers, real faults."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Iterator
from datetime import datetime

import pytest
from docker.models.containers import Container

import zamaz
from zamaz.alive import Alive
from zamaz.errors import LogError, NotAdmitted
from zamaz.events import Recorded
from zamaz.events.debater import ArgumentPresented, CallStarted

from chaos.audit import audit
from containers import daemon
from containers.stack import Stack, exists, said_at
from live.houses import wait_for_debaters
from live.readme import FENCE, section

pytestmark = [pytest.mark.live, pytest.mark.alone, pytest.mark.timeout(900)]
STEADY = ("script/steady", "script/steady")
SLOW = ("script/slow", "script/slow")
DEBATES = 12


def printed() -> list[str]:
    """`make up`, a question, three debaters."""
    (block,) = (text for language, text in FENCE.findall(section("In containers")) if language == "sh")
    return str(block).splitlines()


@pytest.fixture(scope="module")
def stack(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stack]:
    """The house, built without any cache, and started and scaled to three debaters as the README says."""
    made = Stack(daemon.reached(), tmp_path_factory.mktemp("keys"))
    try:
        made.make("secrets")
        made.build()
        up, _, scale = printed()
        assert "ready:" in made.shell(up)
        made.shell(scale)
        yield made
    finally:
        made.remove()


@pytest.fixture
async def client(stack: Stack) -> AsyncIterator[zamaz.Client]:
    """An application on the host, with the client's key."""
    async with await zamaz.connect(stack.url, nkey=stack.keys / "client.nk", timeout=30) as made:
        yield made


def who(debaters: list[Container], by: str) -> str:
    """The container that a process' name comes from: it begins with the container's host name."""
    (found,) = (str(c.name) for c in debaters if by.startswith(f"{c.attrs['Config']['Hostname']}-"))
    return found


async def calls(client: zamaz.Client, debate: str) -> list[CallStarted]:
    story = (await client.log.load(debate)).facts
    return [heard.fact for heard in story if isinstance(heard.fact, CallStarted)]


async def answers(client: zamaz.Client, debate: str) -> list[tuple[ArgumentPresented, datetime]]:
    story: list[Recorded] = (await client.log.load(debate)).facts
    return [(heard.fact, heard.at) for heard in story if isinstance(heard.fact, ArgumentPresented)]


async def test_twelve_debates_complete_through_three_debaters_whatever_fails(stack: Stack, client: zamaz.Client):
    """While they run, the server is killed and started, and one debater is off the network until it counts as gone."""
    debaters = stack.of("debater")
    assert len(debaters) == 3
    await wait_for_debaters(client.nc, 3)
    trouble = asyncio.create_task(make_trouble(stack, Alive(client.nc), debaters[1]))
    asked = []
    for n in range(DEBATES):
        asked.append(await client.request("Should we?", debate=f"{stack.run}-{n}", participants=STEADY))
        await asyncio.sleep(1.5)
    await trouble
    for debate in asked:
        try:
            await client.completed(debate, timeout=120)
        except TimeoutError:
            pytest.fail(f"{debate} did not complete\n{stack.logs()}")
    found = await audit(client.nc, asked=asked)
    assert found.wrong == []
    assert (found.debates, found.completed) == (DEBATES, DEBATES)
    started = [call for debate in asked for call in await calls(client, debate)]
    assert {who(debaters, call.by) for call in started} == {c.name for c in debaters}


async def make_trouble(stack: Stack, alive: Alive, debater: Container) -> None:
    (nats,) = stack.of("nats")
    await asyncio.sleep(2)
    await asyncio.to_thread(nats.kill)
    await asyncio.sleep(1)
    await asyncio.to_thread(nats.start)
    await asyncio.sleep(3)
    await asyncio.to_thread(stack.cut, debater)
    async with asyncio.timeout(60):
        while len(await leases(alive)) != 2:
            await asyncio.sleep(0.2)
    await asyncio.sleep(3)
    await asyncio.to_thread(stack.join, debater)


async def leases(alive: Alive) -> list[str]:
    """Who counts as alive; a server that is just coming back counts nobody."""
    try:
        return list(await alive.leases())
    except LogError:
        return []


def test_a_question_is_asked_from_the_host_as_the_readme_says(stack: Stack):
    _, ask, _ = printed()
    assert "Stopped by consensus" in stack.shell(f"{ask} --participants {','.join(STEADY)}")


async def test_a_debater_that_was_cut_off_comes_back_by_itself(stack: Stack, client: zamaz.Client):
    debaters = stack.of("debater")
    await wait_for_debaters(client.nc, 3)
    heard: set[str] = set()
    for n in range(10):
        debate = await client.request("Should we?", debate=f"{stack.run}-again-{n}", participants=STEADY)
        await client.completed(debate, timeout=120)
        heard |= {who(debaters, call.by) for call in await calls(client, debate)}
        if len(heard) == 3:
            break
    assert heard == {c.name for c in debaters}


async def test_a_stop_lets_running_calls_end_and_nothing_is_bought_again(stack: Stack, client: zamaz.Client):
    debaters = stack.of("debater")
    debate = await client.request("Should we?", debate=f"{stack.run}-stopped", participants=SLOW)
    async with asyncio.timeout(60):
        while len(started := await calls(client, debate)) < 2:
            await asyncio.sleep(0.1)
    assert await answers(client, debate) == []
    await asyncio.to_thread(stack.compose, "stop", "debater")
    given = await answers(client, debate)
    assert {answer.call for answer, _ in given} == {call.call for call in started}
    by = {call.call: call.by for call in started}
    for answer, at in given:
        (container,) = (c for c in debaters if c.name == who(debaters, by[answer.call]))
        assert said_at(container, "stopping") < at, "the answer came before the stop"
    assert [c.attrs["State"]["ExitCode"] for c in stack.of("debater")] == [0, 0, 0]
    for container in debaters:
        await asyncio.to_thread(container.start)
    await client.completed(debate, timeout=120)
    assert [call.call for call in await calls(client, debate) if not call.call.endswith("-1")] == []
    assert (await audit(client.nc)).wrong == []


async def test_a_provider_whose_key_file_is_empty_is_out_of_reach_and_says_why(stack: Stack, client: zamaz.Client):
    await wait_for_debaters(client.nc, 1)
    reach = await Alive(client.nc).reach()
    assert reach["script"].ok
    assert not reach["anthropic"].ok
    assert "ANTHROPIC_API_KEY_FILE" in reach["anthropic"].why


async def test_who_has_no_key_is_not_let_in(stack: Stack):
    with pytest.raises(NotAdmitted):
        await zamaz.connect(stack.url, timeout=10)


def test_what_runs_is_no_root_and_can_write_nowhere_but_to_its_own(stack: Stack):
    for container in stack.all():
        if container.status != "running":
            continue
        host = container.attrs["HostConfig"]
        assert host["ReadonlyRootfs"], container.name
        assert host["CapDrop"] == ["ALL"], container.name
        assert "no-new-privileges:true" in host["SecurityOpt"], container.name
        assert container.attrs["Config"]["User"] == "10001:10001", container.name
    (debater, *_) = stack.of("debater")
    code, out = debater.exec_run(["python", "-c", "open('/opt/zamaz/x', 'w')"])
    assert code != 0
    assert b"Read-only file system" in out


def test_down_ends_everything_and_keeps_the_log(stack: Stack):
    stack.make("down")
    assert stack.all() == []
    assert exists(stack, "nats-data")
