"""The log on a real nats-server: names, optimistic concurrency, reading back, loads, follow, replay."""

from __future__ import annotations

import asyncio
import contextlib
from datetime import UTC, datetime
from typing import Any

import pytest
from msgspec import structs
from nats.aio.client import Client as Nats

from zamaz import Client, connection, provision, subjects, wire
from zamaz.errors import Conflict, LogFull, LogRefused, LogUnavailable, NotProvisioned, StaleRead
from zamaz.events import Malformed, Unknown
from zamaz.events.client import DebateRequested
from zamaz.events.debater import ArgumentPresented, TurnFailed
from zamaz.events.workflow import DebateCancelled, DebateFailed, RoundStarted, TurnRequested
from zamaz.log import Log
from zamaz.replay import replay

from conftest import PROVIDERS, Server

pytestmark = pytest.mark.live
ASKED = DebateRequested(question="q")


def argued(turn: str, who: str) -> ArgumentPresented:
    return ArgumentPresented(
        turn=turn, call=f"{turn}-1", round=1, participant=who, argument="a", provider="p", model="m", latency_ms=1
    )


def replace_argument(fact: ArgumentPresented, text: str) -> ArgumentPresented:
    return structs.replace(fact, argument=text)


async def test_a_fact_is_said_once_and_the_same_again_is_success(nc: Nats):
    log = Log(nc, "test")
    first = await log.append("d", ASKED)
    again = await log.append("d", ASKED)
    other = await log.append("d", DebateRequested(question="another"))
    assert (first.ours, again.ours, again.seq) == (True, True, first.seq)
    assert (first.new, again.new, other.new) == (True, False, False)
    assert (other.ours, other.seq, other.stands) == (False, first.seq, ASKED)


async def test_of_200_racing_writers_of_one_name_one_is_stored(nc: Nats):
    log = Log(nc, "test")
    facts = [DebateRequested(question=f"q{n}") for n in range(200)]
    stands = await asyncio.gather(*(log.append("race", fact) for fact in facts))
    assert len({s.seq for s in stands}) == 1
    assert sum(s.ours for s in stands) == 1


async def test_of_200_racing_decisions_one_wins_and_the_others_are_told(nc: Nats):
    log = Log(nc, "test")
    outcomes = await asyncio.gather(
        *(log.append("race", RoundStarted(round=n), after=0) for n in range(1, 201)), return_exceptions=True
    )
    assert sum(not isinstance(o, BaseException) for o in outcomes) == 1
    assert sum(isinstance(o, Conflict) for o in outcomes) == 199
    assert len((await log.load("race")).facts) == 1


async def test_concurrency_counts_the_own_voice_only(nc: Nats):
    log = Log(nc, "test")
    await log.append("d", ASKED)
    mine = await log.append("d", RoundStarted(round=1), after=0)
    await log.append("d", argued("t1", "ann"))
    assert (await log.append("d", RoundStarted(round=2), after=mine.seq)).ours


async def test_a_turn_has_one_answer_of_any_kind(nc: Nats):
    log = Log(nc, "test")
    over = subjects.answers_of("d", "t1")
    assert (await log.append("d", argued("t1", "ann"), after=0, over=over)).ours
    late = await log.append("d", argued("t1", "bob"), after=0, over=over)
    assert (late.ours, late.stands) == (False, argued("t1", "ann"))
    with pytest.raises(Conflict):
        await log.append("d", TurnFailed(turn="t1", kind="timeout", why="", retryable=True), after=0, over=over)


async def test_an_equal_decision_of_another_worker_is_not_ours(nc: Nats):
    one, two = Log(nc, "one"), Log(nc, "two")
    assert (await one.append("d", RoundStarted(round=1), after=0)).ours
    with pytest.raises(Conflict):
        await two.append("d", RoundStarted(round=1), after=0)


async def test_a_turn_is_asked_of_one_provider_only(nc: Nats):
    log = Log(nc, "test")

    def turn(provider: str) -> TurnRequested:
        at = datetime.now(UTC)
        return TurnRequested(turn="t1", round=1, step="s", participant="p", provider=provider, model="m", deadline=at)

    assert (await log.append("d", turn("one"))).ours
    with pytest.raises(Conflict):
        await log.append("d", turn("two"))
    assert (await log.append("d", (await log.load("d")).facts[0].fact)).ours  # type: ignore[arg-type]


async def test_the_same_request_is_the_same_however_its_lists_are_written(nc: Nats):
    log = Log(nc, "test")
    await log.append("d", DebateRequested(question="q", participants=["a", "b"]))  # type: ignore[arg-type]
    assert (await log.append("d", DebateRequested(question="q", participants=("a", "b")))).ours


async def test_a_busy_server_is_asked_again(nc: Nats, monkeypatch: pytest.MonkeyPatch):
    real, busy = wire.publish, [wire.Ack(error=wire.Problem(503, 10008, "temporarily unavailable"))] * 2

    async def sometimes(*args: Any, **kwargs: Any) -> wire.Ack | None:
        return busy.pop() if busy else await real(*args, **kwargs)

    monkeypatch.setattr("zamaz.log.publish", sometimes)
    assert (await Log(nc, "test").append("d", ASKED)).ours


async def test_a_load_of_many_megabytes_is_whole(nc: Nats):
    log = Log(nc, "test", timeout=20)
    for n in range(40):
        await log.append("d", replace_argument(argued(f"t{n}", "ann"), "x" * 900_000))
    assert len((await log.load("d")).facts) == 40


async def test_a_replay_goes_on_when_the_server_is_killed_and_when_facts_are_erased(server: Server, nc: Nats):
    log = Log(nc, "test")
    await asyncio.gather(*(log.append(f"d{n % 5}", RoundStarted(round=n)) for n in range(1, 4001)))
    read: list[int] = []
    async with contextlib.aclosing(replay(nc)) as batches:
        async for batch in batches:
            read += [heard.seq for heard in batch]
            if len(read) == 1000:
                await nc.jetstream().purge_stream(subjects.EVENTS, subject=subjects.all_of("d3"))
            if len(read) == 2000:
                server.kill()
                server.start()
    assert read == sorted(set(read))
    assert read[-1] >= 3999
    assert len(read) >= 3200


async def test_an_append_whose_ack_was_lost_is_found_by_its_name(nc: Nats, monkeypatch: pytest.MonkeyPatch):
    log, real, lost = Log(nc, "test"), wire.publish, []

    async def deaf(*args: Any, **kwargs: Any) -> wire.Ack | None:
        ack = await real(*args, **kwargs)
        lost.append(ack)
        return None

    monkeypatch.setattr("zamaz.log.publish", deaf)
    decided = await log.append("d", RoundStarted(round=1), after=0)
    assert (decided.ours, decided.new) == (True, True)
    assert len(lost) == 1
    assert len((await log.load("d")).facts) == 1


async def test_an_append_that_was_given_up_and_arrived_is_still_ours_however_often_it_is_said_again(
    nc: Nats, monkeypatch: pytest.MonkeyPatch
):
    log, real = Log(nc, "test"), wire.publish

    async def deaf(*args: Any, **kwargs: Any) -> wire.Ack | None:
        await real(*args, **kwargs)
        return None

    async def blind(*_: Any, **__: Any) -> None:
        raise LogUnavailable("away")

    with monkeypatch.context() as away:
        away.setattr("zamaz.log.publish", deaf)
        away.setattr(wire.DirectGets, "one", blind)
        for _ in range(3):
            with pytest.raises(LogUnavailable):
                await log.append("d", ASKED, tries=2)
    stands = await log.append("d", ASKED)
    assert (stands.ours, stands.new) == (True, True)
    assert not (await log.append("d", ASKED)).new


async def test_an_append_that_never_arrives_gives_up_and_says_so(nc: Nats, monkeypatch: pytest.MonkeyPatch):
    async def swallowed(*_: Any, **__: Any) -> None:
        return None

    monkeypatch.setattr("zamaz.log.publish", swallowed)
    with pytest.raises(LogUnavailable):
        await Log(nc, "test").append("d", ASKED)


async def test_a_server_killed_between_appends_loses_none_that_was_acknowledged(server: Server, nc: Nats):
    log = Log(nc, "test")
    seqs = []
    for n in range(1, 31):
        seqs.append((await log.append("d", RoundStarted(round=n))).seq)
        if n % 10 == 0:
            server.kill()
            server.start()
    stands = [fact.seq for fact in (await log.load("d", at_least=seqs[-1])).facts]
    assert stands == seqs == sorted(set(seqs))


async def test_what_one_fact_refused_the_server_tells_in_one_error(nc: Nats):
    with pytest.raises(LogRefused):
        await Log(nc, "test").append("d", DebateRequested(question="q", context="x" * (1024 * 1024 + 1)))


async def test_a_full_log_refuses_and_is_no_conflict(nc: Nats):
    await provision.provision(nc, PROVIDERS, max_bytes=20_000)
    log = Log(nc, "test")
    with pytest.raises(LogFull, match="maximum bytes"):
        for n in range(1, 200):
            await log.append("d", RoundStarted(round=n))


async def test_a_load_starts_where_it_is_told_and_knows_how_far_it_came(nc: Nats):
    log = Log(nc, "test")
    for n in range(1, 6):
        await log.append("d", RoundStarted(round=n))
    await log.append("elsewhere", ASKED)
    loaded = await log.load("d", since=4)
    assert [f.fact.round for f in loaded.facts if isinstance(f.fact, RoundStarted)] == [4, 5]
    assert loaded.upto == 6
    assert (await log.load("d", since=7)).facts == []


async def test_a_load_that_stops_short_of_what_is_known_is_an_error(nc: Nats):
    log = Log(nc, "test")
    await log.append("d", ASKED)
    with pytest.raises(StaleRead):
        await log.load("d", at_least=99, tries=2)


async def test_a_debate_of_more_than_a_thousand_facts_is_loaded_whole(nc: Nats):
    log = Log(nc, "test")
    await asyncio.gather(*(log.append("big", RoundStarted(round=n)) for n in range(1, 1301)))
    await log.append("big", ASKED)
    loaded = await log.load("big")
    assert len(loaded.facts) == 1301
    assert [f.seq for f in loaded.facts] == sorted(f.seq for f in loaded.facts)
    assert loaded.upto == 1301
    voices = (subjects.voice_of("client", "big"), subjects.voice_of("workflow", "big"))
    assert len((await log.load("big", filters=voices)).facts) == 1301


async def test_unknown_and_malformed_facts_are_read_as_what_they_are(nc: Nats):
    log = Log(nc, "test")
    js = nc.jetstream()
    await js.publish("evt.workflow.d.SomethingNewer", b'{"a":1}')
    await js.publish("evt.client.d.DebateRequested", b"not json")
    kinds = [type(f.fact) for f in (await log.load("d")).facts]
    assert kinds == [Unknown, Malformed]


async def test_a_header_of_the_publishers_own_is_not_taken_for_the_servers_word(nc: Nats):
    await nc.jetstream().publish("evt.client.d.DebateRequested", b'{"question":"q"}', headers={"Status": "404"})
    await Log(nc, "test").append("d", RoundStarted(round=1))
    assert [heard.fact for heard in (await Log(nc, "test").load("d")).facts] == [ASKED, RoundStarted(round=1)]


async def test_follow_yields_each_fact_once_across_a_server_kill(server: Server, nc: Nats):
    log = Log(nc, "test")
    seen: list[str] = []

    async def reader() -> None:
        async for heard in Log(nc, "reader").follow("d", poll=0.2):
            seen.append(type(heard.fact).__name__)
            if isinstance(heard.fact, DebateCancelled):
                return

    reading = asyncio.create_task(reader())
    await log.append("d", ASKED)
    await log.append("d", RoundStarted(round=1))
    server.kill()
    server.start()
    await log.append("d", RoundStarted(round=2))
    await log.append("d", DebateCancelled())
    await asyncio.wait_for(reading, 60)
    assert seen == ["DebateRequested", "RoundStarted", "RoundStarted", "DebateCancelled"]


async def test_a_replay_reads_everything_once_and_in_order(nc: Nats):
    log = Log(nc, "test")
    await asyncio.gather(*(log.append(f"d{n % 7}", RoundStarted(round=n)) for n in range(1, 3501)))
    read = [heard async for batch in replay(nc) for heard in batch]
    assert [heard.seq for heard in read] == list(range(1, 3501))
    assert read[0].at.year >= 2025
    later = [heard async for batch in replay(nc, 3400) for heard in batch]
    assert [heard.seq for heard in later] == list(range(3400, 3501))
    assert [b async for b in replay(nc, 4000)] == []


async def test_who_leaves_a_subscription_gives_back_at_once_what_was_not_acked(nc: Nats):
    client = Client(nc)
    for n in range(3):
        await client.log.append(f"d{n}", ASKED)
    async with contextlib.aclosing(client.subscribe("DebateRequested", durable="app")) as facts:
        first = await anext(facts)
        await first.ack()
        await anext(facts)
    heard: set[str] = set()
    async with asyncio.timeout(10), contextlib.aclosing(client.subscribe("DebateRequested", durable="app")) as facts:
        while len(heard) < 2:
            one = await anext(facts)
            heard.add(one.debate)
            await one.ack()
    assert heard == {"d0", "d1", "d2"} - {first.debate}


async def test_a_server_that_is_not_provisioned_is_named_as_such(server: Server):
    client = await connection.connect(server.url, "test")
    with pytest.raises(NotProvisioned, match="zamaz init"):
        await provision.check(client, provision.feeds(PROVIDERS))
    with pytest.raises(LogUnavailable):
        await Log(client, "test").append("d", DebateFailed(stop_reason="failure", why=""), tries=1)
    await client.close()


async def test_provisioning_twice_changes_nothing_and_drift_is_noticed(nc: Nats):
    feeds = provision.feeds(PROVIDERS)
    await provision.provision(nc, PROVIDERS)
    await provision.check(nc, feeds)
    await provision.provision(nc, {**PROVIDERS, "script": 3})
    with pytest.raises(NotProvisioned, match="debater-script"):
        await provision.check(nc, feeds)


def test_an_older_server_is_refused_by_name():
    assert "2.11 is too old: 2.12" in provision.server_problem(2, 11)
    assert provision.server_problem(2, 12) == ""
