"""What the embedded way reads from the environment."""

from __future__ import annotations

import os
from pathlib import Path

from pydantic import Field
from pydantic_settings import BaseSettings, SettingsConfigDict


class EmbeddedSettings(BaseSettings):
    """ZAMAZ_LOCAL_GGUF: a model file for the bundled server; ZAMAZ_LOCAL_THREADS and ZAMAZ_LOCAL_CONTEXT
    (tokens, over two calls at once) size it, ZAMAZ_LOCAL_HOST is where it listens; ZAMAZ_LOCAL_URL: use that
    server instead of starting one; ZAMAZ_MODELS: the folder where the bundled weights are kept in a form that is read
    faster; ZAMAZ_NATS_SYNC: JetStream's sync_interval; ZAMAZ_HOME: where data, logs and
    the address live."""

    model_config = SettingsConfigDict(env_prefix="ZAMAZ_", env_ignore_empty=True, frozen=True, extra="ignore")

    local_gguf: Path | None = None
    local_host: str = "127.0.0.1"
    local_threads: int = Field(default=1, ge=1)
    local_context: int = Field(default=16384, ge=1024)
    local_url: str = ""
    models: Path = Field(default_factory=lambda: Path.home() / ".cache" / "zamaz")
    ollama_host: str = Field(default="", validation_alias="OLLAMA_HOST")
    nats_sync: str = "always"
    home: Path = Field(default_factory=lambda: Path.home() / ".local" / "share" / "zamaz")


def inherited(**more: str) -> dict[str, str]:
    """This process' environment, with `more`: what a child process gets."""
    return {**os.environ, **more}  # noqa: TID251 - this is a settings module


def has_value(name: str) -> bool:
    """Whether a variable is set, or its `_FILE` twin names a file that holds something."""
    value, file = (os.environ.get(key, "").strip() for key in (name, f"{name}_FILE"))  # noqa: TID251 - settings
    return bool(value) or (bool(file) and _holds_something(Path(file)))


def _holds_something(file: Path) -> bool:
    try:
        return bool(file.read_bytes().strip())
    except OSError:
        return True  # the debater will say what is wrong with it
