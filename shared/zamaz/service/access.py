"""How a provider of models.yaml is reached from a process: its address, its key, or what to set.

The environment is handed in; only a service's settings.py reads it.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from pydantic import SecretStr

from zamaz.definition.models import ProviderSpec


@dataclass(frozen=True)
class Access:
    """How one provider is reached from here.

    `address` is its base URL ("": the SDK's own), `missing` says what to set when it cannot be called.
    """

    address: str = ""
    key: SecretStr | None = None
    missing: str = ""

    @property
    def place(self) -> str:
        """The address as it may be shown: without what may be secret in it."""
        return re.sub(r"//[^/@]*@", "//", self.address).partition("?")[0]

    def scrubbed(self, text: str) -> str:
        """`text` without the key, should a server have echoed it."""
        secret = self.key.get_secret_value() if self.key else ""
        return text.replace(secret, "…") if secret else text


def access(spec: ProviderSpec, environment: Mapping[str, str]) -> Access:
    """One provider's access, out of an environment."""
    address = (environment.get(spec.base_url_env, "").strip() if spec.base_url_env else "") or spec.base_url
    if spec.base_url_env and not address:
        return Access(missing=f"set {spec.base_url_env} to the server's address")
    if spec.adapter != "ollama" and address and not address.startswith(("http://", "https://")):
        return Access(missing=f"{spec.base_url_env or 'base_url'} must start with http:// or https://")
    if not spec.key_env:
        return Access(address)
    key, problem = secret(spec.key_env, environment)
    return Access(address, SecretStr(key) if key else None, problem)


def secret(name: str, environment: Mapping[str, str]) -> tuple[str, str]:
    """What a variable holds, or the file that its `_FILE` twin names, and what is wrong with it. Neither text ever
    holds the other."""
    key, source = environment.get(name, "").strip(), name
    if not key and (file := environment.get(f"{name}_FILE", "").strip()):
        source = f"{name}_FILE"
        try:
            key = Path(file).read_text(encoding="utf-8").strip()
        except (OSError, UnicodeDecodeError):
            return "", f"{source} names a file that cannot be read as text"
    if not key:
        return "", f"set {name}" if source == name else f"the file that {source} names is empty"
    if not key.isascii() or not key.isprintable():
        return "", f"{source} holds characters that no key has"
    return key, ""
