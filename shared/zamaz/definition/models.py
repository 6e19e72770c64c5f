"""models.yaml: which providers there are, and what an alias stands for."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import ConfigDict, Field, field_validator, model_validator

from zamaz import subjects
from zamaz.definition.yamlfile import Patience, Strict

Adapter = Literal["anthropic", "openai_compatible", "ollama", "script"]
VARIABLE = r"^[A-Z][A-Z0-9_]{0,63}$"
Billing = Literal["paid", "local", "script"]


class CircuitSpec(Strict):
    """When a provider in trouble is left alone."""

    failures: int = Field(default=5, ge=0, le=1000)
    """After so many failures in a row, of all debaters together, nobody calls it for a while (0: never)."""
    pause: Patience = 10.0
    """For how long, before one call tries whether it is back: seconds, or 90s, 5m; twice as long each time in vain."""
    longest: Patience = 60.0
    """The longest pause, also where the provider itself names a time."""


class ProviderSpec(Strict):
    """Where calls go."""

    adapter: Adapter
    """What speaks with it; openai_compatible for every server with OpenAI's chat completions."""
    base_url: str = ""
    """Its address."""
    base_url_env: str = ""
    """A variable that gives another address."""
    key_env: str = ""
    """The variable (or its _FILE twin) that holds the key; without it the provider is out of reach."""
    concurrency: int = Field(default=4, ge=1, le=1000)
    """How many calls of all debaters together may run at once."""
    requests_per_minute: int = Field(default=0, ge=0)
    """How many calls of all debaters together may be made in a minute (0: no limit)."""
    tokens_per_minute: int = Field(default=0, ge=0)
    """Likewise their tokens, by the estimate of each prompt and the longest answer."""
    circuit: CircuitSpec = CircuitSpec()
    """When it is left alone after failures."""
    timeout: Patience = 120.0
    """For one call: seconds, or 90s, 5m."""
    billing: Billing = "paid"
    """Who is paid for it: the provider, nobody (a model of one's own), or nobody ever (a script)."""
    first_token: Patience | None = None
    """For the first piece of its answer, where it streams: seconds, or 90s, 5m. Models that reason take long."""
    streams: bool = True
    """false: its server knows no streaming with usage, and is asked for the whole answer."""
    bounded_strings: bool = False
    """Its structured output knows maxLength."""
    price_as: str = ""
    """Its name in the price library; its name here, unless given."""
    price_when: dict[str, str] = {}
    """By which of the library's variants its calls are billed: {processing: batch}, {service_tier: flex}."""
    output_tokens_key: str = "max_tokens"
    """What its API calls the bound on output tokens."""
    default_model: str = ""
    """The model that is asked where none is named."""


class ModelSpec(Strict):
    """What an alias stands for."""

    provider: str
    """One of `providers`."""
    model: str
    """The model's name at that provider."""
    max_output_tokens: int = Field(default=1500, ge=16)
    """The longest answer that is paid for."""
    context_tokens: int = Field(default=0, ge=0)
    """How many tokens it takes in one call, its answer included (0: not known). What a prompt shows of a debate is cut
    to that; a question and a context that are longer are a failure before the call."""
    parameters: dict[str, Any] = {}
    """Handed to the provider as they are (temperature, say)."""
    structured_output: bool | Literal["tool"] = True
    """false: the model refuses a JSON schema and is asked in words alone; tool: as the input of a tool (Anthropic)."""

    @property
    def asking(self) -> Literal["schema", "tool", "words"]:
        """How it is asked for the typed block."""
        return "tool" if self.structured_output == "tool" else "schema" if self.structured_output else "words"


class ModelsFile(Strict):
    """Who can be asked."""

    model_config = ConfigDict(json_schema_extra={"title": "Models"})

    providers: dict[str, ProviderSpec] = Field(
        json_schema_extra={"propertyNames": {"pattern": "^[A-Za-z0-9_-]{1,64}$"}}
    )
    """Where calls go, by name."""
    models: dict[str, ModelSpec]
    """Aliases, in the order in which seats are looked for where a definition's own are out of reach."""
    requesters: dict[str, dict[str, Annotated[str, Field(pattern=VARIABLE)]]] = {}
    """Whose debates are paid with a key of their own: requester, provider, and the variable (or its _FILE twin) that
    holds the key. Never the key itself."""

    @field_validator("providers")
    @classmethod
    def _tokens(cls, value: dict[str, ProviderSpec]) -> dict[str, ProviderSpec]:
        for name in value:
            if not subjects.is_token(name):
                raise ValueError(f"provider {name!r} must be 1 to 64 of A-Z a-z 0-9 _ -")
        return value

    @model_validator(mode="after")
    def _known(self) -> ModelsFile:
        for who, keys in self.requesters.items():
            for name in keys:
                if name not in self.providers or not self.providers[name].key_env:
                    raise ValueError(f"requester {who!r} has a key for {name!r}, which is no provider with a key_env")
        for alias, model in self.models.items():
            spec = self.providers.get(model.provider)
            if model.structured_output == "tool" and spec and spec.adapter != "anthropic":
                raise ValueError(f"model {alias!r}: structured_output: tool is for Anthropic's models")
        return self

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
