"""What every service reads from the environment, once, as one frozen object."""

from __future__ import annotations

from pathlib import Path
from typing import Literal

from pydantic import AliasChoices, Field
from pydantic_settings import BaseSettings, SettingsConfigDict

from zamaz.connection import DEFAULT_URL
from zamaz.definition import default_folder


class ServiceSettings(BaseSettings):
    """Variables start with `ZAMAZ_`: ZAMAZ_NATS_URL, ZAMAZ_NATS_CREDS, ZAMAZ_NATS_NKEY (a seed file, or the
    folder of all), ZAMAZ_DEFINITIONS, ZAMAZ_HTTP_HOST, ZAMAZ_HTTP_PORT (0: any free port), ZAMAZ_LOG_LEVEL,
    ZAMAZ_LOG_FORMAT, ZAMAZ_STOP_PATIENCE (seconds that running work gets at a stop)."""

    model_config = SettingsConfigDict(env_prefix="ZAMAZ_", env_ignore_empty=True, frozen=True, extra="ignore")

    nats_url: str = DEFAULT_URL
    nats_creds: Path | None = None
    nats_nkey: Path | None = None
    definitions: Path = Field(default_factory=default_folder)
    http_host: str = "127.0.0.1"
    http_port: int = Field(default=0, ge=0, le=65535)
    log_level: Literal["DEBUG", "INFO", "WARNING", "ERROR"] = "INFO"
    log_format: Literal["json", "console"] = "json"
    stop_patience: float = Field(default=10.0, ge=0)
    otlp_endpoint: str = Field(
        default="", validation_alias=AliasChoices("OTEL_EXPORTER_OTLP_TRACES_ENDPOINT", "OTEL_EXPORTER_OTLP_ENDPOINT")
    )
    """Where traces go; the SDK reads the rest of its standard variables itself."""
