"""Claude, through Anthropic's own SDK: its structured output, or a tool's input where a model has none."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import msgspec

from zamaz.alive import Reach
from zamaz.definition.models import ProviderSpec
from zamaz.events.debater import Usage
from zamaz_debater import answer, tokens
from zamaz_debater.prompts import Prompt
from zamaz_debater.providers import streams, trouble
from zamaz_debater.providers.port import Asking, Call, Made, Reply
from zamaz_debater.settings import Access

if TYPE_CHECKING:
    from anthropic import AsyncAnthropic
    from anthropic._response import AsyncAPIResponse
    from anthropic.types import TextBlockParam

_TOOL = "answer"
_LEAST_KEPT = 1024
"""Tokens of a beginning that Claude keeps at least; for some models it is more, and then it passes the wish over."""
_OVERLOADED = "overloaded_error"


class _Block(msgspec.Struct):
    type: str = ""
    text: str = ""
    partial_json: str = ""
    input: msgspec.Raw = msgspec.Raw()


class _OutputDetails(msgspec.Struct):
    thinking_tokens: int | None = None


class _Usage(msgspec.Struct):
    input_tokens: int | None = None
    output_tokens: int | None = None
    cache_creation_input_tokens: int | None = None
    cache_read_input_tokens: int | None = None
    output_tokens_details: _OutputDetails | None = None

    def after(self, earlier: _Usage | None) -> _Usage:
        """A stream counts the input at its beginning and the output at its end; what is told again replaces."""
        told = {name: value for name, value in msgspec.structs.asdict(self).items() if value is not None}
        return msgspec.structs.replace(earlier, **told) if earlier else self

    def told(self) -> Usage:
        """What was written to and read from the cache is counted beside `input_tokens`."""
        read, written = self.cache_read_input_tokens or 0, self.cache_creation_input_tokens or 0
        details = self.output_tokens_details
        return Usage(
            input=(self.input_tokens or 0) + read + written,
            cached_input=read,
            output=self.output_tokens or 0,
            reasoning=(details.thinking_tokens or 0) if details else 0,
            cache_write=written,
        )


class _Message(msgspec.Struct):
    content: list[_Block]
    model: str | None = None
    stop_reason: str | None = None
    usage: _Usage | None = None


class _Delta(_Block):
    stop_reason: str | None = None


class _Problem(msgspec.Struct):
    type: str = ""


class _Event(msgspec.Struct):
    """One event of a stream; which fields it has says its type."""

    type: str
    message: _Message | None = None
    delta: _Delta | None = None
    usage: _Usage | None = None
    error: _Problem | None = None


_WHOLE, _EVENTS = msgspec.json.Decoder(_Message), msgspec.json.Decoder(_Event)


class Anthropic:
    """Anthropic's messages. `asking` says by model how the block is asked for: older ones refuse a schema."""

    def __init__(self, name: str, spec: ProviderSpec, access: Access, asking: Mapping[str, Asking] = {}) -> None:
        self._name, self._spec, self._access, self._asking = name, spec, access, asking
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
        client = await self._client.get()
        import anthropic
        import httpx2

        asked = trouble.Asked(self._name, call.turn.model, self._spec.key_env, self._access)
        try:
            async with client.messages.with_streaming_response.create(
                model=call.turn.model,
                max_tokens=call.turn.max_output_tokens,
                system=call.prompt.system,
                messages=[{"role": "user", "content": _content(call.prompt)}],
                stream=self._spec.streams,
                extra_body={**self._wanted(call), **call.turn.parameters},
                extra_headers={"Idempotency-Key": call.id},
                timeout=call.timeout_s,
            ) as response:
                return await _heard(response, call, asked)
        except (anthropic.APITimeoutError, httpx2.TimeoutException) as error:
            raise trouble.timed_out(asked, call.timeout_s) from error
        except anthropic.APIStatusError as error:
            raise trouble.refused(asked, error.status_code, error.response.headers, error.message) from error
        except (anthropic.APIConnectionError, httpx2.HTTPError) as error:
            raise trouble.unreachable(asked) from error
        except (anthropic.APIError, msgspec.DecodeError, UnicodeDecodeError) as error:
            raise trouble.malformed(asked) from error

    def _wanted(self, call: Call) -> dict[str, Any]:
        schema = answer.schema(call.shape, bounded=self._spec.bounded_strings)
        match self._asking.get(call.turn.model, "schema"):
            case "schema":
                return {"output_config": {"format": {"type": "json_schema", "schema": schema}}}
            case "tool":
                tool = {"name": _TOOL, "description": "Give your answer.", "input_schema": schema}
                return {"tools": [tool], "tool_choice": {"type": "tool", "name": _TOOL}}
            case "words":
                return {}


def _content(prompt: Prompt) -> list[TextBlockParam]:
    """The user's text. What other turns share is kept by the provider for some minutes: it costs a quarter more the
    first time, and a tenth from then on."""
    kept, rest = prompt.user[: prompt.shared], prompt.user[prompt.shared :]
    if tokens.of(prompt.system + kept) < _LEAST_KEPT or not kept or not rest.strip():
        return [{"type": "text", "text": prompt.user}]
    return [
        {"type": "text", "text": kept, "cache_control": {"type": "ephemeral"}},
        {"type": "text", "text": rest},
    ]


class _Told:
    """What came so far."""

    def __init__(self, call: Call) -> None:
        self._call = call
        self._text: list[str] = []
        self._usage: _Usage | None = None
        self._model, self.stop = call.turn.model, ""

    def message(self, message: _Message) -> None:
        """The whole, or its beginning."""
        self._model, self.stop = message.model or self._model, message.stop_reason or self.stop
        self.counted(message.usage)
        for block in message.content:
            self._say(block.text or bytes(block.input).decode() * (block.type == "tool_use"))

    def event(self, event: _Event, asked: trouble.Asked) -> None:
        """The next of a stream. Raises ProviderError for one that tells of trouble."""
        if event.error:
            usage = self._usage.told() if self._usage else None
            busy = " (it is overloaded)" if event.error.type == _OVERLOADED else ""
            raise trouble.broke_off(asked, usage, busy)
        if event.message:
            # A tool's input begins as an empty object, and is streamed after that.
            self.message(msgspec.structs.replace(event.message, content=[]))
        self.counted(event.usage)
        if event.delta:
            self.stop = event.delta.stop_reason or self.stop
            self._say(event.delta.text or event.delta.partial_json)

    def counted(self, usage: _Usage | None) -> None:
        """What the provider has counted up to now."""
        self._usage = usage.after(self._usage) if usage else self._usage

    def _say(self, text: str) -> None:
        if text:
            self._text.append(text)
            self._call.hear(text)

    def reply(self, asked: trouble.Asked) -> Reply:
        """All of it. Raises ProviderError for a refusal."""
        usage = self._usage.told() if self._usage else None
        if self.stop == "refusal":
            raise trouble.declined(asked, usage)
        return Reply("".join(self._text), self._model, self.stop, usage)


async def _heard(response: AsyncAPIResponse[Any], call: Call, asked: trouble.Asked) -> Reply:
    """Read the answer to its end. Raises ProviderError, msgspec.DecodeError and what the wire raises."""
    told = _Told(call)
    if not streams.is_stream(response.headers):
        told.message(_WHOLE.decode(await response.read()))
        return told.reply(asked)
    async for data in streams.events(response.iter_lines()):
        told.event(_EVENTS.decode(data), asked)
    if not told.stop:
        raise trouble.unreachable(asked)
    return told.reply(asked)
