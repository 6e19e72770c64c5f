from __future__ import annotations

import asyncio
from pathlib import Path

import pytest

from zamaz.definition import OrchestrationFile, read
from zamaz.events.debater import Usage
from zamaz.events.flow import RungSetting
from zamaz_orchestrator.port import Inquiry, Reply, together

from orchestrator.panel import (
    CONSENSUS,
    LOCAL,
    OLLAMA,
    RULES,
    Fails,
    Says,
    case,
    climb,
    gone,
    held,
    judgement,
    question,
    seen,
)

APART = case(CONSENSUS, question(held("ann", "Split now"), held("bob", "Split later")))
TYPED = case(CONSENSUS, question(held("ann", choice="a"), held("bob", choice="a")))
HALF_TYPED = case(CONSENSUS, question(held("ann"), held("bob"), seen=seen(("ann", "bob", "disagree"))))


async def test_full_evidence_is_ruled_for_nothing_and_nobody_is_asked() -> None:
    judge = Says(judgement())
    made = await climb(TYPED, RULES, OLLAMA, ollama=judge)
    assert (made.opinion.rung, made.opinion.said.score, made.passed) == ("rules", 1.0, ())
    assert judge.prompts == []


async def test_missing_evidence_goes_to_the_next_rung() -> None:
    made = await climb(APART, RULES, OLLAMA, ollama=Says(judgement("partial")))
    assert (made.opinion.rung, made.opinion.said.score) == ("ollama", 0.5)
    assert [(p.rung, p.why, p.reason) for p in made.passed] == [
        ("rules", "no evidence for 2 of 2 pairs", "no_evidence")
    ]


async def test_a_model_s_ruling_says_who_ruled_and_what_it_used() -> None:
    made = (await climb(APART, RULES, OLLAMA, ollama=Says(judgement()))).opinion
    assert (made.provider, made.model, made.confidence) == ("ollama", "qwen2.5", 0.9)
    assert made.usage is not None and made.usage.input == 10
    assert (made.said.areas_of_agreement, made.said.areas_of_disagreement) == (("services",), ("when",))


async def test_a_rung_in_trouble_passes_up_to_the_next() -> None:
    made = await climb(APART, RULES, OLLAMA, LOCAL, ollama=gone("no Ollama answers"), local=Says(judgement()))
    assert made.opinion.rung == "local"
    assert made.passed[1].why == "no Ollama answers"


async def test_when_every_rung_passes_nothing_is_assumed() -> None:
    made = await climb(APART, RULES, OLLAMA, LOCAL, ollama=gone("not set"), local=gone("not set"))
    assert (made.opinion.rung, made.opinion.said.score, made.opinion.confidence) == ("default", 0.0, 0.0)
    assert [p.rung for p in made.passed] == ["rules", "ollama", "local"]
    assert made.opinion.why.startswith("rules alone: no model was reachable")


async def test_the_default_counts_what_is_known_and_nothing_else() -> None:
    half = case(CONSENSUS, question(held("ann"), held("bob"), seen=seen(("ann", "bob", "agree"))))
    assert (await climb(half, RULES)).opinion.said.score == 0.5


async def test_without_a_ladder_the_default_answers() -> None:
    assert (await climb(APART)).opinion.rung == "default"


async def test_fewer_than_two_positions_ask_no_model() -> None:
    judge = Says(judgement("full"))
    made = await climb(case(CONSENSUS, question(held("ann"))), OLLAMA, ollama=judge)
    assert (made.opinion.rung, made.opinion.said.score, judge.prompts) == ("default", 0.0, [])


async def test_a_model_that_is_not_sure_passes_up() -> None:
    made = await climb(APART, OLLAMA, ollama=Says(judgement(confidence=0.2)))
    assert made.passed[0].why == "confidence 0.2 is under the threshold 0.5"


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("I think they agree.", "its answer is not the JSON that was asked for"),
        (judgement()[:40], "its answer is not the JSON that was asked for"),
        ("", "its answer is not the JSON that was asked for"),
        (judgement(confidence=7), "its answer breaks the schema"),
        (judgement("mostly"), "its answer breaks the schema"),
        (judgement(areas_of_agreement=["x" * 121]), "its answer breaks the schema"),
        (judgement(areas_of_agreement=["a", "b", "c", "d"]), "its answer breaks the schema"),
        (judgement(verdict="adopt"), "its answer breaks the schema"),
    ],
)
async def test_an_answer_outside_the_schema_passes_up(text: str, why: str) -> None:
    assert (await climb(APART, OLLAMA, ollama=Says(text))).passed[0].why.startswith(why)


async def test_a_model_overrules_no_typed_evidence() -> None:
    made = await climb(HALF_TYPED, RULES, OLLAMA, ollama=Says(judgement("full")))
    assert made.opinion.said.score == 0.5


async def test_a_model_cannot_talk_different_verdicts_into_agreement() -> None:
    apart = case(CONSENSUS, question(held("ann", verdict="adopt"), held("bob", verdict="reject")))
    made = await climb(apart, OLLAMA, ollama=Says(judgement("full")))
    assert made.opinion.said.score == 0.5


async def test_positions_that_a_model_finds_the_same_are_one_group() -> None:
    made = await climb(APART, OLLAMA, ollama=Says(judgement("full")))
    assert made.opinion.said.groups == {"ann": 0, "bob": 0}


async def test_positions_that_a_model_finds_apart_are_groups_of_their_own() -> None:
    made = await climb(APART, OLLAMA, ollama=Says(judgement("partial")))
    assert made.opinion.said.groups == {"ann": 0, "bob": 1}


async def test_a_prompt_that_is_not_in_the_log_passes_up() -> None:
    lost = case(CONSENSUS, APART.question, template=None)
    made = await climb(lost, RULES, OLLAMA, ollama=Says(judgement()))
    assert made.passed[1].why == "the prompt is not in the log"


async def test_a_rung_that_this_version_does_not_have_passes_up() -> None:
    made = await climb(APART, RungSetting(rung="oracle"))
    assert made.passed[0].why == "this orchestrator has no such rung"


async def test_a_surprise_in_a_rung_is_no_surprise_to_the_debate() -> None:
    made = await climb(APART, OLLAMA, ollama=Fails(TypeError("what")))
    assert made.passed[0].why == "it broke: TypeError: what"


class Hangs(Says):
    async def ask(self, inquiry: Inquiry, rung: RungSetting, timeout: float) -> Reply:
        await asyncio.sleep(60)
        raise AssertionError


async def test_a_rung_that_hangs_is_left_at_its_timeout() -> None:
    made = await climb(APART, RungSetting(rung="local", timeout_s=0.05), local=Hangs(""))
    assert made.passed[0].why == "no answer within 0.05 s"


async def test_no_rung_is_climbed_past_the_ruling_s_deadline() -> None:
    judge = Says(judgement())
    made = await climb(case(CONSENSUS, APART.question, left=0.3), OLLAMA, ollama=judge)
    assert (made.passed[0].why, judge.prompts) == ("no time is left before the deadline", [])


def test_the_definition_s_ladder_starts_with_the_free_rung() -> None:
    path = Path(__file__).parents[2] / "definitions" / "orchestration.yaml"
    assert read(path, OrchestrationFile).ladder()["consensus"][0].rung == "rules"


def test_the_tokens_of_several_calls_add_up_and_are_an_estimate_if_one_of_them_is() -> None:
    counted, guessed = Usage(input=10, output=5), Usage(input=1, cached_input=1, output=2, estimated=True)
    assert together([counted, guessed]) == Usage(input=11, cached_input=1, output=7, estimated=True)
    assert together([counted, counted]) == Usage(input=20, output=10)
    assert together([counted, None]) is None
