"""What the READMEs name is there: commands, variables, files, facts and their fields."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from zamaz.cli.main import main
from zamaz.cli.settings import CliSettings
from zamaz.embedded.settings import EmbeddedSettings
from zamaz.events import FACTS
from zamaz_cost.settings import CostSettings
from zamaz_debater.settings import DebaterSettings
from zamaz_orchestrator.settings import OrchestratorSettings
from zamaz_workflow.settings import WorkflowSettings

from live.readme import FILES, README, ROOT, prose, quoted, section, table

SETTINGS = (CliSettings, EmbeddedSettings, CostSettings, DebaterSettings, OrchestratorSettings, WorkflowSettings)
NAMED = {kind.__name__: kind for kind in FACTS.values()}
FIELDS = re.compile(r"(\w+)\{([\w, ]+)\}")
PATH = re.compile(
    r"\.?[\w-]+(?:/[\w.-]+)*(?:/|\.(?:py|yaml|yml|md|conf|toml|lock|json))|(?:tests|deploy|definitions)/[\w/]+"
)
"""What can only be the name of a file or of a folder."""
MADE = {"keys.conf"}
"""Written by a command, so not in the repository."""
SPEAKERS = {"client": "any application", "orchestration": "orchestrator (voice `orchestration`)"}
"""Of the voices that are not called as their service is."""
ZAMAZ = re.compile(r"\bZAMAZ_[A-Z_]*[A-Z]\b")
EACH_FILE = pytest.mark.parametrize("file", FILES, ids=lambda file: str(file.relative_to(ROOT)))


def variables_of_the_settings() -> set[str]:
    return {
        f"ZAMAZ_{name.upper()}"
        for settings in SETTINGS
        for name, field in settings.model_fields.items()
        if field.validation_alias is None
    }


def variables_of_the_models() -> set[str]:
    text = (ROOT / "definitions" / "models.yaml").read_text(encoding="utf-8")
    return set(re.findall(r"_env: (\w+)", text))


def test_the_table_of_variables_lists_those_that_are_read():
    listed = set(re.findall(r"\b[A-Z]+(?:_[A-Z]+)+\b", section("Environment")))
    assert (variables_of_the_settings() | variables_of_the_models()) - listed == set()


@EACH_FILE
def test_a_variable_that_is_named_is_read(file: Path):
    known = variables_of_the_settings() | variables_of_the_models()
    known |= set(ZAMAZ.findall("".join((ROOT / read).read_text() for read in ("Makefile", "docker-compose.yml"))))
    assert set(ZAMAZ.findall(file.read_text(encoding="utf-8"))) - known == set()


def test_the_commands_are_those_that_there_are():
    assert set(re.findall(r"`zamaz ([a-z-]+)", section("The command line"))) == set(main.commands)


@EACH_FILE
def test_a_file_that_is_named_is_there(file: Path):
    """From the top, in the definitions, in the service's own package, or beside the file that is named before it."""
    folders = {ROOT, ROOT / "definitions", next(file.parent.glob("zamaz*"), ROOT)}
    for name in quoted(prose(file)):
        if PATH.fullmatch(name) and name not in MADE:
            found = [folder / name for folder in folders if (folder / name).exists()]
            assert found, name
            folders |= {path.parent for path in found}


def test_the_table_of_facts_has_each_with_its_voice_its_code_and_its_test():
    rows = table(section("Who says what, and where that is written and tested"))
    listed = [name for facts, *_ in rows for name in facts.split(", ")]
    assert sorted(listed) == sorted(NAMED)
    for facts, voice, code, tests in rows:
        for name in facts.split(", "):
            assert voice == SPEAKERS.get(NAMED[name].voice, NAMED[name].voice)
            assert name in texts(code), f"{code} does not say {name}"
            assert name in texts(tests), f"{tests} do not know {name}"


@pytest.mark.parametrize(
    "file", [file for file in FILES if file.parent.parent.name == "services"], ids=lambda file: file.parent.name
)
def test_a_service_says_the_facts_of_its_voice(file: Path):
    voice = {"orchestrator": "orchestration"}.get(file.parent.name, file.parent.name)
    head, _, _ = file.read_text(encoding="utf-8").partition("\n## ")
    said = " ".join(says for *_, says in table(head.split("\n\n`")[0]))
    assert {name for name in NAMED if name in said} == {name for name, fact in NAMED.items() if fact.voice == voice}


@EACH_FILE
def test_a_target_that_is_named_is_in_the_makefile(file: Path):
    targets = set(re.findall(r"^([a-z-]+):", (ROOT / "Makefile").read_text(encoding="utf-8"), re.MULTILINE))
    assert {name.split()[1] for name in quoted(prose(file)) if name.startswith("make ")} <= targets


def texts(cell: str) -> str:
    """What is written in the files and folders of a cell; a name without a folder is beside the one before."""
    found, folder = "", ROOT
    for name in quoted(cell):
        path = ROOT / name if "/" in name else folder / name
        folder = path.parent
        files = sorted(path.rglob("*.py")) if path.is_dir() else [path]
        found += "".join(file.read_text(encoding="utf-8") for file in files)
    return found


@EACH_FILE
def test_the_fields_that_are_named_are_those_of_the_fact(file: Path):
    for name, fields in FIELDS.findall(file.read_text(encoding="utf-8")):
        assert set(fields.split(", ")) <= set(NAMED[name].__struct_fields__), name


@EACH_FILE
def test_no_line_of_prose_is_too_long_to_read(file: Path):
    for number, line in enumerate(file.read_text(encoding="utf-8").splitlines(), 1):
        assert len(line) <= 120 or line.startswith("|"), f"{file}:{number}"


def test_the_readme_can_be_read_in_a_few_minutes():
    assert len(README.read_text(encoding="utf-8").splitlines()) <= 330
