"""One adapter a kind of provider, behind one port."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from zamaz.definition.models import ModelsFile
from zamaz_debater.providers.anthropic import Anthropic
from zamaz_debater.providers.ollama import Ollama
from zamaz_debater.providers.openai_compatible import OpenAICompatible
from zamaz_debater.providers.port import Provider
from zamaz_debater.providers.refusal import RemembersRefusal
from zamaz_debater.providers.script import Script
from zamaz_debater.settings import Access

__all__ = ["build"]


def build(models: ModelsFile, accesses: Mapping[str, Access], scripts: Path) -> dict[str, Provider]:
    """Every provider of models.yaml, by name. The SDKs are imported when a provider is first looked at."""
    return {name: RemembersRefusal(_adapter(name, models, accesses[name], scripts)) for name in models.providers}


def _adapter(name: str, models: ModelsFile, access: Access, scripts: Path) -> Provider:
    spec = models.providers[name]
    asking = {m.model: m.asking for m in models.models.values() if m.provider == name}
    match spec.adapter:
        case "script":
            return Script(scripts)
        case "ollama":
            return Ollama(name, access, asking)
        case "anthropic":
            return Anthropic(name, spec, access, asking)
        case "openai_compatible":
            return OpenAICompatible(name, spec, access, asking)
