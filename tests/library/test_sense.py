"""What a workflow file says and cannot mean: refused where it is surely a mistake, told where it is likely one."""

from __future__ import annotations

import pytest

from zamaz.definition import WorkflowFile, parse
from zamaz.errors import DefinitionError

GOOD = """\
id: good
participants: [x, y]
config:
  max_rounds: 3
steps:
  - type: initial_arguments
  - type: consensus_check
  - type: final_decision
"""
RULE = "rules: [{condition: complexity >= complex, action: %s}]\n"


def config(text: str) -> str:
    return GOOD.replace("  max_rounds: 3\n", "".join(f"  {line}\n" for line in text.split("; ")))


def wrong(text: str) -> str:
    with pytest.raises(DefinitionError) as error:
        parse(text, WorkflowFile, "w.yaml")
    return str(error.value)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (
            config("max_rounds: 3; min_rounds: 3; adaptation: {moves: [complete]}"),
            "w.yaml:6: config.adaptation.moves: complete ends no debate before min_rounds",
        ),
        (config("max_rounds: 3; adaptation:"), "w.yaml:5: config.adaptation: is empty: write {} to have it as it usu"),
        (config("max_rounds: 3; novelty: null"), "w.yaml:5: config.novelty: is empty: write {}"),
        (
            config("max_rounds: 3; adaptation: {moves: [pause, pause]}"),
            "adaptation.moves.1: pause stands here",
        ),
        (config("max_rounds: 1; context: {mode: summary, by: z}"), "w.yaml:5: config.context.mode: nothing is ever su"),
        (config("max_rounds: 3; context: {mode: summary, by: z, rounds: 3}"), "of 3 rounds, the last and 3 before it"),
        (config("max_rounds: true"), "w.yaml:4: config.max_rounds: YAML reads this as true: write a number"),
        (config("max_rounds: 3; consensus_threshold: yes"), "config.consensus_threshold: YAML reads this as true"),
        (
            config("max_rounds: 3; adaptation: {on_drift: no}"),
            "config.adaptation.on_drift: YAML reads this as false: the word is nothing",
        ),
        (
            GOOD.replace("[x, y]", "[{model: x, name: n}, {model: y, name: n}]"),
            "w.yaml:2: participants.1.name: two participants are called 'n'",
        ),
    ],
)
def test_what_is_surely_a_mistake_is_refused(text: str, expected: str):
    assert expected in wrong(text)


@pytest.mark.parametrize(
    ("text", "place", "expected"),
    [
        (GOOD.replace("[x, y]", "[{model: x, name: A}, y]"), ("participants", 0), "'A' is what speakers call each"),
        (GOOD.replace("[x, y]", "[x, {model: y, name: you}]"), ("participants", 1), "'you' is what speakers call"),
        (
            config("max_rounds: 3; context: {mode: summary, by: y}"),
            ("config", "context", "by"),
            "'y' takes part in the",
        ),
        (
            config("max_rounds: 3; adaptation: {}").replace("  - type: consensus_check\n", ""),
            ("config", "adaptation"),
            "how far they agree is never measured",
        ),
        (GOOD + RULE % "add_expert_participant", ("rules", 0, "action"), "nobody is in reserve"),
    ],
)
def test_what_is_likely_a_mistake_is_told_and_valid(text: str, place: tuple[str | int, ...], expected: str):
    ((where, doubt),) = parse(text, WorkflowFile, "w.yaml").doubts()
    assert where == place
    assert expected in doubt


@pytest.mark.parametrize(
    "text",
    [
        GOOD,
        config("max_rounds: 3; context: {mode: summary, by: z}"),
        config("max_rounds: 3; min_rounds: 3; adaptation: {moves: [redirect]}"),
        config("max_rounds: 1; context: {mode: summary, by: z}") + RULE % "extend_debate",
        GOOD.replace("[x, y]", "[x, x]"),
        GOOD.replace("[x, y]", "[x, y, 'z (fallback)']") + RULE % "add_expert_participant",
    ],
)
def test_what_makes_sense_is_left_alone(text: str):
    assert parse(text, WorkflowFile, "w.yaml").doubts() == []
