"""definitions/README.md: its example is a good workflow, and it names all that a workflow may hold."""

from __future__ import annotations

import re
from typing import get_args

import pytest
import yaml
from jsonschema import Draft202012Validator

from zamaz.definition import WorkflowFile, condition, default_folder, load, parse, schema
from zamaz.definition.explain import explain, plan_of
from zamaz.definition.participants import ROLES
from zamaz.definition.rules import ABOUT
from zamaz.definition.scripts import Rule
from zamaz.events.flow import Action, StepType, Visibility

README = (default_folder() / "README.md").read_text(encoding="utf-8")
EXAMPLES = re.findall(r"^```yaml\n(.*?)^```", README, re.MULTILINE | re.DOTALL)
EXAMPLE = EXAMPLES[0]


def test_the_example_is_valid_for_schema_and_validation_and_can_be_explained():
    catalog = load(default_folder())
    made = parse(EXAMPLE, WorkflowFile, "definitions/README.md")
    assert Draft202012Validator(schema.json_schema("workflow")).is_valid(yaml.safe_load(EXAMPLE))
    said = explain(plan_of(made, catalog.models, ()))
    assert "in reserve: expert" in said
    assert "expert takes a seat" in said


@pytest.mark.parametrize("example", EXAMPLES[1:])
def test_the_other_examples_are_valid_too(example: str):
    catalog = load(default_folder())
    assert Draft202012Validator(schema.json_schema("workflow")).is_valid(yaml.safe_load(example))
    said = explain(plan_of(parse(example, WorkflowFile, "definitions/README.md"), catalog.models, ()))
    assert "qwen2.5 (ollama/qwen2.5) makes it, and takes no part in the debate: before round 3" in said


def test_the_example_uses_every_part_of_a_workflow():
    used = set(yaml.safe_load(EXAMPLE))
    assert set(WorkflowFile.model_fields) - used == {"version", "rounds"}


@pytest.mark.parametrize(
    "word",
    [
        *get_args(StepType),
        *get_args(Action),
        *get_args(Visibility),
        *condition.NAMED,
        *(word for word in condition.QUANTITIES if word != "score"),
        *ROLES,
        *(f"{about}_…" for about in ABOUT),
    ],
)
def test_it_names_all_that_a_workflow_may_hold(word: str):
    assert re.search(rf"(?<!\w){re.escape(word)}(?!\w)", README.replace(EXAMPLE, "")), word


def test_it_tells_every_key_of_a_script():
    table = README[README.index("## Scripts") :]
    assert [name for name in Rule.model_fields if f"`{name}" not in table] == []
