"""What the command line reads from the environment."""

from __future__ import annotations

from pathlib import Path

from pydantic import Field
from pydantic_settings import BaseSettings, SettingsConfigDict

from zamaz.connection import seed_file
from zamaz.definition import default_folder
from zamaz.permissions import CLIENT


class CliSettings(BaseSettings):
    """ZAMAZ_NATS_URL ("": the embedded server, or one on the default port), ZAMAZ_NATS_CREDS,
    ZAMAZ_NATS_NKEY (a seed file, or the folder of all), ZAMAZ_DEFINITIONS, ZAMAZ_HOME,
    ZAMAZ_SCRIPTS (where the script provider's answers are, if not with the definitions),
    ZAMAZ_VIEWS_URL (a PostgreSQL database for the views; "": SQLite files in ZAMAZ_HOME)."""

    model_config = SettingsConfigDict(env_prefix="ZAMAZ_", env_ignore_empty=True, frozen=True, extra="ignore")

    nats_url: str = ""
    nats_creds: Path | None = None
    nats_nkey: Path | None = None
    definitions: Path = Field(default_factory=default_folder)
    scripts: Path | None = None
    home: Path = Field(default_factory=lambda: Path.home() / ".local" / "share" / "zamaz")

    views_url: str = Field(default="", repr=False)

    def seed(self, user: str = CLIENT) -> Path | None:
        """The seed file of a user, where one was given."""
        return seed_file(self.nats_nkey, user)

    @property
    def scripts_folder(self) -> Path:
        """Where the script provider finds its files."""
        return self.scripts or self.definitions / "scripts"
