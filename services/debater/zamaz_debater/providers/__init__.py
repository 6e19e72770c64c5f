"""One adapter a kind of provider, behind one port."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from zamaz.definition.models import ModelsFile, ProviderSpec
from zamaz_debater.providers.anthropic import Anthropic
from zamaz_debater.providers.keys import ByRequester, Discreet
from zamaz_debater.providers.ollama import Ollama
from zamaz_debater.providers.openai_compatible import OpenAICompatible
from zamaz_debater.providers.port import Provider
from zamaz_debater.providers.refusal import RemembersRefusal
from zamaz_debater.providers.script import Script
from zamaz_debater.settings import Access

Own = Mapping[str, Mapping[str, Access]]
NOBODY: Own = {}

__all__ = ["build"]


def build(models: ModelsFile, accesses: Mapping[str, Access], scripts: Path, own: Own = NOBODY) -> dict[str, Provider]:
    """Every provider of models.yaml, by name, with what requesters have of their own, by provider and requester.

    The SDKs are imported when a provider is first looked at.
    """
    made: dict[str, Provider] = {}
    for name, spec in models.providers.items():
        house = RemembersRefusal(_adapter(name, spec, models, accesses[name], scripts))
        theirs = {
            who: _adapter(name, spec.model_copy(update={"key_env": models.requesters[who][name]}), models, key, scripts)
            for who, key in own.get(name, {}).items()
        }
        made[name] = ByRequester(house, theirs) if theirs else house
    return made


def _adapter(name: str, spec: ProviderSpec, models: ModelsFile, access: Access, scripts: Path) -> Provider:
    return Discreet(_plain(name, spec, models, access, scripts), access)


def _plain(name: str, spec: ProviderSpec, models: ModelsFile, access: Access, scripts: Path) -> Provider:
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
