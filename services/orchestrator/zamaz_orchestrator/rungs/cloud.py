"""Any alias of models.yaml as a rung: each provider by its own adapter, with its address and key."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from zamaz.definition.models import ModelsFile
from zamaz.events.flow import RungSetting
from zamaz.service.access import Access
from zamaz_orchestrator.port import Inquiry, Judge, PassUp, Reply
from zamaz_orchestrator.rungs.anthropic import AnthropicJudge
from zamaz_orchestrator.rungs.openai_compatible import OpenAIJudge


class CloudJudge:
    """Asks the provider that a rung names."""

    def __init__(self, models: ModelsFile, accesses: Mapping[str, Access]) -> None:
        self._models, self._accesses = models, accesses
        self._judges: dict[str, Judge] = {}

    async def ask(self, inquiry: Inquiry, rung: RungSetting, timeout: float) -> Reply:
        """The model's reply. Raises PassUp and TimeoutError."""
        return await self._judge(rung.provider).ask(self._allowed(inquiry, rung), rung, timeout)

    def _allowed(self, inquiry: Inquiry, rung: RungSetting) -> Inquiry:
        """A debate that started before its rungs said how long an answer may be goes by models.yaml."""
        spec = None if rung.max_output_tokens else self._models.resolve(f"{rung.provider}/{rung.model}")
        return replace(inquiry, max_tokens=max(inquiry.max_tokens, spec.max_output_tokens if spec else 0))

    async def warm(self, inquiry: Inquiry, rung: RungSetting) -> None:
        """Nothing: it would be paid for."""

    def _judge(self, provider: str) -> Judge:
        if provider not in self._judges:
            self._judges[provider] = self._made(provider)
        return self._judges[provider]

    def _made(self, provider: str) -> Judge:
        spec, access = self._models.providers.get(provider), self._accesses.get(provider)
        if spec is None or access is None:
            raise PassUp(f"models.yaml has no provider {provider!r}", "not_configured")
        if spec.adapter == "anthropic":
            return AnthropicJudge(access)
        if spec.adapter != "openai_compatible":
            raise PassUp(f"{provider} is no provider that can rule here: {spec.adapter}", "not_configured")
        return OpenAIJudge(access.address, access.missing, key=access.key, output_key=spec.output_tokens_key)

    async def close(self) -> None:
        """Close all connections."""
        for judge in self._judges.values():
            await judge.close()
