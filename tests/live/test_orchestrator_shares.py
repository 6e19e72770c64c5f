"""Two orchestrators, one board: circuits, limits and kept rulings in KV, and a ruling that came second."""

from __future__ import annotations

import asyncio
import json
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from msgspec import structs
from nats.aio.client import Client as Nats

from zamaz import connection, subjects
from zamaz.cli.orchestration import calibrating
from zamaz.definition import OrchestrationFile, default_folder, load, parse
from zamaz.events.client import DebateRequested
from zamaz.events.flow import RungSetting
from zamaz.events.orchestration import ComplexityAssessed, RulingDiscarded, RulingShadowed
from zamaz.events.workflow import RulingRequested
from zamaz.inbox import Inbox
from zamaz.log import Log
from zamaz.service.delivery import Delivery
from zamaz.wire import publish
from zamaz_orchestrator.board import Board, SharedCache, SharedGuard
from zamaz_orchestrator.circuit import LEAST
from zamaz_orchestrator.court import Court
from zamaz_orchestrator.kinds import Cutoffs, kinds
from zamaz_orchestrator.ladder import Climbed, Ladder
from zamaz_orchestrator.port import Inquiry, Judge, Reply

from conftest import Server
from orchestrator.panel import CONSENSUS, OLLAMA, Says, case, gone, held, judgement, question, said

pytestmark = pytest.mark.live
APART = case(CONSENSUS, question(held("ann", "Split now"), held("bob", "Split later")))
DAY = 86400.0


def replica(nc: Nats, judge: Judge, ttl_s: float = DAY) -> Ladder:
    return Ladder({"ollama": judge}, guard=SharedGuard(Board(nc)), cache=SharedCache(nc, ttl_s))


async def climbs(ladder: Ladder, rung: RungSetting = OLLAMA) -> Climbed:
    climbed = await ladder.climb(APART, [rung])
    await ladder.keep(APART, climbed)
    return climbed


async def test_replicas_share_circuits_limits_and_rulings(nc: Nats, server: Server) -> None:
    other = await connection.connect(server.url, "other", timeout=30)
    broken, works = replica(nc, gone("no Ollama answers")), Says(judgement("none"))
    fine = replica(other, works)

    for _ in range(LEAST):
        assert (await climbs(broken)).passed[0].reason == "unreachable"
    shut = (await climbs(fine)).passed[0]
    assert (shut.reason, works.asked) == ("circuit", []), "what one of them found out, both know"

    limited = structs.replace(OLLAMA, model="llama3.3", requests_a_minute=3)
    questions = [case(CONSENSUS, question(held("ann", f"Split {n}"), held("bob", "Keep"))) for n in range(8)]
    made = await asyncio.gather(
        *(ladder.climb(one, [limited]) for n, one in enumerate(questions) for ladder in ((fine, broken)[n % 2],))
    )
    let_through = [one for one in made if not one.passed or one.passed[0].reason == "unreachable"]
    assert len(let_through) == 3, "one limit for both"
    assert all(one.passed[0].reason == "limited" for one in made if one not in let_through)

    again = structs.replace(OLLAMA, model="qwen3")
    first = await climbs(fine, again)
    assert (first.opinion.rung, first.opinion.cached) == ("ollama", False)
    second = await climbs(broken, again)
    assert (second.opinion.rung, second.opinion.cached, second.opinion.usage) == ("ollama", True, None)
    assert second.opinion.said == first.opinion.said
    late = await climbs(replica(nc, gone("no Ollama answers"), ttl_s=0), again)
    assert late.passed[0].reason == "unreachable", "its time was over"
    entry = f"$KV.{subjects.RULINGS_BUCKET}.consensus.{first.key}"
    assert await publish(Inbox(nc), entry, b'{"format": 99}', {}, 1.0)
    assert (await climbs(broken, again)).passed[0].reason == "unreachable", "an entry of another version is no hit"
    await other.close()


async def test_without_the_buckets_each_goes_by_its_own_memory(server: Server) -> None:
    """A server that was provisioned by an older version."""
    bare = await connection.connect(server.url, "bare", timeout=30)
    ladder = replica(bare, gone("no Ollama answers"))
    for _ in range(LEAST):
        assert (await climbs(ladder)).passed[0].reason == "unreachable"
    assert (await climbs(ladder)).passed[0].reason == "circuit"
    await bare.close()


class Meets(Says):
    """A judge that answers when both have been asked."""

    def __init__(self, both: asyncio.Barrier, text: str) -> None:
        super().__init__(text)
        self.both = both

    async def ask(self, inquiry: Inquiry, rung: RungSetting, timeout: float) -> Reply:
        await self.both.wait()
        return await super().ask(inquiry, rung, timeout)


async def test_of_two_rulings_one_stands_and_the_other_s_price_is_not_lost(nc: Nats) -> None:
    log, catalog = Log(nc, "test"), load(default_folder())
    asked = DebateRequested(question="Should we split our monolith into services?")
    wanted = RulingRequested(
        ruling="r1",
        kind="complexity",
        round=0,
        sees=0,
        turns=(),
        deadline=datetime.now(UTC) + timedelta(seconds=30),
    )
    await log.append("d1", asked)
    at = (await log.append("d1", wanted)).seq
    known, both = kinds(Cutoffs(0.9, 0.4)), asyncio.Barrier(2)
    courts = [
        Court(Log(nc, f"orchestrator-{level}"), Ladder({"ollama": Meets(both, said(level))}), known, catalog)
        for level in ("simple", "complex")
    ]
    name = subjects.parse(subjects.name("workflow", "d1", "RulingRequested", "r1"))
    delivery = Delivery("evt.workflow.d1.RulingRequested.r1", at, 1)
    told = await asyncio.gather(*(court.rule(name, delivery) for court in courts))
    assert sorted(told) == [["ComplexityAssessed"], ["RulingDiscarded"]]
    facts = [heard.fact for heard in (await log.load("d1")).facts]
    (ruled,) = (fact for fact in facts if isinstance(fact, ComplexityAssessed))
    (lost,) = (fact for fact in facts if isinstance(fact, RulingDiscarded))
    assert (ruled.rung, ruled.passed[0].rung, lost.ruling) == ("ollama", "rules", "r1")
    assert lost.usage is not None and lost.usage.input == 10


async def test_a_ruling_is_said_first_and_measured_then(nc: Nats) -> None:
    log, shipped = Log(nc, "test"), load(default_folder())
    text = "consensus: [{rung: rules}]\ncomplexity: [{rung: rules}, {rung: ollama, model: m}]\nshadow: {share: 1}"
    catalog = replace(shipped, orchestration=parse(text, OrchestrationFile, "orchestration.yaml"))
    court = Court(log, Ladder({"ollama": Says(said("moderate"))}), kinds(Cutoffs(0.9, 0.4)), catalog)
    wanted = RulingRequested(
        ruling="r1",
        kind="complexity",
        round=0,
        sees=0,
        turns=(),
        deadline=datetime.now(UTC) + timedelta(seconds=30),
    )
    await log.append("d1", DebateRequested(question="Should we?", metadata={"complexity": "complex"}))
    at = (await log.append("d1", wanted)).seq
    name = subjects.parse(subjects.name("workflow", "d1", "RulingRequested", "r1"))
    assert await court.rule(name, Delivery("evt.workflow.d1.RulingRequested.r1", at, 1)) == ["ComplexityAssessed"]
    heard = await anext(log.follow("d1", since=at + 2))
    await court.close()
    assert isinstance(shadow := heard.fact, RulingShadowed)
    assert (shadow.ruled_by, shadow.ruled, shadow.rung, shadow.said) == ("rules", "complex", "ollama", "moderate")
    assert (shadow.agrees, shadow.regret, shadow.provider) == (False, 0.5, "ollama")
    assert shadow.usage is not None and shadow.usage.input == 10


async def test_calibrate_reads_the_shadows_of_the_log_and_changes_nothing(
    nc: Nats, server: Server, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("ZAMAZ_NATS_URL", server.url)
    shadow = RulingShadowed(
        ruling="r1",
        kind="consensus",
        ruled_by="local",
        ruled="full",
        ruled_confidence=0.7,
        rung="grok",
        said="full",
        agrees=True,
        regret=0.0,
        inputs_digest="",
    )
    for n in range(20):
        await Log(nc, "test").append(f"d{n}", shadow)
    await calibrating(0.9, 20, as_json=True)
    proposal = json.loads(capsys.readouterr().out)
    assert (proposal["rung"], proposal["now"], proposal["threshold"], proposal["shadows"]) == ("local", 0.5, 0.7, 20)
    await calibrating(0.9, 20, as_json=False)
    assert "of 20 rulings from there on, 100% were agreed with" in " ".join(capsys.readouterr().out.split())
