"""What the orchestrator reads from the environment."""

from __future__ import annotations

from pydantic import Field
from pydantic_settings import SettingsConfigDict

from zamaz.service.settings import ServiceSettings


class OrchestratorSettings(ServiceSettings):
    """OLLAMA_HOST is Ollama's address, ZAMAZ_LOCAL_URL the OpenAI-compatible base URL of the bundled server
    (http://127.0.0.1:1234/v1). A rung without its address passes up."""

    model_config = SettingsConfigDict(populate_by_name=True)

    ollama_host: str = Field(default="http://127.0.0.1:11434", validation_alias="OLLAMA_HOST")
    local_url: str = ""
