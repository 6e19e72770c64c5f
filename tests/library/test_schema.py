"""Schemas for editors: they take what is shipped, refuse what validation refuses, and lie where the files say."""

from __future__ import annotations

import re
from typing import Any

import pytest
import yaml
from jsonschema import Draft202012Validator

from zamaz.definition import WorkflowFile, default_folder, parse, schema
from zamaz.errors import DefinitionError

FOLDER = default_folder()
FILES = [*FOLDER.glob("workflows/*.yaml"), *(FOLDER / f"{kind}.yaml" for kind in schema.KINDS if kind != "workflow")]
GOOD = """\
id: good
participants: [a, {model: b, role: moderator}, "c (fallback)"]
config: {max_rounds: 2, max_execution_time: PT1H, retry_delay: 0}
steps:
  - {type: initial_arguments, timeout: 1m30s}
  - {type: consensus_check, timeout: 60}
  - {type: final_decision, participant: b}
"""
MODELS = (
    "providers: {p: {adapter: ollama, timeout: 5m}}\nmodels: {a: {provider: p, model: m, max_output_tokens: 100}}\n"
)
ORCHESTRATION = "consensus: [{rung: rules, threshold: 0.6}]\nagreement: {full_from: 0.9}\n"
PRICES = 'models: {p: {m: {input: "0.50", output: 3}}}\n'
COMPAT = """\
complexity: {complex: [design*, should we], simple: [what is], longest_simple: 300}
requests:
  simple: {workflow: direct}
  moderate: {workflow: w, participants: [a, b]}
  complex: {workflow: w}
  before: {workflow: w}
  evolution: [{workflow: w}]
evolution_question: What next?
aliases: {claude: a}
"""
BUDGETS = 'debate: "2"\nday: 50\nrequesters: {"*": {month: "5"}}\nunpriced: allow\nthresholds: [50, 100]\n'
ALERTS = "channels: {ops: {url_env: OPS_URL}}\nalerts: [{when: slow, seconds: 60s, notify: [ops]}, {when: failed}]\n"
TEXTS = {
    "workflow": GOOD,
    "models": MODELS,
    "orchestration": ORCHESTRATION,
    "prices": PRICES,
    "compat": COMPAT,
    "budgets": BUDGETS,
    "alerts": ALERTS,
}


def kind_of(stem: str) -> str:
    return stem if stem in schema.KINDS else "workflow"


def accepts(kind: str, text: str) -> bool:
    return bool(Draft202012Validator(schema.json_schema(kind)).is_valid(yaml.safe_load(text)))


def refused_by_validation(kind: str, text: str) -> bool:
    try:
        parse(text, schema.KINDS[kind], "x.yaml")
    except DefinitionError:
        return True
    return False


@pytest.mark.parametrize("kind", schema.KINDS)
def test_the_schema_that_is_shipped_is_the_one_that_the_models_make(kind: str):
    shipped = (FOLDER / schema.FOLDER / schema.file_name(kind)).read_text(encoding="utf-8")
    remedy = f"zamaz definitions schema {kind} > definitions/schema/{schema.file_name(kind)}"
    assert shipped == schema.text(kind), remedy


@pytest.mark.parametrize("kind", schema.KINDS)
def test_it_is_a_good_schema_and_tells_what_every_key_means(kind: str):
    made = schema.json_schema(kind)
    Draft202012Validator.check_schema(made)
    assert made["$schema"].endswith("2020-12/schema")
    keys = {name: spec for part in (made, *made["$defs"].values()) for name, spec in part["properties"].items()}
    untold = {name for name, spec in keys.items() if "description" not in {**spec, **target(made, spec)}}
    assert untold == set()


def target(made: dict[str, Any], spec: dict[str, Any]) -> dict[str, Any]:
    """What a reference leads to."""
    found: dict[str, Any] = made["$defs"][spec["$ref"].rpartition("/")[2]] if "$ref" in spec else {}
    return found


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
def test_every_shipped_file_is_accepted_and_names_its_schema(path):
    text = path.read_text(encoding="utf-8")
    assert accepts(kind_of(path.stem), text)
    named = re.match(r"# yaml-language-server: \$schema=(\S+)\n", text)
    assert named
    assert (path.parent / named[1]).resolve() == (FOLDER / "schema" / schema.file_name(kind_of(path.stem))).resolve()


@pytest.mark.parametrize("kind", schema.KINDS)
def test_good_files_are_accepted(kind: str):
    assert not refused_by_validation(kind, TEXTS[kind])
    assert accepts(kind, TEXTS[kind])


@pytest.mark.parametrize(
    ("kind", "change"),
    [
        ("workflow", ("max_rounds", "max_rouns")),
        ("workflow", ("participants", "particpants")),
        ("workflow", ("max_rounds: 2", "max_rounds: two")),
        ("workflow", ("max_rounds: 2", "max_rounds: 0")),
        ("workflow", ("max_rounds: 2", "max_rounds: 21")),
        ("workflow", ("max_rounds: 2", "consensus_threshold: 1.5")),
        ("workflow", ("id: good", "id: not good")),
        ("workflow", ("consensus_check", "consensus_chek")),
        ("workflow", ("  - {type: final_decision, participant: b}\n", "")),
        ("workflow", ("initial_arguments", "final_decision")),
        ("workflow", ("  - {type: initial_arguments, timeout: 1m30s}\n", "")),
        ("workflow", ("type: initial_arguments, ", "")),
        ("workflow", ("initial_arguments", "consensus_check")),
        ("workflow", ('[a, {model: b, role: moderator}, "c (fallback)"]', "[]")),
        ("workflow", ('[a, {model: b, role: moderator}, "c (fallback)"]', '["a (Fallback)"]')),
        ("workflow", ("a, {model: b, role: moderator}", "{model: b, reserve: true}")),
        ("workflow", ("model: b, ", "")),
        ("workflow", ("1m30s", "soon")),
        ("workflow", ("1m30s", "0")),
        ("workflow", ("PT1H", "PT")),
        ("workflow", ("retry_delay: 0", "retry_delay: -1")),
        ("models", ("adapter: ollama", "adapter: telepathy")),
        ("models", ("adapter: ollama, ", "")),
        ("models", ("{p:", "{p q:")),
        ("models", ("tokens: 100", "tokens: 1")),
        ("models", ("timeout: 5m", "timeout: 0")),
        ("models", ("provider: p, ", "")),
        ("orchestration", ("rung: rules", "rung: oracle")),
        ("orchestration", ("threshold: 0.6", "threshold: 6")),
        ("orchestration", ("[{rung: rules, threshold: 0.6}]", "[]")),
        ("prices", ('"0.50"', "0.50")),
        ("prices", ('"0.50"', '"cheap"')),
        ("prices", ("output: 3", "output: -3")),
        ("prices", (", output: 3", "")),
        ("budgets", ('debate: "2"', "debate: 2.5")),
        ("budgets", ("day: 50", "day: -50")),
        ("budgets", ("unpriced: allow", "unpriced: maybe")),
        ("budgets", ("[50, 100]", "[50, 101]")),
        ("budgets", ("month:", "moon:")),
        ("alerts", ("when: failed", "when: fire")),
        ("alerts", ("url_env: OPS_URL", "url: json://secret@host")),
        ("alerts", ("url_env: OPS_URL", "url_env: json://secret@host")),
        ("alerts", ("seconds: 60s", "seconds: soon")),
        ("compat", ("design*", "de*ign")),
        ("compat", ("design*", '" design"')),
        ("compat", ("longest_simple: 300", "longest_simple: -1")),
        ("compat", ("  simple: {workflow: direct}\n", "")),
        ("compat", ("[{workflow: w}]", "[]")),
        ("compat", ("workflow: direct", "workflow: ''")),
        ("compat", ("What next?", "''")),
    ],
)
def test_what_validation_refuses_is_refused(kind: str, change: tuple[str, str]):
    wrong = TEXTS[kind].replace(*change, 1)
    assert wrong != TEXTS[kind]
    assert refused_by_validation(kind, wrong)
    assert not accepts(kind, wrong)


@pytest.mark.parametrize(
    "change",
    [
        ("max_rounds: 2", "min_rounds: 2"),
        ("type: initial_arguments, timeout", "type: initial_arguments, id: final_decision, timeout"),
        ("\n  - {type: consensus_check", "\n  - {type: final_decision}\n  - {type: consensus_check"),
    ],
)
def test_what_relates_several_values_is_for_validation_alone(change: tuple[str, str]):
    wrong = GOOD.replace(*change, 1)
    if change[1].endswith("consensus_check"):
        wrong = wrong.replace("  - {type: final_decision, participant: b}\n", "")
    assert refused_by_validation("workflow", wrong)
    assert accepts("workflow", wrong)


@pytest.mark.parametrize("written", ["90", "90.5", "90s", "1.5s", "5m", "1h30m", "PT5M", "pt1h", "' 5m '", "5M"])
def test_a_duration_is_accepted_however_validation_takes_it(written: str):
    text = GOOD.replace("1m30s", written)
    assert isinstance(parse(text, WorkflowFile, "w.yaml"), WorkflowFile)
    assert accepts("workflow", text)
