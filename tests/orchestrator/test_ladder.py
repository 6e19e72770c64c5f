from __future__ import annotations

import asyncio
from pathlib import Path

import pytest

from zamaz.definition import OrchestrationFile, read
from zamaz.events.flow import RungSetting
from zamaz_orchestrator.judgement import PassUp, Reply
from zamaz_orchestrator.ladder import Climbed, Judge, Ladder
from zamaz_orchestrator.ruling import Question

from orchestrator.panel import (
    CUTOFFS,
    LOCAL,
    OLLAMA,
    RULES,
    TEMPLATE,
    Fails,
    Says,
    gone,
    held,
    judgement,
    question,
    seen,
)

APART = question(held("ann", "Split now"), held("bob", "Split later"))
TYPED = question(held("ann", choice="a"), held("bob", choice="a"))
HALF_TYPED = question(held("ann"), held("bob"), seen=seen(("ann", "bob", "disagree")))


async def template() -> str:
    return TEMPLATE


async def lost() -> str:
    raise PassUp("the prompt is not in the log")


async def climb(
    asked: Question,
    *rungs: RungSetting,
    left: float = 60.0,
    text: bool = True,
    **judges: Judge,
) -> Climbed:
    return await Ladder(judges, CUTOFFS).climb(asked, rungs, template if text else lost, lambda: left)


async def test_full_evidence_is_ruled_for_nothing_and_nobody_is_asked() -> None:
    judge = Says(judgement())
    made = await climb(TYPED, RULES, OLLAMA, ollama=judge)
    assert (made.opinion.rung, made.opinion.score, made.passed) == ("rules", 1.0, ())
    assert judge.prompts == []


async def test_missing_evidence_goes_to_the_next_rung() -> None:
    made = await climb(APART, RULES, OLLAMA, ollama=Says(judgement(score=0.5)))
    assert (made.opinion.rung, made.opinion.score) == ("ollama", 0.5)
    assert [(p.rung, p.why) for p in made.passed] == [("rules", "no evidence for 2 of 2 pairs")]


async def test_a_model_s_ruling_says_who_ruled_and_what_it_used() -> None:
    made = (await climb(APART, RULES, OLLAMA, ollama=Says(judgement()))).opinion
    assert (made.provider, made.model, made.confidence) == ("ollama", "qwen2.5", 0.9)
    assert made.usage is not None and made.usage.input == 10
    assert (made.areas_of_agreement, made.areas_of_disagreement) == (("services",), ("when",))


async def test_a_rung_in_trouble_passes_up_to_the_next() -> None:
    made = await climb(APART, RULES, OLLAMA, LOCAL, ollama=gone("no Ollama answers"), local=Says(judgement()))
    assert made.opinion.rung == "local"
    assert made.passed[1].why == "no Ollama answers"


async def test_when_every_rung_passes_nothing_is_assumed() -> None:
    made = await climb(APART, RULES, OLLAMA, LOCAL, ollama=gone("not set"), local=gone("not set"))
    assert (made.opinion.rung, made.opinion.score, made.opinion.confidence) == ("default", 0.0, 0.0)
    assert [p.rung for p in made.passed] == ["rules", "ollama", "local"]
    assert made.opinion.why.startswith("rules alone: no model was reachable")


async def test_the_default_counts_what_is_known_and_nothing_else() -> None:
    half = question(held("ann"), held("bob"), seen=seen(("ann", "bob", "agree")))
    assert (await climb(half, RULES)).opinion.score == 0.5


async def test_without_a_ladder_the_default_answers() -> None:
    assert (await climb(APART)).opinion.rung == "default"


async def test_fewer_than_two_positions_ask_no_model() -> None:
    judge = Says(judgement("full", 1.0))
    made = await climb(question(held("ann")), OLLAMA, ollama=judge)
    assert (made.opinion.rung, made.opinion.score, judge.prompts) == ("default", 0.0, [])


async def test_a_model_that_is_not_sure_passes_up() -> None:
    made = await climb(APART, OLLAMA, ollama=Says(judgement(confidence=0.2)))
    assert made.passed[0].why == "confidence 0.2 is under the threshold 0.5"


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("I think they agree.", "its answer is not the JSON that was asked for"),
        (judgement()[:40], "its answer is not the JSON that was asked for"),
        ("", "its answer is not the JSON that was asked for"),
        (judgement(score=7), "its answer breaks the schema"),
        (judgement("mostly"), "its answer breaks the schema"),
        (judgement(areas_of_agreement=["x" * 121]), "its answer breaks the schema"),
        (judgement(areas_of_agreement=["a", "b", "c", "d"]), "its answer breaks the schema"),
        (judgement(verdict="adopt"), "its answer breaks the schema"),
        (judgement("none", 1.0), "its answer contradicts itself: agreement none, score 1"),
    ],
)
async def test_an_answer_outside_the_schema_passes_up(text: str, why: str) -> None:
    assert (await climb(APART, OLLAMA, ollama=Says(text))).passed[0].why.startswith(why)


async def test_a_model_overrules_no_typed_evidence() -> None:
    made = await climb(HALF_TYPED, RULES, OLLAMA, ollama=Says(judgement("full", 1.0)))
    assert made.opinion.score == 0.5


async def test_a_model_cannot_talk_different_verdicts_into_agreement() -> None:
    apart = question(held("ann", verdict="adopt"), held("bob", verdict="reject"))
    made = await climb(apart, OLLAMA, ollama=Says(judgement("full", 1.0)))
    assert made.opinion.score == 0.5


async def test_positions_that_a_model_finds_the_same_are_one_group() -> None:
    made = await climb(APART, OLLAMA, ollama=Says(judgement("full", 1.0)))
    assert made.opinion.groups == {"ann": 0, "bob": 0}


async def test_positions_that_a_model_finds_apart_are_groups_of_their_own() -> None:
    made = await climb(APART, OLLAMA, ollama=Says(judgement("partial", 0.5)))
    assert made.opinion.groups == {"ann": 0, "bob": 1}


async def test_a_prompt_that_is_not_in_the_log_passes_up() -> None:
    made = await climb(APART, RULES, OLLAMA, text=False, ollama=Says(judgement()))
    assert made.passed[1].why == "the prompt is not in the log"


async def test_a_rung_that_this_version_does_not_have_passes_up() -> None:
    made = await climb(APART, RungSetting(rung="oracle"))
    assert made.passed[0].why == "this orchestrator has no such rung"


async def test_a_surprise_in_a_rung_is_no_surprise_to_the_debate() -> None:
    made = await climb(APART, OLLAMA, ollama=Fails(TypeError("what")))
    assert made.passed[0].why == "it broke: TypeError: what"


class Hangs(Says):
    async def ask(self, prompt: str, model: str, timeout: float) -> Reply:
        await asyncio.sleep(60)
        raise AssertionError


async def test_a_rung_that_hangs_is_left_at_its_timeout() -> None:
    made = await climb(APART, RungSetting(rung="local", timeout_s=0.05), local=Hangs(""))
    assert made.passed[0].why == "no answer within 0.05 s"


async def test_no_rung_is_climbed_past_the_ruling_s_deadline() -> None:
    judge = Says(judgement())
    made = await climb(APART, OLLAMA, left=0.3, ollama=judge)
    assert (made.passed[0].why, judge.prompts) == ("no time is left before the deadline", [])


def test_the_definition_s_ladder_starts_with_the_free_rung() -> None:
    path = Path(__file__).parents[2] / "definitions" / "orchestration.yaml"
    assert read(path, OrchestrationFile).ladder()["consensus"][0].rung == "rules"
