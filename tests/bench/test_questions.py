"""What `make bench-orchestration` asks: rules that answer are timed as rules, and models get what no rule answers."""

from __future__ import annotations

import asyncio

import pytest

from zamaz.definition import default_folder, load
from zamaz.events.flow import RungSetting
from zamaz_orchestrator.cache import Prompt
from zamaz_orchestrator.kinds.kind import Opinion
from zamaz_orchestrator.ladder import Case, Ladder

from bench.orchestration import rungs
from bench.orchestration.questions import kinds_of, question
from bench.report import Aim

CATALOG = load(default_folder())
KINDS = kinds_of(CATALOG)


@pytest.mark.parametrize("kind", sorted(KINDS))
def test_a_typed_question_is_answered_by_the_rules(kind: str):
    made = KINDS[kind].rule(question(KINDS, KINDS[kind].name, typed=True))
    assert isinstance(made, Opinion) and made.confidence >= 0.6


BY_WORDS = {"novelty"}
"""Two proposals in other words are told apart by the rules; the model is timed on them all the same."""


@pytest.mark.parametrize("kind", sorted(KINDS.keys() - BY_WORDS))
def test_the_others_are_all_different_and_pass_the_rules(kind: str):
    asked = [question(KINDS, KINDS[kind].name, n) for n in range(1, 4)]
    prompts = {one.prompt for each in asked for one in KINDS[kind].inquiries(each, CATALOG.prompts[kind])}
    assert len(prompts) >= 3

    async def prompt() -> Prompt:
        return Prompt(CATALOG.prompts[kind], "d")

    case = Case(KINDS[kind], asked[0], prompt, lambda: 60.0)
    climbed = asyncio.run(Ladder({}).climb(case, (RungSetting(rung="rules", threshold=0.6),)))
    assert climbed.opinion.rung == "default"


def test_the_tail_is_held_against_the_aim():
    half, tail = rungs.rows("it", [1.0] * 90 + [9.0] * 10, Aim(5.0, 2.0))
    assert (half.value, half.aim, tail.value, tail.verdict) == (1.0, None, 9.0, "below")
