"""Rulings that are also asked of the next rung: which, what is said of it, and what is left out."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import replace

from msgspec import structs

from zamaz.definition.orchestration import ShadowSpec
from zamaz.errors import Gone
from zamaz.events.flow import RungSetting
from zamaz.events.orchestration import RulingShadowed
from zamaz_orchestrator.ladder import Climbed, Ladder, Left
from zamaz_orchestrator.port import Inquiry, Judge, Reply
from zamaz_orchestrator.shadow import Shadows

from orchestrator.panel import CONSENSUS, LOCAL, OLLAMA, RULES, Says, case, gone, held, judgement, question, wanted

APART = case(CONSENSUS, question(held("ann", "Split now"), held("bob", "Split later")))
TYPED = case(CONSENSUS, question(held("ann", choice="a"), held("bob", choice="a")))
LADDER = (RULES, OLLAMA, LOCAL)


class Desk:
    """A ladder with its shadows, and what became of them."""

    def __init__(
        self, share: float = 1.0, waiting: int = 100, running: bool = True, budget: bool = False, **judges: Judge
    ) -> None:
        self.said: list[RulingShadowed] = []
        self.left_out: list[str] = []
        self.running, self.budget = running, budget
        self.ladder = Ladder(judges)
        spec = ShadowSpec(share=share, waiting=waiting, timeout=5)
        self.shadows = Shadows(self.ladder, spec, self._say, self._runs, self._affords, self.left_out.append)

    async def _say(self, _: str, fact: RulingShadowed) -> None:
        self.said.append(fact)

    async def _runs(self, _: str) -> bool:
        return self.running

    async def _affords(self, _: str, rung: RungSetting) -> bool:
        return not (self.budget and rung.provider)

    async def rule(self, made=APART, ruling: str = "r1", rungs: tuple[RungSetting, ...] = LADDER) -> Climbed:
        climbed = await self.ladder.climb(made, rungs)
        asked = structs.replace(wanted("t1", "t2"), ruling=ruling)
        fact = CONSENSUS.fact_of(asked, made.question, climbed.opinion, climbed.passed, 1)
        self.shadows.offer("d1", made, climbed, fact, rungs)
        return climbed

    async def settled(self) -> list[RulingShadowed]:
        async with asyncio.timeout(10):
            while not self.shadows.idle:
                await asyncio.sleep(0.001)
        await self.shadows.close()
        return self.said


async def test_the_next_rung_is_asked_and_what_it_says_is_held_beside_the_ruling() -> None:
    desk = Desk(ollama=Says(judgement("full")), local=Says(judgement("none", 0.2)))
    await desk.rule()
    (shadow,) = await desk.settled()
    assert (shadow.ruled_by, shadow.ruled, shadow.rung, shadow.said) == ("ollama", "full", "local", "none")
    assert (shadow.agrees, shadow.regret, shadow.confidence) == (False, 1.0, 0.2), "however sure it is"
    assert shadow.usage is not None and shadow.provider == "local"


async def test_the_free_rules_are_measured_too() -> None:
    desk = Desk(ollama=Says(judgement("partial")))
    await desk.rule(TYPED)
    (shadow,) = await desk.settled()
    assert (shadow.ruled_by, shadow.ruled, shadow.agrees, shadow.regret) == ("rules", "full", True, 0.0)


async def test_a_rung_that_cannot_be_asked_is_passed_over_and_one_that_answers_nonsense_is_said() -> None:
    desk = Desk(ollama=gone("no Ollama answers"), local=Says("They agree."))
    await desk.rule(TYPED)
    (shadow,) = await desk.settled()
    assert (shadow.rung, shadow.agrees, shadow.said) == ("local", None, "")
    assert shadow.why == "its answer is not the JSON that was asked for"
    assert shadow.usage is not None, "it is paid all the same"


async def test_where_no_rung_can_be_asked_it_is_counted() -> None:
    desk = Desk()
    await desk.rule(TYPED)
    assert (await desk.settled(), desk.left_out) == ([], ["out of reach"])


async def test_defaults_and_the_last_rung_s_rulings_have_nothing_above_them() -> None:
    desk = Desk(local=Says(judgement()))
    await desk.rule()
    await desk.rule(rungs=(RULES,))
    assert (await desk.settled(), desk.left_out) == ([], [])


async def test_only_a_share_is_measured_and_always_the_same_ones() -> None:
    sampled = []
    for _ in range(2):
        desk = Desk(share=0.3, waiting=1000, ollama=Says(judgement()))
        for n in range(200):
            await desk.rule(TYPED, f"r{n}")
        sampled.append({shadow.ruling for shadow in await desk.settled()})
    assert sampled[0] == sampled[1]
    assert 35 <= len(sampled[0]) <= 85


async def test_none_is_measured_unless_somebody_wants_it() -> None:
    judge = Says(judgement())
    desk = Desk(share=0.0, ollama=judge)
    await desk.rule(TYPED)
    assert (await desk.settled(), judge.asked) == ([], [])


async def test_the_oldest_wait_and_what_finds_no_place_is_counted() -> None:
    go = asyncio.Event()

    class Slow(Says):
        async def ask(self, inquiry: Inquiry, rung: RungSetting, timeout: float) -> Reply:
            await go.wait()
            return await super().ask(inquiry, rung, timeout)

    desk = Desk(waiting=3, ollama=Slow(judgement()))
    for n in range(3):
        await desk.rule(TYPED, f"r{n}")
    await asyncio.sleep(0)
    for n in range(3, 8):
        await desk.rule(TYPED, f"r{n}")
    assert desk.left_out == ["no place"] * len(desk.left_out) and 4 <= len(desk.left_out) <= 5
    go.set()
    assert [shadow.ruling for shadow in await desk.settled()][:3] == ["r0", "r1", "r2"]
    assert len(desk.said) + len(desk.left_out) == 8, "none is lost without a word"


async def test_a_debate_that_was_erased_meanwhile_is_left_alone_and_the_next_one_is_measured() -> None:
    desk = Desk(ollama=Says(judgement()))

    async def erased(_: str) -> bool:
        desk.shadows._open = desk._runs
        raise Gone("d1 was erased or archived")

    desk.shadows._open = erased
    await desk.rule(TYPED, "r1")
    await desk.rule(TYPED, "r2")
    assert [shadow.ruling for shadow in await desk.settled()] == ["r2"]
    assert desk.left_out == ["gone"]


async def test_a_debate_that_is_over_has_its_bill_and_is_left_alone() -> None:
    judge = Says(judgement())
    desk = Desk(running=False, ollama=judge)
    await desk.rule(TYPED)
    assert (await desk.settled(), judge.asked, desk.left_out) == ([], [], ["over"])


async def test_under_a_budget_no_rung_is_asked_that_sends_bills() -> None:
    judge = Says(judgement())
    desk = Desk(budget=True, grok=judge)
    grok = structs.replace(LOCAL, rung="grok", provider="xai")
    await desk.rule(TYPED, rungs=(RULES, grok))
    assert (await desk.settled(), judge.asked, desk.left_out) == ([], [], ["budget"])


async def test_one_that_could_not_be_announced_is_counted_under_a_word_of_few() -> None:
    async def announce(_: RungSetting, _inquiries: Sequence[Inquiry]) -> str:
        raise Left("r1-asked-1 was taken already")

    judge = Says(judgement())
    desk = Desk(ollama=judge)
    climbed = await desk.ladder.climb(TYPED, LADDER)
    fact = CONSENSUS.fact_of(wanted("t1", "t2"), TYPED.question, climbed.opinion, climbed.passed, 1)
    desk.shadows.offer("d1", replace(TYPED, announce=announce), climbed, fact, LADDER)
    assert (await desk.settled(), judge.asked, desk.left_out) == ([], [], ["taken"])


async def test_what_waits_when_the_service_ends_is_counted() -> None:
    desk = Desk(ollama=Says(judgement()))
    await desk.rule(TYPED)
    await desk.shadows.close()
    assert len(desk.said) + len(desk.left_out) == 1
