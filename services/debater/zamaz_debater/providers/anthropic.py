"""Claude, through Anthropic's own SDK and its native structured output."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec

from zamaz.alive import Reach
from zamaz.definition.models import ProviderSpec
from zamaz.events.debater import Usage
from zamaz_debater import answer
from zamaz_debater.providers import trouble
from zamaz_debater.providers.port import Call, Made, ProviderError, Reply
from zamaz_debater.settings import Access

if TYPE_CHECKING:
    from anthropic import AsyncAnthropic


class _Block(msgspec.Struct):
    type: str
    text: str = ""


class _OutputDetails(msgspec.Struct):
    thinking_tokens: int | None = None


class _Usage(msgspec.Struct):
    input_tokens: int = 0
    output_tokens: int = 0
    cache_creation_input_tokens: int | None = None
    cache_read_input_tokens: int | None = None
    output_tokens_details: _OutputDetails | None = None

    def told(self) -> Usage:
        """What was written to and read from the cache is counted beside `input_tokens`."""
        read, written = self.cache_read_input_tokens or 0, self.cache_creation_input_tokens or 0
        details = self.output_tokens_details
        return Usage(
            input=self.input_tokens + read + written,
            cached_input=read,
            output=self.output_tokens,
            reasoning=(details.thinking_tokens or 0) if details else 0,
            cache_write=written,
        )


class _Answered(msgspec.Struct):
    content: list[_Block]
    model: str | None = None
    stop_reason: str | None = None
    usage: _Usage | None = None


_DECODER = msgspec.json.Decoder(_Answered)


class Anthropic:
    """Anthropic's messages. `plain` models are asked without a schema: older ones refuse it."""

    def __init__(self, name: str, spec: ProviderSpec, access: Access, plain: frozenset[str] = frozenset()) -> None:
        self._name, self._spec, self._access, self._plain = name, spec, access, plain
        self._client: Made[AsyncAnthropic] = Made(self._make)

    def _make(self) -> AsyncAnthropic:
        from anthropic import AsyncAnthropic

        key = self._access.key.get_secret_value() if self._access.key else ""
        return AsyncAnthropic(api_key=key, base_url=self._access.address or None, max_retries=0)

    async def ready(self) -> None:
        """Import the SDK, where there is something to call."""
        if not self._access.missing:
            await self._client.get()

    async def reach(self) -> Reach:
        """Whether the key is there."""
        return Reach(ok=not self._access.missing, why=self._access.missing)

    async def answer(self, call: Call) -> Reply:
        """Ask once. Raises ProviderError."""
        if self._access.missing:
            raise trouble.not_configured(self._name, self._access)
        body = await self._ask(call)
        try:
            told = _DECODER.decode(body)
        except (msgspec.DecodeError, UnicodeDecodeError) as error:
            raise trouble.malformed(self._asked(call)) from error
        usage = told.usage.told() if told.usage else None
        if told.stop_reason == "refusal":
            why = f"{call.turn.model} at {self._name} refused to answer"
            raise ProviderError("refused", why, retryable=False, usage=usage)
        text = "".join(block.text for block in told.content if block.type == "text")
        return Reply(text, told.model or call.turn.model, told.stop_reason or "", usage)

    async def _ask(self, call: Call) -> bytes:
        client = await self._client.get()
        import anthropic

        schema = answer.schema(call.shape, bounded=self._spec.bounded_strings)
        wanted = {"output_config": {"format": {"type": "json_schema", "schema": schema}}}
        asked = self._asked(call)
        try:
            raw = await client.messages.with_raw_response.create(
                model=call.turn.model,
                max_tokens=call.turn.max_output_tokens,
                system=call.prompt.system,
                messages=[{"role": "user", "content": call.prompt.user}],
                extra_body={**({} if call.turn.model in self._plain else wanted), **call.turn.parameters},
                extra_headers={"Idempotency-Key": call.id},
                timeout=call.timeout_s,
            )
        except anthropic.APITimeoutError as error:
            raise trouble.timed_out(asked, call.timeout_s) from error
        except anthropic.APIStatusError as error:
            raise trouble.refused(asked, error.status_code, error.response.headers, error.message) from error
        except anthropic.APIConnectionError as error:
            raise trouble.unreachable(asked) from error
        except anthropic.APIError as error:
            raise trouble.malformed(asked) from error
        return await raw.read()

    def _asked(self, call: Call) -> trouble.Asked:
        return trouble.Asked(self._name, call.turn.model, self._spec.key_env, self._access)
