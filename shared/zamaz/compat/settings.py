"""What `zamaz.compat` reads from the environment and from compat.yaml. It alone needs the extra `compat`."""

from __future__ import annotations

from pathlib import Path

from pydantic import Field
from pydantic_settings import BaseSettings, SettingsConfigDict

from zamaz.compat.complexity import Rule
from zamaz.compat.practice import Ask, Practice
from zamaz.connection import DEFAULT_URL, seed_file
from zamaz.definition import WorkflowFile, default_folder, read, workflow_files
from zamaz.definition.compat import CompatFile, RequestSpec


class CompatSettings(BaseSettings):
    """USE_ORCHESTRATION, the existing application's own variable (unset: false, as there), and the library's
    ZAMAZ_NATS_URL, ZAMAZ_NATS_CREDS, ZAMAZ_NATS_NKEY and ZAMAZ_DEFINITIONS."""

    model_config = SettingsConfigDict(env_prefix="ZAMAZ_", env_ignore_empty=True, frozen=True, extra="ignore")

    use_orchestration: bool = Field(default=False, validation_alias="USE_ORCHESTRATION")
    nats_url: str = DEFAULT_URL
    nats_creds: Path | None = None
    nats_nkey: Path | None = None
    definitions: Path = Field(default_factory=default_folder)

    def seed(self) -> Path | None:
        """The seed file of a client, where one was given."""
        return seed_file(self.nats_nkey, "client")

    def practice(self) -> Practice:
        """What is asked for. Raises DefinitionError where compat.yaml or a workflow is wrong."""
        file = read(self.definitions / "compat.yaml", CompatFile)
        there = {read(path, WorkflowFile).id for path in workflow_files(self.definitions)}
        wanted, words = file.requests, file.complexity
        evolution = next((spec for spec in wanted.evolution if spec.workflow in there), wanted.evolution[-1])
        return Practice(
            rule=Rule(words.simple, words.moderate, words.complex, words.longest_simple),
            simple=_ask(wanted.simple),
            moderate=_ask(wanted.moderate if self.use_orchestration else wanted.before),
            complex=_ask(wanted.complex if self.use_orchestration else wanted.before),
            evolution=_ask(evolution),
            evolution_question=file.evolution_question,
            aliases=file.aliases,
        )


def _ask(spec: RequestSpec) -> Ask:
    return Ask(spec.workflow, spec.participants)
