from __future__ import annotations

from pathlib import Path

import pytest

from zamaz.definition import Catalog, ModelsFile, WorkflowFile, default_folder, load, parse
from zamaz.errors import DefinitionError

GOOD = """\
id: good
participants: [a, b]
config:
  max_rounds: 2
steps:
  - type: initial_arguments
  - type: consensus_check
  - type: final_decision
"""


def wrong(text: str) -> str:
    with pytest.raises(DefinitionError) as error:
        parse(text, WorkflowFile, "w.yaml")
    return str(error.value)


@pytest.fixture(scope="module")
def shipped() -> Catalog:
    return load(default_folder())


def test_every_shipped_definition_is_valid_and_its_participants_are_known(shipped: Catalog):
    assert set(shipped.workflows) >= {"direct", "simple_debate", "complex_debate"}
    for workflow in shipped.workflows.values():
        assert all(shipped.models.resolve(p.model) for p in workflow.participants)


def test_every_shipped_prompt_is_there(shipped: Catalog):
    assert set(shipped.prompts) >= {"system", "direct", "initial_arguments", "counter_arguments", "final_decision"}
    assert "consensus" in shipped.prompts


@pytest.mark.parametrize(
    ("change", "expected"),
    [
        (("max_rounds", "max_rouns"), "w.yaml:4: config.max_rouns: is no key that is known here (did you mean 'max_"),
        (("participants", "particpants"), "w.yaml:2: particpants: is no key that is known here (did you mean 'partic"),
        (("- type: consensus_check", "- tpe: consensus_check"), "w.yaml:7: steps.1.tpe: is no key that is known here"),
        (("max_rounds: 2", "max_rounds: two"), "w.yaml:4: config.max_rounds:"),
        (("max_rounds: 2", "max_rounds: 0"), "w.yaml:4: config.max_rounds:"),
        (("max_rounds: 2", "min_rounds: 3"), "min_rounds 3 is more than max_rounds 1"),
        (("id: good", "id: not good"), "w.yaml:1: id: must be 1 to 64"),
        (("consensus_check", "consensus_chek"), "w.yaml:7: steps.1.type:"),
        (("  - type: final_decision\n", ""), "steps must end with one final_decision"),
        (("initial_arguments", "final_decision"), "steps must end with one final_decision"),
        (("  - type: initial_arguments\n", ""), "needs a step with arguments before it"),
        (("[a, b]", "[]"), "w.yaml:2: participants:"),
        (("[a, b]", '["a (fallback)"]'), "every participant is a fallback"),
        (("[a, b]", "[a, b"), "w.yaml:3: YAML:"),
        (("max_rounds: 2", "max_rounds: 2\n  max_rounds: 3"), "w.yaml:5: max_rounds: stands here twice"),
        (("type: initial_arguments", "type: initial_arguments\n    timeout: soon"), "'soon' is no duration"),
        (("[a, b]", "a"), "w.yaml:2: participants: must be a list, as in [a, b]"),
        (
            ("config:\n  max_rounds: 2", "config:"),
            "w.yaml:3: config: is empty: write what belongs here",
        ),
        (("config:\n  max_rounds: 2", "config: 2"), "w.yaml:3: config: must hold keys, as in {key: value}"),
        (
            ("steps:", "adaptation: {}\nsteps:"),
            "w.yaml:5: adaptation: is no key that is known here (it belongs under",
        ),
        (("max_rounds: 2", "consensus_threshold: .nan"), "w.yaml:4: config.consensus_threshold: is no number"),
        (("participants: [a, b]\n", ""), "participants: is missing"),
        (("type: initial_arguments", "type: initial_arguments\n    timeout: 0"), "w.yaml:7: steps.0.timeout:"),
        (("steps:", "Rules: []\nsteps:"), "w.yaml:5: Rules: is no key that is known here (did you mean 'rules'?)"),
        (("steps:", "str: 1\nsteps:"), "w.yaml:5: str: is no key that is known here"),
        (
            ("- type: consensus_check", "- Type: consensus_check"),
            "w.yaml:7: steps.1.Type: is no key that is known here",
        ),
        (
            ("max_rounds: 2", "MAX_ROUNDS: 2"),
            "w.yaml:4: config.MAX_ROUNDS: is no key that is known here (did you mean 'ma",
        ),
        (("steps:", "on: 1\nsteps:"), "w.yaml:5: on: is read as bool, and a key is text: put it in quotes"),
        (("id: good", "id: 2026-02-30"), "w.yaml:1: YAML: '2026-02-30' is read as timestamp, and is none"),
        (("id: good", "id: good\nname: \x07"), "w.yaml:2: YAML: the character 0x0007 cannot stand here"),
        (("steps:", 'name: "\\ud800"\nsteps:'), "w.yaml:5: YAML: holds half a character"),
        (("steps:", f"description: {'[' * 3000}\nsteps:"), "w.yaml: YAML: is nested too deeply"),
        (("max_rounds: 2", "max_execution_time: .inf"), "w.yaml:4: config.max_execution_time:"),
        (("max_rounds: 2", "max_execution_time: 999999999d"), "w.yaml:4: config.max_execution_time:"),
        (("max_rounds: 2", "retry_delay: .inf"), "w.yaml:4: config.retry_delay:"),
        (
            ("- type: initial_arguments", "- type: initial_arguments\n    required_participants: [c]"),
            "w.yaml:7: steps.0.required_participants: there is no participant 'c' among 2",
        ),
    ],
)
def test_an_error_names_file_line_key_and_what_was_meant(change: tuple[str, str], expected: str):
    assert expected in wrong(GOOD.replace(*change, 1))


def test_a_part_that_is_referred_to_over_and_over_is_looked_at_once():
    parts = "".join(f"a{n}: &a{n} [{', '.join([f'*a{n - 1}'] * 9)}]\n" for n in range(1, 12))
    assert "w.yaml:1: a0: is no key that is known here" in wrong(f"a0: &a0 [x]\n{parts}{GOOD}")
    assert "w.yaml:9: metadata.use_cases.0:" in wrong(f"{GOOD}metadata: &x {{use_cases: [*x]}}\n")


def test_an_empty_file_is_named():
    assert wrong("").startswith("w.yaml: participants: ")


def test_a_file_that_is_not_there_is_named(tmp_path: Path):
    with pytest.raises(DefinitionError, match="ZAMAZ_DEFINITIONS"):
        load(tmp_path / "nowhere")


def test_durations_are_seconds_however_they_are_written():
    for text, seconds in (("90", 90), ("90s", 90), ("5m", 300), ("1h30m", 5400), ("PT5M", 300), ("PT1H", 3600)):
        steps = GOOD.replace("type: initial_arguments", f"type: initial_arguments\n    timeout: {text}")
        assert parse(steps, WorkflowFile, "w.yaml").flow().steps[0].timeout_s == seconds


def test_two_steps_of_one_type_need_ids():
    twice = GOOD.replace("  - type: initial_arguments", "  - type: initial_arguments\n  - type: initial_arguments")
    assert "two steps are called 'initial_arguments'" in wrong(twice)


def test_a_fallback_is_a_reserve():
    found = parse(GOOD.replace("[a, b]", '[a, "b (fallback)"]'), WorkflowFile, "w.yaml")
    assert [(p.model, p.reserve) for p in found.participants] == [("a", False), ("b", True)]


def test_a_provider_and_model_need_no_alias():
    models = parse("providers: {p: {adapter: ollama}}\nmodels: {}", ModelsFile, "models.yaml")
    found = models.resolve("p/library/model:7b")
    assert found is not None
    assert (found.provider, found.model) == ("p", "library/model:7b")
    assert models.resolve("q/model") is None
    assert models.resolve("p") is None
