"""The rule by which the existing application tells a simple question from one that is worth a debate."""

from __future__ import annotations

import re

import pytest

from zamaz.compat import Rule, complexity
from zamaz.compat.settings import CompatSettings
from zamaz.definition import default_folder, load
from zamaz.errors import DefinitionError

from compat.before import RULE


@pytest.mark.parametrize(
    ("question", "level"),
    [
        ("What is a monolith?", "simple"),
        ("WHAT  IS a monolith?", "simple"),
        ("Renames of foo?", "simple"),
        ("Refactor the parser?", "moderate"),
        ("What is there to refactor?", "moderate"),
        ("Which colour?", "moderate"),
        ("", "moderate"),
        ("Redesign it?", "moderate"),
        ("What is a good designer?", "complex"),
        ("Should we rename it?", "complex"),
    ],
)
def test_the_most_demanding_word_tells_and_no_word_means_moderate(question: str, level: str):
    assert complexity(question, "", RULE) == level


def test_words_are_whole_words_unless_a_star_lets_them_go_on():
    rule = Rule(simple=("format", "split*"))
    assert complexity("More information?", "", rule) == "moderate"
    assert complexity("Which formats?", "", rule) == "moderate"
    assert complexity("Which format?", "", rule) == "simple"
    assert complexity("Splitting?", "", rule) == "simple"


def test_a_long_question_is_not_simple_and_its_context_counts():
    question = "What is a monolith?"
    room = RULE.longest_simple - len(question)
    assert complexity(question, "x" * room, RULE) == "simple"
    assert complexity(question, "x" * (room + 1), RULE) == "moderate"


def test_a_context_s_words_do_not_count():
    assert complexity("What is it?", "Our design: refactored.", RULE) == "simple"


def test_a_level_without_words_has_no_questions():
    assert complexity("What is it?", "", Rule()) == "moderate"


def test_the_rule_that_is_shipped_asks_one_call_for_small_things_and_a_debate_for_large_ones():
    rule = CompatSettings().practice().rule
    for small in ("Rename getCwd to getCurrentWorkingDirectory?", "What is a closure?", "Format this file?"):
        assert complexity(small, "", rule) == "simple"
    for large in ("What architecture should we use?", "Should we add request caching?", "How do we improve it?"):
        assert complexity(large, "", rule) == "complex"
    assert complexity("Refactor the parser into modules?", "", rule) == "moderate"


def test_what_is_shipped_asks_for_workflows_and_participants_that_there_are(monkeypatch: pytest.MonkeyPatch):
    catalog = load(default_folder())
    for on in ("true", "false"):
        monkeypatch.setenv("USE_ORCHESTRATION", on)
        practice = CompatSettings().practice()
        for ask in (practice.simple, practice.moderate, practice.complex, practice.evolution):
            assert ask.workflow in catalog.workflows
            assert all(catalog.models.resolve(name) for name in ask.participants)
    assert all(catalog.models.resolve(name) for name in practice.aliases.values())


@pytest.mark.parametrize(("value", "moderate"), [(None, "one_round"), ("false", "one_round"), ("1", "simple_debate")])
def test_use_orchestration_chooses_between_one_round_as_before_and_a_workflow(
    value: str | None, moderate: str, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.delenv("USE_ORCHESTRATION", raising=False)
    if value:
        monkeypatch.setenv("USE_ORCHESTRATION", value)
    practice = CompatSettings().practice()
    assert practice.simple.workflow == "direct"
    assert practice.moderate.workflow == moderate
    assert practice.complex.workflow == ("complex_debate" if value == "1" else "one_round")


def test_as_before_is_two_participants_and_one_round():
    flow = load(default_folder()).workflows["one_round"]
    assert (len(flow.participants), flow.config.max_rounds) == (2, 1)


def test_a_simple_question_costs_one_call_at_most():
    direct = load(default_folder()).workflows["direct"]
    assert [step.max_retries for step in direct.steps] == [0]
    assert [p.reserve for p in direct.participants] == [False]


def test_evolution_takes_its_own_workflow_as_soon_as_there_is_one(tmp_path, monkeypatch: pytest.MonkeyPatch):
    folder = tmp_path / "definitions"
    (folder / "workflows").mkdir(parents=True)
    (folder / "compat.yaml").write_bytes((default_folder() / "compat.yaml").read_bytes())
    text = (default_folder() / "workflows" / "complex_debate.yaml").read_text(encoding="utf-8")
    monkeypatch.setenv("ZAMAZ_DEFINITIONS", str(folder))
    assert CompatSettings().practice().evolution.workflow == "complex_debate"
    own = re.sub("^id: .*", "id: evolution_debate", text, flags=re.MULTILINE)
    (folder / "workflows" / "evolution_debate.yaml").write_text(own, encoding="utf-8")
    assert CompatSettings().practice().evolution.workflow == "evolution_debate"
    (folder / "compat.yaml").write_text("complexity: {simpel: []}", encoding="utf-8")
    with pytest.raises(DefinitionError, match="simple"):
        CompatSettings().practice()
