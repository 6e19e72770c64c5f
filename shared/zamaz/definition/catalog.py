"""All definitions of a folder, read once: workflows, models, orchestration and prompts."""

from __future__ import annotations

import difflib
import hashlib
from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path

from zamaz.definition import templates, yamlfile
from zamaz.definition.alerts import AlertsFile
from zamaz.definition.budgets import BudgetsFile
from zamaz.definition.models import ModelsFile
from zamaz.definition.orchestration import OrchestrationFile, Reachable, anything
from zamaz.definition.workflow import WorkflowFile
from zamaz.errors import DefinitionError
from zamaz.events.flow import RungSetting

PACKAGE = Path(__file__).resolve().parents[1]


@dataclass(frozen=True)
class Catalog:
    """What people edit, as it stood when the service started. `prompts` maps a name to its template."""

    workflows: dict[str, WorkflowFile]
    models: ModelsFile
    orchestration: OrchestrationFile
    prompts: dict[str, str]
    budgets: BudgetsFile = field(default_factory=BudgetsFile)

    def ladder(self, reachable: Reachable = anything) -> dict[str, tuple[RungSetting, ...]]:
        """Who rules, by the kind of ruling, where so much is reachable."""
        return self.orchestration.ladder(self.models, reachable)

    def prompt_digests(self) -> dict[str, str]:
        """The name of each template and its sha256."""
        return {name: prompt_digest(text) for name, text in self.prompts.items()}


def prompt_digest(text: str) -> str:
    """sha256 of a template, 64 hex digits."""
    return hashlib.sha256(text.encode()).hexdigest()


def default_folder() -> Path:
    """The definitions that came with the library: in the wheel, or beside it in a checkout."""
    packaged = PACKAGE / "definitions"
    return packaged if packaged.is_dir() else PACKAGE.parents[1] / "definitions"


def ladders(path: Path, models: ModelsFile) -> OrchestrationFile:
    """orchestration.yaml, whose rungs may name aliases of `models`. Raises DefinitionError."""
    found = yamlfile.read(path, OrchestrationFile)
    key, alias = found.unknown_model(models)
    if key:
        near = difflib.get_close_matches(alias, models.models, n=1, cutoff=0.5)
        hint = f"did you mean {near[0]!r}?" if near else f"known are: {', '.join(models.models)}"
        raise DefinitionError(str(path), 0, key, f"models.yaml has no model {alias!r}", hint)
    return found


def workflow_files(folder: Path) -> list[Path]:
    """The workflow files of a definitions folder, by name."""
    return sorted(path for path in (folder / "workflows").glob("*.y*ml") if path.suffix in (".yaml", ".yml"))


def load(folder: Path) -> Catalog:
    """Read every definition. Raises DefinitionError for the first one that is wrong."""
    if not folder.is_dir():
        raise DefinitionError(str(folder), 0, "definitions", "is no folder", "set ZAMAZ_DEFINITIONS")
    workflows: dict[str, WorkflowFile] = {}
    files: dict[str, Path] = {}
    for path in workflow_files(folder):
        found = yamlfile.read(path, WorkflowFile)
        if first := files.get(found.id):
            line = yamlfile.line_of(path, "id")
            raise DefinitionError(str(path), line, "id", f"{first} is called {found.id!r} too", "give it another id")
        workflows[found.id], files[found.id] = found, path
    models = yamlfile.read(folder / "models.yaml", ModelsFile)
    return Catalog(
        workflows,
        models,
        ladders(folder / "orchestration.yaml", models),
        prompts(folder, workflows.values()),
        budgets(folder),
    )


def template_files(folder: Path) -> list[Path]:
    """The prompt templates of a definitions folder, by name."""
    return sorted((folder / "prompts").glob("*.md"))


def prompts(folder: Path, workflows: Iterable[WorkflowFile]) -> dict[str, str]:
    """Each template by its name. Raises DefinitionError for one that cannot be filled, and for one that is needed and
    missing."""
    found = {path.stem: yamlfile.text_of(path) for path in template_files(folder)}
    for name, text in found.items():
        for problem in templates.wrong(name, text, str(folder / "prompts" / f"{name}.md")):
            raise problem
    for problem in templates.missing(found, workflows, str(folder / "prompts")):
        raise problem
    return found


def alerts(folder: Path) -> AlertsFile:
    """The alerts of a definitions folder; alerts.yaml may be missing. Raises DefinitionError."""
    path = folder / "alerts.yaml"
    return yamlfile.read(path, AlertsFile) if path.exists() else AlertsFile()


def budgets(folder: Path) -> BudgetsFile:
    """The budgets of a definitions folder; budgets.yaml may be missing. Raises DefinitionError."""
    path = folder / "budgets.yaml"
    return yamlfile.read(path, BudgetsFile) if path.exists() else BudgetsFile()
