"""Every server that speaks OpenAI's chat completions, through OpenAI's own SDK."""

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
    from openai import AsyncOpenAI

_NO_KEY = "none"  # the SDK insists on one; servers without keys do not read it
_NO_CREDIT = "insufficient_quota"


class _Message(msgspec.Struct):
    content: str | None = None
    refusal: str | None = None


class _Choice(msgspec.Struct):
    message: _Message
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


class _Completion(msgspec.Struct):
    choices: list[_Choice]
    model: str | None = None
    usage: _Usage | None = None


_DECODER = msgspec.json.Decoder(_Completion)


class OpenAICompatible:
    """OpenAI, Google, xAI, the bundled server, or any address. `plain` models are asked without a schema."""

    def __init__(self, name: str, spec: ProviderSpec, access: Access, plain: frozenset[str] = frozenset()) -> None:
        self._name, self._spec, self._access, self._plain = name, spec, access, plain
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
        body = await self._ask(call)
        try:
            told = _DECODER.decode(body)
            choice = told.choices[0]
        except (msgspec.DecodeError, UnicodeDecodeError, IndexError) as error:
            raise trouble.malformed(self._asked(call)) from error
        usage = told.usage.told() if told.usage else None
        if choice.message.refusal or choice.finish_reason == "content_filter":
            why = f"{call.turn.model} at {self._name} refused to answer"
            raise ProviderError("refused", why, retryable=False, usage=usage)
        finish = choice.finish_reason or ""
        return Reply(choice.message.content or "", told.model or call.turn.model, finish, usage)

    async def _ask(self, call: Call) -> bytes:
        client = await self._client.get()
        import openai

        schema = answer.schema(call.shape, bounded=self._spec.bounded_strings)
        wanted = {"type": "json_schema", "json_schema": {"name": "answer", "strict": True, "schema": schema}}
        extra = {self._spec.output_tokens_key: call.turn.max_output_tokens, **call.turn.parameters}
        if call.turn.model not in self._plain:
            extra["response_format"] = wanted
        asked = self._asked(call)
        try:
            raw = await client.chat.completions.with_raw_response.create(
                model=call.turn.model,
                messages=[
                    {"role": "system", "content": call.prompt.system},
                    {"role": "user", "content": call.prompt.user},
                ],
                extra_body=extra,
                extra_headers={"Idempotency-Key": call.id},
                timeout=call.timeout_s,
            )
        except openai.APITimeoutError as error:
            raise trouble.timed_out(asked, call.timeout_s) from error
        except openai.APIStatusError as error:
            raise _out_of_credit(asked, error.code) or trouble.refused(
                asked, error.status_code, error.response.headers, error.message
            ) from error
        except openai.APIConnectionError as error:
            raise trouble.unreachable(asked) from error
        except openai.APIError as error:
            raise trouble.malformed(asked) from error
        return raw.content

    async def reach(self) -> Reach:
        """With a key: that it is there. Without: that the server at the address lists its models."""
        if self._access.missing:
            return Reach(ok=False, why=self._access.missing)
        if self._spec.key_env:
            return Reach(ok=True)
        client = await self._client.get()
        import openai

        try:
            await client.models.with_raw_response.list(timeout=2.0)
        except openai.APIStatusError as error:
            # It answers: some servers list nothing, and a 5xx may pass before the turn comes.
            ok = error.status_code not in (401, 403)
            return Reach(ok=ok, why="" if ok else f"{self._access.address} refuses the key ({error.status_code})")
        except openai.APIError:
            return Reach(ok=False, why=f"no server answers at {self._access.address}")
        return Reach(ok=True)

    def _asked(self, call: Call) -> trouble.Asked:
        return trouble.Asked(self._name, call.turn.model, self._spec.key_env, self._access)


def _out_of_credit(asked: trouble.Asked, code: str | None) -> ProviderError | None:
    if code != _NO_CREDIT:
        return None
    return ProviderError("rate_limited", f"{asked.place}: the account's credit is used up (429)", retryable=False)
