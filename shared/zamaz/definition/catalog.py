"""All definitions of a folder, read once: workflows, models, orchestration and prompts."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from pathlib import Path

from zamaz.definition import yamlfile
from zamaz.definition.models import ModelsFile
from zamaz.definition.orchestration import OrchestrationFile
from zamaz.definition.workflow import WorkflowFile
from zamaz.errors import DefinitionError

PACKAGE = Path(__file__).resolve().parents[1]


@dataclass(frozen=True)
class Catalog:
    """What people edit, as it stood when the service started. `prompts` maps a name to its template."""

    workflows: dict[str, WorkflowFile]
    models: ModelsFile
    orchestration: OrchestrationFile
    prompts: dict[str, str]

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


def workflow_files(folder: Path) -> list[Path]:
    """The workflow files of a definitions folder, by name."""
    return sorted((folder / "workflows").glob("*.yaml"))


def load(folder: Path) -> Catalog:
    """Read every definition. Raises DefinitionError for the first one that is wrong."""
    if not folder.is_dir():
        raise DefinitionError(str(folder), 0, "definitions", "is no folder", "set ZAMAZ_DEFINITIONS")
    workflows: dict[str, WorkflowFile] = {}
    for path in workflow_files(folder):
        found = yamlfile.read(path, WorkflowFile)
        if found.id in workflows:
            raise DefinitionError(str(path), 0, "id", f"another file defines {found.id!r} too")
        workflows[found.id] = found
    return Catalog(
        workflows,
        yamlfile.read(folder / "models.yaml", ModelsFile),
        yamlfile.read(folder / "orchestration.yaml", OrchestrationFile),
        {path.stem: path.read_text(encoding="utf-8") for path in sorted((folder / "prompts").glob("*.md"))},
    )
