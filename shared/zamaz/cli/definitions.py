"""`zamaz definitions list | validate`."""

from __future__ import annotations

import sys
from pathlib import Path

import click
from rich.console import Console
from rich.table import Table

from zamaz.cli.settings import CliSettings
from zamaz.cli.voice import say
from zamaz.definition import ModelsFile, OrchestrationFile, WorkflowFile, load, read, workflow_files
from zamaz.errors import DefinitionError

KINDS: dict[str, type[ModelsFile | OrchestrationFile | WorkflowFile]] = {
    "models.yaml": ModelsFile,
    "orchestration.yaml": OrchestrationFile,
}


async def listing() -> None:
    """Every workflow with its seats and rounds."""
    catalog = load(CliSettings().definitions)
    table = Table("id", "participants", "rounds", "description", box=None)
    for workflow in catalog.workflows.values():
        names = ", ".join(p.model + (" (fallback)" if p.reserve else "") for p in workflow.participants)
        table.add_row(workflow.id, names, str(workflow.config.max_rounds), workflow.description)
    Console().print(table)


async def validating(files: tuple[Path, ...]) -> None:
    """Check each file and name every one that is wrong; exit code 2 if any is."""
    folder = CliSettings().definitions
    wrong = 0
    for path in files or (*workflow_files(folder), *(folder / name for name in KINDS)):
        try:
            found: object = read(path, KINDS.get(path.name, WorkflowFile))
        except DefinitionError as error:
            say(str(error))
            wrong += 1
            continue
        wrong += _unknown_participants(path, found, folder)
    if not files and not wrong:
        load(folder)
    if wrong:
        sys.exit(2)
    click.echo("all definitions are valid")


def _unknown_participants(path: Path, found: object, folder: Path) -> int:
    if not isinstance(found, WorkflowFile):
        return 0
    models = read(folder / "models.yaml", ModelsFile)
    unknown = [p.model for p in found.participants if models.resolve(p.model) is None]
    for alias in unknown:
        say(f"{path}: participants: {alias!r} is neither an alias of models.yaml nor provider/model")
    return len(unknown)
