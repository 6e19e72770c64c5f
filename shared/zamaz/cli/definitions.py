"""`zamaz definitions list | validate | schema | explain`."""

from __future__ import annotations

import sys
from pathlib import Path

import click
from rich.console import Console
from rich.table import Table

from zamaz.cli.settings import CliSettings
from zamaz.cli.text import clean
from zamaz.cli.voice import say
from zamaz.definition import ModelsFile, WorkflowFile, load, read, schema, workflow_files
from zamaz.definition.catalog import ladders
from zamaz.definition.explain import Plan, explain, plan_of
from zamaz.definition.mermaid import diagram
from zamaz.definition.yamlfile import line_of, near
from zamaz.errors import DefinitionError

OPTIONAL = ("prices.yaml", "compat.yaml", "budgets.yaml", "alerts.yaml")
OTHERS = {f"{kind}.yaml": model for kind, model in schema.KINDS.items() if kind != "workflow"}


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
    for path in files or _all(folder):
        try:
            found: object = read(path, OTHERS.get(path.name, WorkflowFile))
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


def _all(folder: Path) -> tuple[Path, ...]:
    """Every file of a folder of definitions; those that are OPTIONAL may be missing."""
    others = (folder / name for name in OTHERS)
    return (*workflow_files(folder), *(path for path in others if path.exists() or path.name not in OPTIONAL))


def _unknown_participants(path: Path, found: object, folder: Path) -> int:
    if not isinstance(found, WorkflowFile):
        return 0
    models = read(folder / "models.yaml", ModelsFile)
    named: list[tuple[tuple[str | int, ...], str]] = [
        (("participants", n), participant.model) for n, participant in enumerate(found.participants)
    ]
    if by := found.config.context.by:
        named.append((("config", "context", "by"), by))
    unknown = [(place, model) for place, model in named if models.resolve(model) is None]
    for place, model in unknown:
        problem = f"{model!r} is neither an alias of models.yaml nor provider/model"
        hint = near(model, models.models).removeprefix(": ")
        key = ".".join(map(str, place))
        say(str(DefinitionError(str(path), line_of(path, *place), key, problem, hint)))
    return len(unknown)


def printing(kind: str) -> None:
    """The JSON Schema of one kind of file."""
    click.echo(schema.text(kind), nl=False)


async def explaining(wanted: str, *, mermaid: bool) -> None:
    """One workflow in plain words, or as a diagram. `wanted` is an id or a file."""
    plan = _plan(wanted)
    click.echo(clean(diagram(plan) if mermaid else explain(plan)), nl=False)


def _plan(wanted: str) -> Plan:
    folder = CliSettings().definitions
    models = read(folder / "models.yaml", ModelsFile)
    ladder = ladders(folder / "orchestration.yaml", models).ladder(models)["consensus"]
    path = Path(wanted)
    if path.suffix in (".yaml", ".yml") or path.is_file():
        return plan_of(read(path, WorkflowFile), models, ladder, wanted)
    known = {found.id: found for found in (read(file, WorkflowFile) for file in workflow_files(folder))}
    if wanted not in known:
        raise DefinitionError(str(folder), 0, "id", f"there is no workflow {wanted!r}", f"known: {', '.join(known)}")
    return plan_of(known[wanted], models, ladder)
