"""What the command line reads from the environment."""

from __future__ import annotations

from pathlib import Path

from pydantic import Field
from pydantic_settings import BaseSettings, SettingsConfigDict

from zamaz.definition import default_folder


class CliSettings(BaseSettings):
    """ZAMAZ_NATS_URL ("": the embedded server, or one on the default port), ZAMAZ_NATS_CREDS,
    ZAMAZ_DEFINITIONS, ZAMAZ_HOME."""

    model_config = SettingsConfigDict(env_prefix="ZAMAZ_", frozen=True, extra="ignore")

    nats_url: str = ""
    nats_creds: Path | None = None
    definitions: Path = Field(default_factory=default_folder)
    home: Path = Field(default_factory=lambda: Path.home() / ".local" / "share" / "zamaz")
