"""models.yaml: which providers there are, and what an alias stands for."""

from __future__ import annotations

from typing import Any, Literal

from pydantic import Field, field_validator

from zamaz import subjects
from zamaz.definition.yamlfile import Seconds, Strict

Adapter = Literal["anthropic", "openai_compatible", "ollama", "script"]
Billing = Literal["paid", "local", "script"]


class ProviderSpec(Strict):
    """Where calls go.

    `key_env` names the variable (or its `_FILE` twin) that holds the key; a provider that names one is out of
    reach without it. `base_url_env` names a variable that gives the address. `concurrency` bounds the calls
    of all debaters together, `timeout` (seconds) one call. `bounded_strings`: the provider's structured
    output knows maxLength. `price_as` is the provider's name in the price library.
    """

    adapter: Adapter
    base_url: str = ""
    base_url_env: str = ""
    key_env: str = ""
    concurrency: int = Field(default=4, ge=1, le=1000)
    timeout: Seconds = Field(default=120.0, gt=0)
    billing: Billing = "paid"
    bounded_strings: bool = False
    price_as: str = ""
    output_tokens_key: str = "max_tokens"
    default_model: str = ""


class ModelSpec(Strict):
    """What an alias stands for. `parameters` go to the provider as they are. `structured_output: false`
    names a model that refuses a JSON schema and is asked in words alone."""

    provider: str
    model: str
    max_output_tokens: int = Field(default=1500, ge=16)
    parameters: dict[str, Any] = {}
    structured_output: bool = True


class ModelsFile(Strict):
    """The whole file. The order of `models` is the order in which seats are looked for."""

    providers: dict[str, ProviderSpec]
    models: dict[str, ModelSpec]

    @field_validator("providers")
    @classmethod
    def _tokens(cls, value: dict[str, ProviderSpec]) -> dict[str, ProviderSpec]:
        for name in value:
            if not subjects.is_token(name):
                raise ValueError(f"provider {name!r} must be 1 to 64 of A-Z a-z 0-9 _ -")
        return value

    def resolve(self, alias: str) -> ModelSpec | None:
        """An alias, or `provider/model` (with the model's own settings where an alias has the same)."""
        if found := self.models.get(alias):
            return found
        provider, slash, model = alias.partition("/")
        if not slash or not model or provider not in self.providers:
            return None
        same = (m for m in self.models.values() if (m.provider, m.model) == (provider, model))
        return next(same, ModelSpec(provider=provider, model=model))

    def concurrency(self) -> dict[str, int]:
        """Each provider's limit, as `zamaz init` needs it."""
        return {name: spec.concurrency for name, spec in self.providers.items()}
