"""The only place of the debater that reads the environment: addresses and keys of providers."""

from __future__ import annotations

import os
from pathlib import Path

from zamaz.definition.models import ModelsFile
from zamaz.service.access import Access as Access
from zamaz.service.access import access as access
from zamaz.service.settings import ServiceSettings


class DebaterSettings(ServiceSettings):
    """Besides the shared variables: ZAMAZ_SCRIPTS (the folder of the script provider's answers) and, by
    models.yaml, each provider's `key_env` (or `<NAME>_FILE`, a file that holds the key) and `base_url_env`."""

    scripts: Path | None = None

    @property
    def scripts_folder(self) -> Path:
        """Where the script provider finds its files."""
        return self.scripts or self.definitions / "scripts"

    def accesses(self, models: ModelsFile) -> dict[str, Access]:
        """Every provider's access, out of this process' environment."""
        environment = os.environ  # noqa: TID251 - this is settings.py
        return {name: access(spec, environment) for name, spec in models.providers.items()}
