"""Rungs that send bills: none is asked without a word in the log, and none twice while its asker lives."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, cast

import pytest
from msgspec import structs

from zamaz import definition, subjects
from zamaz.errors import LogUnavailable
from zamaz.events import Fact, subject_of
from zamaz.events.client import DebateRequested
from zamaz.events.debater import Usage
from zamaz.events.flow import RungSetting
from zamaz.events.orchestration import ComplexityAssessed, Ruling, RulingDiscarded, RungAsked
from zamaz.events.workflow import DebateCancelled, RulingRequested
from zamaz.service.delivery import Delivery, GiveBack
from zamaz_orchestrator.court import Court
from zamaz_orchestrator.kinds import Cutoffs, kinds
from zamaz_orchestrator.ladder import Ladder
from zamaz_orchestrator.port import Inquiry, Judge, Reply

from cost.fakelog import FakeLog
from orchestrator.panel import Says, said

CATALOG = definition.load(Path(__file__).parents[2] / "definitions")
GROK = RungSetting(rung="grok", threshold=0.5, provider="xai", model="grok-4", timeout_s=5)
CLOUD = structs.replace(GROK, rung="cloud", provider="anthropic", model="claude-opus-4-20250514")
LOCAL = RungSetting(rung="local", threshold=0.5, model="smollm2", timeout_s=5)
WANTED = RulingRequested(
    ruling="r1", kind="complexity", round=0, sees=0, turns=(), deadline=datetime.now(UTC) + timedelta(hours=1)
)
NAMED = subjects.parse(subject_of("d1", WANTED))
QUESTION = DebateRequested(question="Should we move the ledger of all our shops to another store?")


class Waits(Says):
    """Answers when it is let."""

    def __init__(self) -> None:
        super().__init__(said("complex"))
        self.begun, self.let = asyncio.Event(), asyncio.Event()

    async def ask(self, inquiry: Inquiry, rung: RungSetting, timeout: float) -> Reply:
        self.begun.set()
        await self.let.wait()
        return await super().ask(inquiry, rung, timeout)


class House:
    """One log with a ruling that is wanted, and the orchestrators that share it. `living` are those that live."""

    def __init__(self, *rungs: RungSetting) -> None:
        self.log, self.rungs = FakeLog(), rungs
        self.living: set[str] = set()

    async def hears(self, *facts: Fact) -> None:
        for fact in facts:
            await self.log.append("d1", fact)

    def orchestrator(self, by: str, **judges: Judge) -> Court:
        self.living.add(by)
        court = Court(cast(Any, self.log), Ladder(judges), kinds(Cutoffs(0.9, 0.4)), CATALOG, by=by, gone=self._gone)
        court._own_rungs = {"complexity": self.rungs}
        return court

    async def _gone(self, by: str) -> bool:
        return by not in self.living

    def delivery(self, tries: int = 1) -> Delivery:
        return Delivery(subject_of("d1", WANTED), 2, tries)

    def said(self, kind: type[Any]) -> list[Any]:
        return [heard.fact for heard in self.log.facts if isinstance(heard.fact, kind)]


async def house(*rungs: RungSetting) -> House:
    made = House(*rungs)
    await made.hears(QUESTION, WANTED)
    return made


async def test_it_is_announced_and_the_ruling_names_it() -> None:
    made = await house(structs.replace(GROK, threshold=0.95), CLOUD)
    court = made.orchestrator("o1", grok=Says(said("simple")), cloud=Says(said("complex", 0.99)))
    assert await court.rule(NAMED, made.delivery()) == ["ComplexityAssessed"]
    first, second = made.said(RungAsked)
    assert [(one.call, one.by, one.rung, one.provider) for one in (first, second)] == [
        ("r1-asked-1", "o1", "grok", "xai"),
        ("r1-asked-2", "o1", "cloud", "anthropic"),
    ]
    (ruled,) = made.said(ComplexityAssessed)
    assert (ruled.passed[0].call, ruled.call) == ("r1-asked-1", "r1-asked-2")
    assert first.prompt_bytes > 100 and first.max_output_tokens and len(first.prompt_digest) == 64


async def test_it_is_announced_with_the_longest_answer_that_it_may_give() -> None:
    made, judge = await house(structs.replace(GROK, max_output_tokens=6000)), Says(said("simple"))
    await made.orchestrator("o1", grok=judge).rule(NAMED, made.delivery())
    assert [one.max_output_tokens for one in made.said(RungAsked)] == [judge.asked[0].max_tokens] == [6000]


async def test_what_costs_nothing_is_asked_without_a_word() -> None:
    made = await house(LOCAL)
    await made.orchestrator("o1", local=Says(said("simple"))).rule(NAMED, made.delivery())
    assert (made.said(RungAsked), made.said(ComplexityAssessed)[0].call) == ([], "")


async def test_while_its_asker_lives_nobody_asks_again_and_then_only_on_a_redelivery() -> None:
    made = await house(GROK)
    judge = Waits()
    first = asyncio.create_task(made.orchestrator("o1", grok=judge).rule(NAMED, made.delivery()))
    await asyncio.wait_for(judge.begun.wait(), 10)
    other = made.orchestrator("o2", grok=Says(said("simple")))
    for tries in (1, 2):
        with pytest.raises(GiveBack, match="under way in o1"):
            await other.rule(NAMED, made.delivery(tries))
    made.living.discard("o1")
    with pytest.raises(GiveBack):
        await other.rule(NAMED, made.delivery(1))
    assert await other.rule(NAMED, made.delivery(2)) == ["ComplexityAssessed"]
    assert [(one.call, one.by) for one in made.said(RungAsked)] == [("r1-asked-1", "o1"), ("r1-asked-2", "o2")]
    judge.let.set()
    assert await first == ["RulingDiscarded"], "it was stopped, not killed"
    (late,) = made.said(RulingDiscarded)
    assert (late.call, late.usage) == ("r1-asked-1", Usage(input=10, output=5))


async def test_of_two_that_begin_at_once_one_alone_pays() -> None:
    made = await house(GROK)
    judges = [Says(said("simple")), Says(said("complex"))]
    courts = [made.orchestrator(f"o{n}", grok=judge) for n, judge in enumerate(judges)]
    told = await asyncio.gather(*(court.rule(NAMED, made.delivery()) for court in courts), return_exceptions=True)
    assert sum(len(judge.asked) for judge in judges) == 1
    assert sorted(type(one).__name__ for one in told) == ["GiveBack", "list"]
    assert len(made.said(Ruling)) == 1


async def test_one_whose_next_call_was_taken_over_has_paid_for_those_before() -> None:
    made = await house(structs.replace(GROK, threshold=0.95), CLOUD)
    taken = RungAsked(
        call="r1-asked-2", ruling="r1", by="o2", rung="cloud", provider="anthropic", model="m", prompt_digest=""
    )

    class Overtaken(Says):
        async def ask(self, inquiry: Inquiry, rung: RungSetting, timeout: float) -> Reply:
            await made.hears(taken)
            return await super().ask(inquiry, rung, timeout)

    court = made.orchestrator("o1", grok=Overtaken(said("simple")), cloud=Says(said("complex")))
    with pytest.raises(GiveBack):
        await court.rule(NAMED, made.delivery())
    (lost,) = made.said(RulingDiscarded)
    assert [(one.call, one.usage) for one in lost.passed] == [("r1-asked-1", Usage(input=10, output=5))]
    assert made.said(Ruling) == []


async def test_a_call_of_one_that_is_gone_counts_at_its_worst_where_nobody_waits_any_more() -> None:
    made = await house(GROK)
    begun = RungAsked(
        call="r1-asked-1",
        ruling="r1",
        by="o1",
        rung="grok",
        provider="xai",
        model="grok-4",
        prompt_digest="",
        max_output_tokens=200,
        prompt_bytes=301,
    )
    await made.hears(begun, DebateCancelled())
    court = made.orchestrator("o2", grok=Says(said("simple")))
    assert await court.rule(NAMED, made.delivery(2)) == ["RulingDiscarded"]
    (lost,) = made.said(RulingDiscarded)
    assert (lost.call, lost.usage) == ("r1-asked-1", Usage(input=101, output=200, estimated=True))
    assert await court.rule(NAMED, made.delivery(3)) == []


async def test_a_call_of_one_that_is_gone_has_its_end_too_where_the_next_one_rules_without_paying() -> None:
    made = await house(GROK)
    await made.hears(
        RungAsked(call="r1-asked-1", ruling="r1", by="o1", rung="grok", provider="xai", model="m", prompt_digest="")
    )
    court = made.orchestrator("o2")
    assert await court.rule(NAMED, made.delivery(2)) == ["ComplexityAssessed", "RulingDiscarded"]
    assert [one.call for one in made.said(RulingDiscarded)] == ["r1-asked-1"]
    assert await court.rule(NAMED, made.delivery(3)) == []


async def test_a_ruling_that_could_not_be_said_is_said_although_the_debate_has_ended_meanwhile() -> None:
    made = await house(GROK)
    court, append = made.orchestrator("o1", grok=Says(said("simple"))), made.log.append

    async def away(debate: str, fact: Fact, **more: Any) -> Any:
        if isinstance(fact, Ruling):
            raise LogUnavailable("nobody answers")
        return await append(debate, fact, **more)

    made.log.append = away  # type: ignore[method-assign]
    with pytest.raises(LogUnavailable):
        await court.rule(NAMED, made.delivery())
    made.log.append = append  # type: ignore[method-assign]
    await made.hears(DebateCancelled())
    assert await court.rule(NAMED, made.delivery(2)) == ["ComplexityAssessed"]
    assert made.said(ComplexityAssessed)[0].usage == Usage(input=10, output=5)
