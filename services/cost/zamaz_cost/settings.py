"""What the cost service reads from the environment."""

from __future__ import annotations

import os

from pydantic import SecretStr

from zamaz.definition import AlertsFile
from zamaz.service.access import secret
from zamaz.service.settings import ServiceSettings


class CostSettings(ServiceSettings):
    """Besides the shared variables: those that alerts.yaml names (or `<NAME>_FILE`), each an Apprise URL."""

    def urls(self, file: AlertsFile) -> dict[str, SecretStr]:
        """The URL of each channel that has one."""
        found = ((name, secret(spec.url_env, os.environ)[0]) for name, spec in file.channels.items())  # noqa: TID251
        return {name: SecretStr(url) for name, url in found if url}
