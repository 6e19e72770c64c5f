"""The only place of the orchestrator that reads the environment: addresses and keys of whoever can rule."""

from __future__ import annotations

import os
from pathlib import Path

from pydantic import Field
from pydantic_settings import SettingsConfigDict

from zamaz.definition.models import ModelsFile
from zamaz.definition.orchestration import Reachable
from zamaz.service.access import Access, access
from zamaz.service.settings import ServiceSettings


class OrchestratorSettings(ServiceSettings):
    """OLLAMA_HOST is Ollama's address, ZAMAZ_OLLAMA_HOSTS those of several, by comma, that share the load instead,
    ZAMAZ_LOCAL_URL the OpenAI-compatible base
    URL of the bundled server (http://127.0.0.1:1234/v1), ZAMAZ_DEFAULT_WORKFLOW the definition that is selected where
    nobody can say, ZAMAZ_EMBEDDINGS a folder with another sentence model (model.onnx, tokenizer.json). A rung without
    its address passes up. Besides, by models.yaml, each provider's `key_env` and
    `base_url_env`."""

    model_config = SettingsConfigDict(populate_by_name=True)

    ollama_host: str = Field(default="http://127.0.0.1:11434", validation_alias="OLLAMA_HOST")
    ollama_hosts: str = ""
    local_url: str = ""
    default_workflow: str = "simple_debate"
    embeddings: Path | None = None

    @property
    def ollamas(self) -> tuple[str, ...]:
        """Every Ollama that rules."""
        return tuple(one.strip() for one in (self.ollama_hosts or self.ollama_host).split(",") if one.strip())

    def reachable(self, models: ModelsFile) -> Reachable:
        """Whether this process has what a provider needs."""
        known = self.accesses(models)
        return lambda provider, _: provider in known and not known[provider].missing

    def accesses(self, models: ModelsFile) -> dict[str, Access]:
        """Every provider's access, out of this process' environment."""
        environment = os.environ  # noqa: TID251 - this is settings.py
        return {name: access(spec, environment) for name, spec in models.providers.items()}
