"""The bundled llama.cpp server, through OpenAI's client."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any, cast

from zamaz.events.debater import Usage
from zamaz_orchestrator.judgement import MAX_OUTPUT_TOKENS, SCHEMA, PassUp, Reply

if TYPE_CHECKING:
    from openai import AsyncOpenAI

NAME = "local"


def _client(url: str) -> AsyncOpenAI:
    """The import takes a second of CPU, so it happens here, in a thread."""
    from openai import AsyncOpenAI

    return AsyncOpenAI(base_url=url, api_key="none", max_retries=0)


class LocalJudge:
    """Asks the server at `url` (its OpenAI-compatible base URL; "" when there is none)."""

    def __init__(self, url: str) -> None:
        self._url = url
        self._opening: asyncio.Task[AsyncOpenAI] | None = None

    async def ask(self, prompt: str, model: str, timeout: float) -> Reply:
        """The model's reply within `timeout` seconds. Raises PassUp, and TimeoutError."""
        if not self._url:
            raise PassUp("ZAMAZ_LOCAL_URL is not set")
        self._opening = self._opening or asyncio.create_task(asyncio.to_thread(_client, self._url))
        client = await asyncio.shield(self._opening)
        from openai import APIConnectionError, APIStatusError, APITimeoutError, OpenAIError

        try:
            made = await client.chat.completions.create(**_request(prompt, model), timeout=timeout)
        except APITimeoutError as error:
            raise TimeoutError from error
        except APIConnectionError as error:
            raise PassUp(f"no server answers at {self._url}") from error
        except APIStatusError as error:
            raise PassUp(f"the server at {self._url} answers {error.status_code}") from error
        except OpenAIError as error:
            raise PassUp(f"the server at {self._url} does not answer as expected: {error}") from error
        if not made.choices:
            raise PassUp(f"the server at {self._url} sent no answer")
        counted = made.usage
        usage = Usage(input=counted.prompt_tokens, output=counted.completion_tokens) if counted else None
        return Reply(made.choices[0].message.content or "", made.model or model, usage)

    async def close(self) -> None:
        """Close the connections."""
        if self._opening:
            await (await self._opening).close()


def _request(prompt: str, model: str) -> dict[str, Any]:
    shape = {"type": "json_schema", "json_schema": {"name": "judgement", "strict": True, "schema": SCHEMA}}
    return {
        "model": model,
        "messages": [{"role": "user", "content": prompt}],
        "response_format": cast(Any, shape),
        "temperature": 0,
        "max_tokens": MAX_OUTPUT_TOKENS,
    }
