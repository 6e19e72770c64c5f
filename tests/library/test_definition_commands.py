"""`zamaz definitions …` as it is typed, in this process."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from zamaz.cli.main import main
from zamaz.definition import default_folder, schema

SHIPPED = default_folder()


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A copy of the shipped definitions, which the commands read."""
    made = tmp_path / "definitions"
    shutil.copytree(SHIPPED, made)
    monkeypatch.setenv("ZAMAZ_DEFINITIONS", str(made))
    return made


def typed(*words: str) -> Result:
    return CliRunner().invoke(main, ["definitions", *words])


@pytest.mark.parametrize("kind", schema.KINDS)
def test_a_schema_is_printed_as_json_and_nothing_else(kind: str):
    assert json.loads(typed("schema", kind).stdout) == schema.json_schema(kind)


def test_the_schema_of_workflows_is_printed_where_no_kind_is_named():
    assert typed("schema").stdout == schema.text("workflow")
    assert typed("schema", "poems").exit_code == 2


def test_a_workflow_is_explained_by_its_id_or_its_file(folder: Path):
    by_id = typed("explain", "simple_debate")
    assert by_id.exit_code == 0
    assert by_id.stdout.startswith("simple_debate: Two participants")
    assert typed("explain", str(folder / "workflows" / "simple_debate.yaml")).stdout == by_id.stdout
    assert typed("explain", "simple_debate", "--mermaid").stdout.startswith("stateDiagram-v2\n")


def test_what_cannot_be_explained_is_named(folder: Path, tmp_path: Path):
    unknown = typed("explain", "poetry")
    assert unknown.exit_code == 2
    assert "there is no workflow 'poetry' (known: complex_debate" in unknown.stderr
    missing = typed("explain", str(tmp_path / "no.yaml"))
    assert (missing.exit_code, "no.yaml" in missing.stderr) == (2, True)


def test_prices_are_validated_where_there_are_any(folder: Path):
    (folder / "prices.yaml").write_text("models: {p: {m: {input: 0.5, output: 1}}}\n")
    wrong = typed("validate")
    assert wrong.exit_code == 2
    assert "prices.yaml:1" in wrong.stderr
    assert "write the dollars as text" in wrong.stderr
    (folder / "prices.yaml").unlink()
    assert typed("validate").exit_code == 0


def test_a_strangers_definition_gives_the_terminal_no_orders(folder: Path):
    file = folder / "mine.yaml"
    file.write_text(
        'id: mine\ndescription: "a\\e]52;c;aGk=\\a b"\nparticipants: [gpt-4o]\nsteps: [{type: final_decision}]\n'
    )
    assert typed("explain", str(file)).stdout.startswith("mine: a]52;c;aGk= b\n")


def test_a_participant_that_models_yaml_does_not_know_is_named_with_its_line_and_what_was_meant(folder: Path):
    file = folder / "mine.yaml"
    file.write_text("participants:\n  - gpt-4o\n  - gpt-4\nsteps: [{type: final_decision}]\n")
    wrong = typed("validate", str(file))
    assert wrong.exit_code == 2
    assert "mine.yaml:3: participants.1: 'gpt-4' is neither an alias" in wrong.stderr
    assert "did you mean 'gpt-4o'" in wrong.stderr


def test_a_workflow_file_may_end_in_yml(folder: Path):
    (folder / "workflows" / "mine.yml").write_text("participants: [gpt-4o]\nsteps: [{type: final_decision}]\n")
    assert typed("validate").exit_code == 0
    assert typed("explain", "mine").stdout.startswith("mine\n")
