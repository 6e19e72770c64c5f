"""`zamaz definitions list | schema | explain`."""

from __future__ import annotations

from pathlib import Path

import click
from rich.console import Console
from rich.table import Table

from zamaz.cli.settings import CliSettings
from zamaz.cli.text import clean
from zamaz.definition import ModelsFile, WorkflowFile, load, read, schema, workflow_files
from zamaz.definition.catalog import ladders
from zamaz.definition.explain import Plan, explain, plan_of
from zamaz.definition.mermaid import diagram
from zamaz.errors import DefinitionError


async def listing() -> None:
    """Every workflow with its seats and rounds."""
    catalog = load(CliSettings().definitions)
    table = Table("id", "participants", "rounds", "description", box=None)
    for workflow in catalog.workflows.values():
        names = ", ".join(p.model + (" (fallback)" if p.reserve else "") for p in workflow.participants)
        table.add_row(workflow.id, names, str(workflow.config.max_rounds), workflow.description)
    Console().print(table)


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
