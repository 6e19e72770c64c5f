"""The existing application on a real house: its nucleus decides, and its event bus triggers and hears."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

import pytest

import zamaz
from zamaz import provision
from zamaz.compat import DebateCompleted, DebateNucleus, DecisionMade, bridge
from zamaz.compat.settings import CompatSettings
from zamaz.definition import default_folder, load
from zamaz.events.debater import CallStarted

from conftest import Server
from live.houses import running_house, wait_for_debaters
from live.processes import SERVICES, staff

pytestmark = [pytest.mark.live, pytest.mark.timeout(600)]
SEATS = ("script/agree", "script/agree")
DECISION = "Do it, in small steps that can be taken back."


class FakeEventBus:
    """Like the application's: subscribers by event_type, each told at once."""

    def __init__(self) -> None:
        self.published: list[Any] = []
        self.subscribers: dict[str, Callable[[Any], Awaitable[Any]]] = {}
        self.broken = False

    async def subscribe(self, event_type: str, handler: Callable[[Any], Awaitable[Any]]) -> None:
        self.subscribers[event_type] = handler

    async def unsubscribe(self, event_type: str, handler: Callable[[Any], Awaitable[Any]]) -> None:
        assert self.subscribers.pop(event_type) == handler

    async def publish(self, event: Any) -> None:
        if self.broken:
            raise RuntimeError("Event bus is not running")
        self.published.append(event)
        if hears := self.subscribers.get(event.event_type):
            await hears(event)

    def of(self, kind: type[Any]) -> list[Any]:
        return [event for event in self.published if isinstance(event, kind)]

    async def told(self, kind: type[Any], count: int) -> list[Any]:
        """The events of a kind, as soon as there are so many."""
        async with asyncio.timeout(120):
            while len(self.of(kind)) < count:
                await asyncio.sleep(0.05)
        return self.of(kind)


@dataclass(frozen=True)
class EvolutionTriggered:
    evolution_id: UUID = field(default_factory=uuid4)
    trigger_type: str = "performance"
    trigger_details: dict[str, Any] = field(default_factory=dict)
    event_id: UUID = field(default_factory=uuid4)
    occurred_at: datetime = datetime(2026, 1, 2, tzinfo=UTC)
    event_type: str = "EvolutionTriggered"


@dataclass(frozen=True)
class WorkItem:
    debate_topic: str = "Which queue?"
    work_item_id: UUID = field(default_factory=uuid4)
    participants: tuple[str, ...] = SEATS
    occurred_at: datetime = datetime(2026, 1, 2, tzinfo=UTC)
    event_type: str = "DebateTriggeredForWorkItem"


@pytest.fixture(scope="module")
def running(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """The server of a house for all tests here."""
    with running_house(tmp_path_factory.mktemp("compat")) as (server, _):
        yield server


@pytest.fixture
async def client(running: Server, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[zamaz.Client]:
    """A client of that house; the nucleus finds it by its environment."""
    monkeypatch.setenv("ZAMAZ_NATS_URL", running.url)
    monkeypatch.delenv("USE_ORCHESTRATION", raising=False)
    async with await zamaz.connect(running.url, timeout=30) as found:
        yield found


@pytest.fixture
async def newcomer(server: Server, tmp_path: Path) -> AsyncIterator[zamaz.Client]:
    """A client of a house of its own, where nothing has been decided: a bridge tells all that stands."""
    async with await zamaz.connect(server.url, timeout=30) as found:
        await provision.provision(found.nc, load(default_folder()).models.concurrency())
        with staff(tmp_path, server.url) as services:
            services.hire(*SERVICES)
            await wait_for_debaters(found.nc)
            yield found


async def calls(client: zamaz.Client, debate: str) -> int:
    return sum(isinstance(heard.fact, CallStarted) for heard in (await client.log.load(debate)).facts)


async def test_a_simple_question_is_answered_by_one_call(client: zamaz.Client):
    bus = FakeEventBus()
    answer = await DebateNucleus(bus, participants=SEATS).decide("What is a monolith?")
    assert (answer["method"], answer["rounds"], answer["complexity"]) == ("direct", 0, "simple")
    assert answer["decision"] == DECISION
    assert (answer["consensus"], answer["consensus_level"], answer["consensus_type"]) == (False, 0.0, "none")
    assert await calls(client, answer["debate_id"]) == 1
    assert [event.decision_type for event in bus.published] == ["SIMPLE", "SIMPLE"]


async def test_a_question_is_debated_in_one_round_as_before(client: zamaz.Client):
    bus = FakeEventBus()
    answer = await DebateNucleus(bus, participants=SEATS).decide("Should we split it?", "It is big.")
    assert (answer["method"], answer["rounds"], answer["complexity"]) == ("debate", 1, "complex")
    assert (answer["consensus"], answer["consensus_type"]) == (False, "none")
    assert await calls(client, answer["debate_id"]) == 3
    assert datetime.fromisoformat(answer["time"]).tzinfo
    (decision,), (completed,) = bus.of(DecisionMade), bus.of(DebateCompleted)
    assert [type(event) for event in bus.published] == [DecisionMade, DebateCompleted]
    assert (decision.recommendation, decision.question) == (answer["decision"], "Should we split it?")
    assert str(completed.debate_id) == answer["debate_id"]
    assert completed.decision_id == decision.decision_id


async def test_with_orchestration_it_is_debated_until_they_agree(client: zamaz.Client, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("USE_ORCHESTRATION", "true")
    nucleus = DebateNucleus(client=client, participants=SEATS)
    for ask in (nucleus.decide("Should we split it?"), nucleus.evolve_self("Nothing was improved yet.")):
        answer = await ask
        assert (answer["method"], answer["rounds"], answer["complexity"]) == ("debate", 2, "complex")
        assert (answer["consensus"], answer["consensus_level"], answer["consensus_type"]) == (True, 1.0, "full")
        assert answer["decision"] == DECISION


async def test_without_a_decision_the_caller_gets_the_error_and_the_bus_hears_nothing(client: zamaz.Client):
    bus = FakeEventBus()
    with pytest.raises(zamaz.DebateRejectedError, match="ANTHROPIC_API_KEY"):
        await DebateNucleus(bus).decide("Should we split it?")
    with pytest.raises(zamaz.DebateRejectedError, match="the question is empty"):
        await DebateNucleus(bus).decide("")
    with pytest.raises(TimeoutError):
        await DebateNucleus(bus, participants=("script/slow", "script/slow"), timeout=0.5).decide("Should we?")
    assert bus.published == []


async def test_a_nucleus_decides_from_whichever_event_loop(client: zamaz.Client):
    nucleus = DebateNucleus(participants=SEATS)

    def in_a_loop_of_its_own() -> str:
        return asyncio.run(nucleus.decide("What is a monolith?"))["decision"]

    assert [await asyncio.to_thread(in_a_loop_of_its_own) for _ in range(2)] == [DECISION] * 2


async def test_the_bus_triggers_and_hears(newcomer: zamaz.Client):
    bus, practice = FakeEventBus(), CompatSettings().practice()
    practice = replace(practice, evolution=replace(practice.evolution, participants=SEATS))
    evolution, item = EvolutionTriggered(trigger_details={"p95": 1.5}), WorkItem()
    async with bridge(bus, newcomer, practice=practice):
        for event in (evolution, item, evolution, item):
            await bus.publish(event)
        completed = {event.topic: event for event in await bus.told(DebateCompleted, 2)}
        decided = {event.question: event for event in await bus.told(DecisionMade, 2)}
    assert bus.subscribers == {}
    assert set(completed) == set(decided) == {practice.evolution_question, "Which queue?"}
    own = completed[practice.evolution_question]
    assert (own.debate_id, own.consensus, own.winner) == (evolution.event_id, True, "")
    assert all(completed[topic].decision_id == decided[topic].decision_id for topic in completed)
    (request, *_) = (await newcomer.log.load(str(evolution.event_id))).facts
    assert isinstance(request.fact, zamaz.DebateRequested)
    assert '"p95":1.5' in request.fact.context
    assert request.fact.requester == "zamaz.compat"
    assert len({event.event_id for event in bus.of(DebateCompleted)}) == 2, "each event asked once"


async def test_what_was_decided_while_the_application_was_away_is_told_and_nothing_twice(newcomer: zamaz.Client):
    first, second = FakeEventBus(), FakeEventBus()
    async with bridge(first, newcomer) as joined:
        asked = await joined.hear(WorkItem())
        await first.told(DebateCompleted, 1)
        await first.told(DecisionMade, 1)
    away = await newcomer.request("Which broker?", participants=SEATS)
    await newcomer.completed(away, timeout=120)
    async with bridge(second, newcomer):
        (completed,) = await second.told(DebateCompleted, 1)
        (decision,) = await second.told(DecisionMade, 1)
    assert str(completed.debate_id) == str(decision.debate_id) == away
    assert [str(event.debate_id) for event in first.of(DebateCompleted)] == [asked]


async def test_a_bus_that_takes_nothing_ends_the_bridge_and_misses_nothing(newcomer: zamaz.Client):
    bus = FakeEventBus()
    debate = await newcomer.request("Which broker?", participants=SEATS)
    await newcomer.completed(debate, timeout=120)
    bus.broken = True
    with pytest.raises(RuntimeError, match="Event bus is not running"):
        async with bridge(bus, newcomer):
            await asyncio.sleep(120)
    bus.broken = False
    async with bridge(bus, newcomer):
        assert [str(event.debate_id) for event in await bus.told(DebateCompleted, 1)] == [debate]
        assert [str(event.debate_id) for event in await bus.told(DecisionMade, 1)] == [debate]


class FakeBusThatBreaksForAllAtOnce(FakeEventBus):
    def __init__(self, tellers: int) -> None:
        super().__init__()
        self.together = asyncio.Barrier(tellers)

    async def publish(self, event: Any) -> None:
        await self.together.wait()
        raise RuntimeError("Event bus is not running")


async def test_a_bus_that_fails_both_tellers_at_once_ends_the_bridge_with_its_own_error(client: zamaz.Client):
    debate = await client.request("Which broker?", participants=SEATS)
    await client.completed(debate, timeout=120)
    with pytest.raises(RuntimeError, match="Event bus is not running") as raised:
        async with bridge(FakeBusThatBreaksForAllAtOnce(2), client, durable="breaks"):
            await asyncio.sleep(120)
    assert isinstance(raised.value.__cause__, ExceptionGroup)


async def test_an_error_of_the_application_leaves_the_block_as_it_is(client: zamaz.Client):
    with pytest.raises(ValueError, match="of its own"):
        async with bridge(FakeEventBus(), client, durable="leaves"):
            raise ValueError("of its own")
