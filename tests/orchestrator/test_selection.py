"""How much debate a request deserves, and which definition serves it: by rules alone."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest

from zamaz.definition import default_folder
from zamaz.selecting import Wanted
from zamaz_orchestrator.choosing import selecting
from zamaz_orchestrator.selection import Card, Request, assess, select

DIRECT = Card(id="direct", decision_type="SIMPLE", complexity_indicators=("typo", "renam*"), calls=1)
SIMPLE = Card(id="simple_debate", decision_type="MODERATE", use_cases=("choose between two options",), calls=5)
LONG = Card(
    id="complex_debate",
    decision_type="COMPLEX",
    use_cases=("plan a migration of data",),
    complexity_indicators=("architecture", "trade-off", "microservice*"),
    calls=13,
)
SLOW = Card(id="slow_debate", decision_type="COMPLEX", calls=40)
CARDS = (DIRECT, SIMPLE, SLOW, LONG)


def level(question: str, **more: Any) -> tuple[str, float]:
    found = assess(Request(question=question, **more), CARDS)
    return found.complexity, found.confidence


def chosen(question: str, **more: Any) -> str:
    request = Request(question=question, **more)
    return select(request, CARDS, assess(request, CARDS), "simple_debate").workflow


def test_what_the_request_says_wins():
    assert level("Fix the typo?", said="complex") == ("complex", 1.0)
    assert level("Fix the typo?", said="enormous")[0] == "simple"


def test_the_definitions_own_words_tell():
    assert level("Rename the variable?") == ("simple", 0.65)
    assert level("Which architecture, and which trade-off?") == ("complex", 0.8)
    assert level("Are microservices for us?")[0] == "complex"
    assert level("Is the prototypography fine?")[1] < 0.65, "a word inside another is no word"


def test_size_outweighs_small_words_and_no_large_ones():
    assert level("Fix the typo?", context_length=30_000) == ("complex", 0.8)
    assert level("Fix the typo?", context_length=3_000)[0] == "moderate"
    assert level("word " * 130) == ("complex", 0.8)
    assert level("Which?", options=("a", "b", "c", "d", "e"))[0] == "complex"
    assert level("Which architecture?", context_length=3_000)[0] == "complex"


def test_a_question_that_looks_something_up_needs_no_debate():
    assert level("What is a monad?") == ("simple", 0.65)
    assert chosen("What is a monad?") == "direct"


def test_where_nothing_tells_the_rules_are_not_sure():
    assert level("Blue.") == ("moderate", 0.3)
    assert level("Should we?") == ("moderate", 0.5)


def test_a_use_case_names_its_workflow():
    request = Request(question="How do we plan the migration of our customers' data?")
    found = select(request, CARDS, assess(request, CARDS), "simple_debate")
    assert (found.workflow, found.confidence) == ("complex_debate", 0.8)
    assert "its use case 'plan a migration of data'" in found.why


def test_else_it_is_one_made_for_the_level_the_default_before_the_cheapest():
    assert chosen("Should we split it?") == "simple_debate"
    assert chosen("Which architecture?") == "complex_debate"


def test_of_several_for_a_level_it_is_the_one_whose_words_are_in_the_question():
    quick = Card(id="quick", decision_type="COMPLEX", calls=3)
    request = Request(question="Which architecture?")
    assert select(request, (quick, *CARDS), assess(request, CARDS), "simple_debate").workflow == "complex_debate"


def test_no_definition_for_the_level_is_the_default_and_a_guess():
    request = Request(question="Which architecture?")
    found = select(request, (DIRECT, SIMPLE), assess(request, CARDS), "simple_debate")
    assert (found.workflow, found.confidence) == ("simple_debate", 0.3)


def test_one_definition_is_no_choice():
    request = Request(question="?")
    assert select(request, (LONG,), assess(request), "simple_debate").workflow == "complex_debate"


async def test_the_shipped_definitions_serve_a_question():
    found = await selecting(Wanted("Should we split our monolith?", default_folder(), models=False))
    assert found.workflow.what in {"simple_debate", "complex_debate", "consensus_building"}
    assert 0 < found.calls[0] <= found.calls[1] <= found.calls[2]
    assert found.cost_usd is None or found.cost_usd > Decimal(0)


@pytest.mark.parametrize("word", ["", "*", "("])
def test_an_indicator_that_is_no_word_is_harmless(word: str):
    odd = Card(id="odd", decision_type="COMPLEX", complexity_indicators=(word,))
    assert assess(Request(question="Blue."), (odd,)).complexity == "moderate"
