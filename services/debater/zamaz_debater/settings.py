"""The only place of the debater that reads the environment: addresses and keys of providers."""

from __future__ import annotations

import os
from collections.abc import Mapping
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
        return {name: access(spec, _environment()) for name, spec in models.providers.items()}

    def own_accesses(self, models: ModelsFile) -> dict[str, dict[str, Access]]:
        """What requesters have of their own, by provider and requester."""
        return {
            name: {
                who: access(spec.model_copy(update={"key_env": keys[name]}), _environment())
                for who, keys in models.requesters.items()
                if name in keys
            }
            for name, spec in models.providers.items()
        }


def _environment() -> Mapping[str, str]:
    return os.environ  # noqa: TID251 - this is settings.py
