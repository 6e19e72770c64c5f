"""`zamaz definitions …` as it is typed, in this process."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from zamaz.cli.main import main
from zamaz.definition import default_folder, load, schema
from zamaz.errors import DefinitionError

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


@pytest.mark.parametrize(
    ("file", "text", "expected"),
    [
        (
            "prompts/initial_arguments.md",
            "Here it is.\n\n$quesiton\n",
            "initial_arguments.md:3: $quesiton: is no placeholder of initial_arguments (did you mean '$question'?)",
        ),
        ("prompts/role_poet.md", "You are ${rol}.", "role_poet.md:1: $rol: is no placeholder of role_poet (did you"),
        ("prompts/novelty.md", "$proposal costs $5", "novelty.md:1: $: begins no placeholder (write $$ for the sign"),
        ("scripts/agree.yaml", "answers:\n  - positon: x\n", "agree.yaml:2: answers.0.positon: is no key that is kno"),
        (
            "workflows/one.yaml",
            "participants: [script/agree]\nconfig:\n  context: {mode: summary, by: script/nul}\n"
            "  max_rounds: 3\nsteps: [{type: initial_arguments}, {type: final_decision}]\n",
            "one.yaml:3: config.context.by: there is no script 'nul' in",
        ),
    ],
)
def test_prompts_and_scripts_that_cannot_work_are_named_with_what_was_meant(
    folder: Path, file: str, text: str, expected: str
):
    (folder / file).write_text(text)
    for wrong in (typed("validate"), typed("validate", str(folder / file))):
        assert (wrong.exit_code, wrong.stdout) == (2, "")
        assert expected in wrong.stderr


def test_a_template_that_every_debate_needs_is_named_where_it_is_missing(folder: Path):
    (folder / "prompts" / "system.md").rename(folder / "prompts" / "sytem.md")
    (folder / "prompts" / "vote.md").unlink()
    (folder / "scripts" / "agree.yaml").write_text("answers: [{positon: x}]\n")
    wrong = typed("validate")
    assert wrong.exit_code == 2
    assert len(wrong.stderr.splitlines()) == 3, "whatever else is wrong"
    assert "prompts/system.md: system: this template is missing (is sytem.md meant to be it?)" in wrong.stderr
    with pytest.raises(DefinitionError, match=r"system\.md"):
        load(folder)


def test_a_template_that_no_workflow_needs_may_be_missing(folder: Path):
    (folder / "prompts" / "summary.md").unlink()
    assert typed("validate").exit_code == 0


def test_one_file_that_is_valid_speaks_for_itself_alone(folder: Path):
    file = folder / "workflows" / "direct.yaml"
    assert typed("validate", str(file)).stdout == f"{file} is valid\n"
    assert typed("validate").stdout == "all definitions are valid\n"


def test_two_workflows_of_one_id_are_both_named(folder: Path):
    shutil.copy(folder / "workflows" / "direct.yaml", folder / "workflows" / "other.yaml")
    wrong = typed("validate")
    assert wrong.exit_code == 2
    assert "other.yaml" in wrong.stderr
    assert "direct.yaml is called 'direct' too" in wrong.stderr


def test_a_file_that_is_not_there_is_named_once(folder: Path):
    assert typed("validate", "nosuch.yaml").stderr == "nosuch.yaml: the file: No such file or directory\n"
