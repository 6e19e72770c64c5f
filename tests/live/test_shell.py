"""The shell on a real server: pulling, giving back, beating, timers, and decisions that were cut in half."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from nats.aio.client import Client as Nats

from zamaz import provision, subjects
from zamaz.errors import Busy
from zamaz.events.client import DebateRequested
from zamaz.events.debater import ArgumentPresented
from zamaz.events.workflow import DebateStarted, RoundStarted
from zamaz.log import Log
from zamaz.service.advance import Advance
from zamaz.service.delivery import Delivery, GiveBack, Terminate
from zamaz.service.pull import Pull
from zamaz.service.timers import Timers
from zamaz_workflow.decide import DECIDER
from zamaz_workflow.seating import World

from conftest import Server
from workflow.table import ALL, answer, asked, catalog, open_turns

pytestmark = pytest.mark.live


class Ear:
    """Hears, keeps what it heard, and does with it what the test says."""

    def __init__(self, work: Any = None) -> None:
        self.heard: list[Delivery] = []
        self.at_once = self.most = 0
        self._work = work

    async def __call__(self, delivery: Delivery) -> None:
        self.heard.append(delivery)
        self.at_once += 1
        self.most = max(self.most, self.at_once)
        try:
            if self._work:
                await self._work(delivery)
        finally:
            self.at_once -= 1

    async def until(self, count: int, patience: float = 60) -> None:
        async with asyncio.timeout(patience):
            while len(self.heard) < count:
                await asyncio.sleep(0.01)


def pull(nc: Nats, ear: Ear, hands: int = 4) -> Pull:
    return Pull(nc, subjects.EVENTS, "workflow", ear, hands=hands, ack_wait=provision.SHORT_ACK_WAIT_S)


async def ask(nc: Nats, *debates: str) -> None:
    for debate in debates:
        await Log(nc, "test").append(debate, DebateRequested(question="q"))


async def test_no_more_is_held_than_there_are_hands(nc: Nats):
    ear = Ear(lambda _: asyncio.sleep(0.05))
    loop = pull(nc, ear, hands=4)
    await loop.start()
    await ask(nc, *(f"d{n}" for n in range(20)))
    await ear.until(20)
    await loop.stop(5)
    assert ear.most <= 4
    assert len({heard.seq for heard in ear.heard}) == 20


async def test_work_longer_than_ack_wait_is_beaten_and_not_delivered_again(nc: Nats):
    ear = Ear(lambda _: asyncio.sleep(2.5))
    loop = pull(nc, ear)
    await loop.start()
    await ask(nc, "d")
    await ear.until(1)
    await asyncio.sleep(3)
    await loop.stop(5)
    assert [heard.tries for heard in ear.heard] == [1]


async def test_what_is_given_back_comes_again_after_the_delay(nc: Nats):
    async def once(heard: Delivery) -> None:
        if heard.tries == 1:
            raise GiveBack(0.5)

    ear = Ear(once)
    loop = pull(nc, ear)
    await loop.start()
    began = asyncio.get_running_loop().time()
    await ask(nc, "d")
    await ear.until(2)
    assert 0.4 < asyncio.get_running_loop().time() - began < 5
    assert [heard.tries for heard in ear.heard] == [1, 2]
    await loop.stop(5)


async def test_a_header_of_the_publishers_own_is_not_taken_for_the_servers_word(nc: Nats):
    ear = Ear()
    loop = pull(nc, ear)
    await loop.start()
    await nc.jetstream().publish("evt.client.d.DebateRequested", b"{}", headers={"Status": "409"})
    await ear.until(1)
    await loop.stop(5)


async def test_a_bug_gives_the_delivery_back_and_the_loop_goes_on(nc: Nats):
    async def bug(heard: Delivery) -> None:
        if heard.tries == 1:
            raise ZeroDivisionError

    ear = Ear(bug)
    loop = pull(nc, ear)
    await loop.start()
    await ask(nc, "d1", "d2")
    await ear.until(4)
    await loop.stop(5)


async def test_what_is_terminated_is_a_dead_letter_and_never_comes_again(nc: Nats):
    async def never(_: Delivery) -> None:
        raise Terminate("no use")

    ear = Ear(never)
    loop = pull(nc, ear)
    await loop.start()
    await ask(nc, "d")
    js = nc.jetstream()
    async with asyncio.timeout(60):
        while not (await js.stream_info(subjects.DEAD_LETTERS)).state.messages:
            await asyncio.sleep(0.05)
    await asyncio.sleep(1.5)
    assert len(ear.heard) == 1
    await loop.stop(5)


async def test_hearing_goes_on_after_the_server_was_killed(server: Server, nc: Nats):
    ear = Ear()
    loop = pull(nc, ear)
    await loop.start()
    await ask(nc, "d1")
    await ear.until(1)
    server.kill()
    server.start()
    await ask(nc, "d2")
    await ear.until(2, patience=60)
    await loop.stop(5)


async def test_a_stop_lets_what_is_in_work_end(nc: Nats):
    done: list[int] = []

    async def slow(heard: Delivery) -> None:
        await asyncio.sleep(0.5)
        done.append(heard.seq)

    ear = Ear(slow)
    loop = pull(nc, ear)
    await loop.start()
    await ask(nc, "d")
    await ear.until(1)
    await loop.stop(5)
    assert len(done) == 1


def timers_heard(nc: Nats, ear: Ear) -> Pull:
    stream = subjects.timers_stream("workflow")
    return Pull(nc, stream, subjects.timer_durable("workflow"), ear, hands=4, ack_wait=1)


async def test_a_timer_fires_once_although_the_server_was_killed(server: Server, nc: Nats):
    ear = Ear()
    loop = timers_heard(nc, ear)
    await loop.start()
    await Timers(nc, "workflow").arm("d1", datetime.now(UTC) + timedelta(seconds=2))
    server.kill()
    server.start()
    await ear.until(1, patience=60)
    await asyncio.sleep(1)
    assert [heard.subject.rsplit(".", 1)[0] for heard in ear.heard] == ["tmr.fired.workflow.d1"]
    await loop.stop(5)


async def test_an_earlier_need_is_met_whoever_else_has_a_later_one(nc: Nats):
    ear = Ear()
    loop = timers_heard(nc, ear)
    await loop.start()
    timers = Timers(nc, "workflow")
    now = datetime.now(UTC)
    await timers.arm("d1", now + timedelta(seconds=30))
    await timers.arm("d1", now + timedelta(seconds=0.3))
    await timers.arm("d1", now + timedelta(seconds=40))
    await Timers(nc, "workflow").arm("d1", now + timedelta(seconds=50))
    await ear.until(1, patience=20)
    await loop.stop(5)


async def world() -> World:
    return World(datetime.now(UTC), catalog(), ALL, datetime.now(UTC), "two_rounds")


async def test_a_decision_cut_after_any_of_its_facts_is_finished_by_the_next(nc: Nats):
    """As if the worker had been killed between two appends: whoever comes next says the rest, and nothing twice."""
    log = Log(nc, "test")
    decision = DECIDER.decide(_requested(), 1, await world())
    kinds = [type(fact).__name__ for fact in decision]
    assert len(decision) >= 4
    for cut in range(1, len(decision) + 1):
        debate = f"cut-{cut}"
        await log.append(debate, DebateRequested(question="Split it?"))
        again = DECIDER.decide(_requested(debate), 1, await world())
        for fact in again[:cut]:
            await log.append(debate, fact)
        await Advance(log, DECIDER, world)(debate)
        said = [type(heard.fact).__name__ for heard in (await log.load(debate)).facts]
        assert sorted(said) == sorted(["DebateRequested", *kinds])


def _requested(debate: str = "d1") -> Any:
    tale = asked()
    return DECIDER.fold(tale.facts[:1], DECIDER.initial(debate))


async def test_twenty_workers_on_one_debate_say_everything_once(nc: Nats):
    log = Log(nc, "test")
    await log.append("d", DebateRequested(question="Split it?"))
    workers = [Advance(Log(nc, f"w{n}"), DECIDER, world) for n in range(20)]
    await asyncio.gather(*(worker("d", 1) for worker in workers))
    facts = (await log.load("d")).facts
    assert len(facts) == len({(type(heard.fact).__name__, heard.id) for heard in facts})
    starts = [heard.fact for heard in facts if isinstance(heard.fact, DebateStarted | RoundStarted)]
    assert len(starts) == 2


async def test_the_last_of_several_answers_always_finds_all_of_them(nc: Nats):
    """Two workers, each told of one answer, in every interleaving that comes: the ruling is asked for."""
    log = Log(nc, "test")
    for n in range(25):
        debate = f"d{n}"
        one, two = Advance(Log(nc, "one"), DECIDER, world), Advance(Log(nc, "two"), DECIDER, world)
        seq = (await log.append(debate, DebateRequested(question="Split it?"))).seq
        await one(debate, seq)
        stands = await log.load(debate)
        tale = asked().__class__(DECIDER, await world(), tuple(stands.facts))
        first, second = (answer(turn) for turn in open_turns(tale))

        async def heard(worker: Advance[Any, Any], fact: ArgumentPresented, debate: str = debate) -> None:
            await worker(debate, (await log.append(debate, fact)).seq)

        await asyncio.gather(heard(one, first), heard(two, second))
        said = [type(f.fact).__name__ for f in (await log.load(debate)).facts]
        assert said.count("RulingRequested") == 1, said


async def test_a_debate_in_which_a_newer_version_spoke_is_left_to_it(nc: Nats):
    await ask(nc, "d")
    await nc.jetstream().publish("evt.workflow.d.SomethingNewer", b"{}")
    with pytest.raises(Busy, match="newer"):
        await Advance(Log(nc, "test"), DECIDER, world)("d")
