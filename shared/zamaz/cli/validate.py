"""`zamaz definitions validate`: every file is checked, and each that is wrong is named."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path

import click

from zamaz.cli.settings import CliSettings
from zamaz.cli.voice import say
from zamaz.definition import ModelsFile, WorkflowFile, load, read, schema, templates, workflow_files
from zamaz.definition.catalog import template_files
from zamaz.definition.scripts import ScriptFile
from zamaz.definition.yamlfile import line_of, near, text_of
from zamaz.errors import DefinitionError

OPTIONAL = ("prices.yaml", "compat.yaml", "budgets.yaml", "alerts.yaml")
OTHERS = {f"{kind}.yaml": model for kind, model in schema.KINDS.items() if kind != "workflow"}


async def validating(files: tuple[Path, ...]) -> None:
    """Check each file and name every one that is wrong; exit code 2 if any is."""
    settings = CliSettings()
    folder, scripts = settings.definitions, settings.scripts_folder
    doubts = [doubt for path in files or workflow_files(folder) for doubt in _doubts(path)]
    wrong = [problem for path in files or _all(folder, scripts) for problem in _problems(path, folder, scripts)]
    if not files:
        wrong += _missing(folder)
    if not files and not wrong:
        load(folder)
    for problem in (*wrong, *doubts):
        say(str(problem))
    if wrong:
        sys.exit(2)
    click.echo(_valid(files))


def _valid(files: tuple[Path, ...]) -> str:
    if not files:
        return "all definitions are valid"
    return f"{', '.join(map(str, files))} {'is' if len(files) == 1 else 'are'} valid"


def _all(folder: Path, scripts: Path) -> tuple[Path, ...]:
    """Every file of a folder of definitions; those that are OPTIONAL may be missing."""
    others = (folder / name for name in OTHERS)
    named = (path for path in others if path.exists() or path.name not in OPTIONAL)
    return (*workflow_files(folder), *named, *template_files(folder), *sorted(scripts.glob("*.yaml")))


def _problems(path: Path, folder: Path, scripts: Path) -> list[DefinitionError]:
    """What is wrong with one file."""
    try:
        if path.suffix == ".md":
            return templates.wrong(path.stem, text_of(path), str(path))
        if path.resolve().parent in (scripts.resolve(), (folder / "scripts").resolve()):
            read(path, ScriptFile)
            return []
        found = read(path, OTHERS.get(path.name, WorkflowFile))
        return list(_unknown_models(path, found, folder, scripts)) if isinstance(found, WorkflowFile) else []
    except DefinitionError as error:
        return [error]


def _missing(folder: Path) -> list[DefinitionError]:
    """Each template that the workflows need and that is not there."""
    there = [path.stem for path in template_files(folder)]
    return templates.missing(there, filter(None, map(_workflow, workflow_files(folder))), str(folder / "prompts"))


def _workflow(path: Path) -> WorkflowFile | None:
    """A workflow file that is valid; what is wrong with another one is told elsewhere."""
    try:
        return read(path, WorkflowFile)
    except DefinitionError:
        return None


def _doubts(path: Path) -> Iterator[DefinitionError]:
    """What is likely a mistake in a workflow file that is valid."""
    if path.suffix not in (".yaml", ".yml") or path.name in OTHERS:
        return
    found = _workflow(path)
    for place, doubt in found.doubts() if found else ():
        key = ".".join(map(str, place))
        yield DefinitionError(str(path), line_of(path, *place), key, f"take care: {doubt}")


def _unknown_models(path: Path, found: WorkflowFile, folder: Path, scripts: Path) -> Iterator[DefinitionError]:
    """Each model of a workflow that models.yaml does not know, and each script that is not there."""
    models = read(folder / "models.yaml", ModelsFile)
    named: list[tuple[tuple[str | int, ...], str]] = [
        (("participants", n), participant.model) for n, participant in enumerate(found.participants)
    ]
    if by := found.config.context.by:
        named.append((("config", "context", "by"), by))
    for place, name in named:
        line, key, model = line_of(path, *place), ".".join(map(str, place)), models.resolve(name)
        if model is None:
            problem = f"{name!r} is neither an alias of models.yaml nor provider/model"
            yield DefinitionError(str(path), line, key, problem, near(name, models.models).removeprefix(": "))
        elif models.providers[model.provider].adapter == "script" and not (scripts / f"{model.model}.yaml").is_file():
            there = near(model.model, sorted(file.stem for file in scripts.glob("*.yaml"))).removeprefix(": ")
            yield DefinitionError(str(path), line, key, f"there is no script {model.model!r} in {scripts}", there)
