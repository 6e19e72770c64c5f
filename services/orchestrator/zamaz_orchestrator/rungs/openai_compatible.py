"""A server with OpenAI's chat completions, through OpenAI's client: the bundled llama.cpp, Grok, and other clouds.

Where the server tells the likeliest first tokens, a lettered question costs one token and gives probabilities;
elsewhere the answer is held to a JSON schema.
"""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any

from pydantic import SecretStr

from zamaz.events.debater import Usage
from zamaz.events.flow import RungSetting
from zamaz_orchestrator.port import Inquiry, PassUp, Reply, odds_of

if TYPE_CHECKING:
    from openai import AsyncOpenAI

LIKELIEST = 20
"""As many first tokens as the API tells."""
RATE_LIMITED, TIMED_OUT, NOT_FOUND = 429, (408, 504), 404


def _client(url: str, key: str) -> AsyncOpenAI:
    """The import takes a second of CPU, so it happens here, in a thread."""
    from openai import AsyncOpenAI

    return AsyncOpenAI(base_url=url, api_key=key, max_retries=0)


class OpenAIJudge:
    """Asks the server at `url` (its OpenAI-compatible base URL). `missing` says what to set where it cannot be asked.

    `lettered`: it tells the likeliest first tokens. `output_key` is what it calls the bound on output tokens.
    """

    def __init__(
        self,
        url: str,
        missing: str = "",
        *,
        key: SecretStr | None = None,
        lettered: bool = False,
        output_key: str = "max_tokens",
    ) -> None:
        self._url, self._missing, self._key = url, missing, key
        self._lettered, self._output_key = lettered, output_key
        self._opening: asyncio.Task[AsyncOpenAI] | None = None

    async def ask(self, inquiry: Inquiry, rung: RungSetting, timeout: float) -> Reply:
        """The model's reply within `timeout` seconds. Raises PassUp, and TimeoutError."""
        lettered = self._lettered and bool(inquiry.lettered)
        made = await self._completed(self._request(inquiry, rung, lettered=lettered), timeout)
        if not made.choices:
            raise PassUp(f"the server at {self._url} sent no answer")
        choice, usage = made.choices[0], _counted(made.usage) if made.usage else None
        name = made.model or rung.model
        if choice.message.refusal:
            raise PassUp(f"{name} refuses to answer", "refused", usage)
        if lettered:
            if not (likely := _likely(choice)):
                self._lettered = False
                raise PassUp("its server tells no likelihoods: from now on it is asked for JSON", "schema")
            return Reply("", name, usage, odds_of(inquiry.options, likely))
        return Reply(choice.message.content or "", name, usage)

    async def warm(self, inquiry: Inquiry, rung: RungSetting) -> None:
        """One token of the prompt that never changes. Raises PassUp."""
        lettered = self._lettered and bool(inquiry.lettered)
        await self._completed({**self._request(inquiry, rung, lettered=lettered), self._output_key: 1}, rung.timeout_s)

    async def _completed(self, request: dict[str, Any], timeout: float) -> Any:
        if self._missing or not self._url:
            raise PassUp(self._missing or "it has no address", "not_configured")
        secret = self._key.get_secret_value() if self._key else "none"
        self._opening = self._opening or asyncio.create_task(asyncio.to_thread(_client, self._url, secret))
        client = await asyncio.shield(self._opening)
        from openai import APIConnectionError, APIStatusError, APITimeoutError, OpenAIError

        try:
            return await client.chat.completions.create(**request, timeout=timeout)
        except APITimeoutError as error:
            raise TimeoutError from error
        except APIConnectionError as error:
            raise PassUp(f"no server answers at {self._url}", "unreachable") from error
        except APIStatusError as error:
            raise _refused(self._url, error.status_code) from error
        except OpenAIError as error:
            raise PassUp(f"the server at {self._url} does not answer as expected: {type(error).__name__}") from error

    def _request(self, inquiry: Inquiry, rung: RungSetting, *, lettered: bool) -> dict[str, Any]:
        request: dict[str, Any] = {
            "model": rung.model,
            "messages": [{"role": "user", "content": inquiry.lettered if lettered else inquiry.prompt}],
            "temperature": 0,
        }
        if lettered:
            request |= {"logprobs": True, "top_logprobs": LIKELIEST, self._output_key: 1}
        else:
            shape = {"name": "ruling", "strict": True, "schema": inquiry.schema}
            request |= {"response_format": {"type": "json_schema", "json_schema": shape}}
            request[self._output_key] = inquiry.max_tokens
        return request | rung.parameters

    async def close(self) -> None:
        """Close the connections."""
        if self._opening:
            await (await self._opening).close()


def _counted(told: Any) -> Usage:
    """Some providers leave what was thought out of `completion_tokens`; the total has it."""
    inside, outside = told.prompt_tokens_details, told.completion_tokens_details
    return Usage(
        input=told.prompt_tokens,
        cached_input=(inside.cached_tokens or 0) if inside else 0,
        output=max(told.completion_tokens, (told.total_tokens or 0) - told.prompt_tokens),
        reasoning=(outside.reasoning_tokens or 0) if outside else 0,
    )


def _likely(choice: Any) -> dict[str, float]:
    """The first token's candidates and their logarithms; {} where the server tells none."""
    content = choice.logprobs.content if choice.logprobs else None
    return {one.token: one.logprob for one in content[0].top_logprobs} if content else {}


def _refused(url: str, status: int) -> PassUp:
    why = f"the server at {url} answers {status}"
    if status == RATE_LIMITED:
        return PassUp(why, "limited")
    if status in TIMED_OUT:
        return PassUp(why, "timeout")
    return PassUp(why, "missing_model" if status == NOT_FOUND else "error")
