"""Every server that speaks OpenAI's chat completions, through OpenAI's own SDK."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import msgspec

from zamaz.alive import Reach
from zamaz.definition.models import ProviderSpec
from zamaz.events.debater import Usage
from zamaz_debater import answer
from zamaz_debater.providers import streams, trouble
from zamaz_debater.providers.port import Asking, Call, Made, ProviderError, Reply
from zamaz_debater.settings import Access

if TYPE_CHECKING:
    from openai import AsyncOpenAI
    from openai._response import AsyncAPIResponse

_NO_KEY = "none"  # the SDK insists on one; servers without keys do not read it
_DONE = "[DONE]"
_NO_CREDIT = "insufficient_quota"
_TOO_LONG = ("context_length_exceeded", "exceed_context_size_error", "string_above_max_length")
_FILTERS = ("content_filter", "content_policy_violation")


class _Message(msgspec.Struct):
    content: str | None = None
    refusal: str | None = None


class _Choice(msgspec.Struct):
    message: _Message | None = None
    delta: _Message | None = None
    finish_reason: str | None = None


class _InputDetails(msgspec.Struct):
    cached_tokens: int | None = None


class _OutputDetails(msgspec.Struct):
    reasoning_tokens: int | None = None


class _Usage(msgspec.Struct):
    prompt_tokens: int = 0
    completion_tokens: int = 0
    total_tokens: int = 0
    prompt_tokens_details: _InputDetails | None = None
    completion_tokens_details: _OutputDetails | None = None

    def told(self) -> Usage:
        """Some providers leave reasoning out of `completion_tokens`; the total has it."""
        inside, outside = self.prompt_tokens_details, self.completion_tokens_details
        return Usage(
            input=self.prompt_tokens,
            cached_input=(inside.cached_tokens or 0) if inside else 0,
            output=max(self.completion_tokens, self.total_tokens - self.prompt_tokens),
            reasoning=(outside.reasoning_tokens or 0) if outside else 0,
        )


class _Problem(msgspec.Struct):
    message: str | None = None
    code: str | int | None = None
    type: str | None = None


class _Completion(msgspec.Struct):
    """A whole completion, or a chunk of one."""

    choices: list[_Choice] = []
    model: str | None = None
    usage: _Usage | None = None
    error: _Problem | None = None


_DECODER = msgspec.json.Decoder(_Completion)


class OpenAICompatible:
    """OpenAI, Google, xAI, the bundled server, or any address. `asking` says by model how the block is asked for."""

    def __init__(self, name: str, spec: ProviderSpec, access: Access, asking: Mapping[str, Asking] = {}) -> None:
        self._name, self._spec, self._access, self._asking = name, spec, access, asking
        self._client: Made[AsyncOpenAI] = Made(self._make)

    def _make(self) -> AsyncOpenAI:
        from openai import AsyncOpenAI

        key = self._access.key.get_secret_value() if self._access.key else _NO_KEY
        return AsyncOpenAI(api_key=key, base_url=self._access.address or None, max_retries=0)

    async def ready(self) -> None:
        """Import the SDK, where there is something to call."""
        if not self._access.missing:
            await self._client.get()

    async def answer(self, call: Call) -> Reply:
        """Ask once. Raises ProviderError."""
        if self._access.missing:
            raise trouble.not_configured(self._name, self._access)
        client = await self._client.get()
        import httpx2
        import openai

        asked = trouble.Asked(self._name, call.turn.model, self._spec.key_env, self._access)
        try:
            async with client.chat.completions.with_streaming_response.create(
                model=call.turn.model,
                messages=[
                    {"role": "system", "content": call.prompt.system},
                    {"role": "user", "content": call.prompt.user},
                ],
                extra_body=self._body(call),
                extra_headers={"Idempotency-Key": call.id},
                timeout=call.timeout_s,
            ) as response:
                return await _heard(response, call, asked)
        except (openai.APITimeoutError, httpx2.TimeoutException) as error:
            raise trouble.timed_out(asked, call.timeout_s) from error
        except openai.APIStatusError as error:
            raise _by_code(asked, error.code, error.type) or trouble.refused(
                asked, error.status_code, error.response.headers, error.message
            ) from error
        except (openai.APIConnectionError, httpx2.HTTPError) as error:
            raise trouble.unreachable(asked) from error
        except (openai.APIError, msgspec.DecodeError, UnicodeDecodeError) as error:
            raise trouble.malformed(asked) from error

    def _body(self, call: Call) -> dict[str, Any]:
        body: dict[str, Any] = {self._spec.output_tokens_key: call.turn.max_output_tokens}
        if self._spec.streams:
            body |= {"stream": True, "stream_options": {"include_usage": True}}
        if self._asking.get(call.turn.model, "schema") == "schema":
            schema = answer.schema(call.shape, bounded=self._spec.bounded_strings)
            wanted = {"name": "answer", "strict": True, "schema": schema}
            body["response_format"] = {"type": "json_schema", "json_schema": wanted}
        return {**body, **call.turn.parameters}

    async def reach(self) -> Reach:
        """With a key: that it is there. Without: that the server at the address lists its models."""
        if self._access.missing:
            return Reach(ok=False, why=self._access.missing)
        if self._spec.key_env:
            return Reach(ok=True)
        client = await self._client.get()
        import openai

        where = self._access.place
        try:
            await client.models.with_raw_response.list(timeout=2.0)
        except openai.APIStatusError as error:
            # It answers: some servers list nothing, and a 5xx may pass before the turn comes.
            ok = error.status_code not in (401, 403)
            return Reach(ok=ok, why="" if ok else f"{where} refuses the key ({error.status_code})")
        except openai.APIError:
            return Reach(ok=False, why=f"no server answers at {where}")
        return Reach(ok=True)


class _Told:
    """What came so far."""

    def __init__(self, call: Call) -> None:
        self._call = call
        self._text: list[str] = []
        self._usage: Usage | None = None
        self._model, self._refused = call.turn.model, False
        self.chosen, self.finish = False, ""

    def add(self, part: _Completion, asked: trouble.Asked) -> None:
        """One chunk, or the whole. Raises ProviderError for one that tells of trouble."""
        self._model = part.model or self._model
        self._usage = part.usage.told() if part.usage else self._usage
        if part.error:
            raise _by_code(asked, part.error.code, part.error.type) or trouble.broke_off(asked, self._usage)
        for choice in part.choices[:1]:
            self.chosen = True
            self.finish = choice.finish_reason or self.finish
            message = choice.delta or choice.message or _Message()
            self._refused = self._refused or bool(message.refusal)
            if message.content:
                self._text.append(message.content)
                self._call.hear(message.content)

    def reply(self, asked: trouble.Asked) -> Reply:
        """All of it. Raises ProviderError for a refusal."""
        if self._refused:
            raise trouble.declined(asked, self._usage)
        if self.finish in _FILTERS:
            raise trouble.filtered(asked, self._usage)
        return Reply("".join(self._text), self._model, self.finish, self._usage)


async def _heard(response: AsyncAPIResponse[Any], call: Call, asked: trouble.Asked) -> Reply:
    """Read the answer to its end. Raises ProviderError, msgspec.DecodeError and what the wire raises."""
    told = _Told(call)
    if not streams.is_stream(response.headers):
        told.add(_DECODER.decode(await response.read()), asked)
        if not told.chosen:
            raise trouble.malformed(asked)
        return told.reply(asked)
    done = False
    async for data in streams.events(response.iter_lines()):
        if done := data.strip() == _DONE:
            break
        told.add(_DECODER.decode(data), asked)
    if not (done or told.finish):
        raise trouble.unreachable(asked)
    return told.reply(asked)


def _by_code(asked: trouble.Asked, *codes: str | int | None) -> ProviderError | None:
    """Trouble that a code tells more exactly than the status does."""
    if _NO_CREDIT in codes:
        return ProviderError("rate_limited", f"{asked.place}: the account's credit is used up (429)", retryable=False)
    if any(code in _TOO_LONG for code in codes):
        return trouble.too_long(asked)
    return trouble.filtered(asked, None) if any(code in _FILTERS for code in codes) else None
