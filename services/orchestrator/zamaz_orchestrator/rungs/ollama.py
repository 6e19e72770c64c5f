"""A model served by Ollama, through its own client."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

from zamaz.events.debater import Usage
from zamaz_orchestrator.judgement import MAX_OUTPUT_TOKENS, SCHEMA, PassUp, Reply

if TYPE_CHECKING:
    from ollama import AsyncClient

NAME = "ollama"
MISSING = 404


def _client(host: str) -> AsyncClient:
    """The import takes a moment of CPU, so it happens here, in a thread."""
    from ollama import AsyncClient

    return AsyncClient(host)


class OllamaJudge:
    """Asks the Ollama server at `host` (OLLAMA_HOST's form; "" when there is none)."""

    def __init__(self, host: str) -> None:
        self._host = host
        self._opening: asyncio.Task[AsyncClient] | None = None

    async def ask(self, prompt: str, model: str, timeout: float) -> Reply:
        """The model's reply within `timeout` seconds. Raises PassUp, and TimeoutError."""
        if not self._host:
            raise PassUp("OLLAMA_HOST is not set")
        self._opening = self._opening or asyncio.create_task(asyncio.to_thread(_client, self._host))
        client = await asyncio.shield(self._opening)
        from httpx import HTTPError
        from ollama import ResponseError

        try:
            async with asyncio.timeout(timeout):
                made = await client.chat(
                    model,
                    [{"role": "user", "content": prompt}],
                    format=SCHEMA,
                    options={"temperature": 0, "num_predict": MAX_OUTPUT_TOKENS},
                )
        except ResponseError as error:
            raise PassUp(_refusal(self._host, model, error.status_code)) from error
        except (ConnectionError, HTTPError) as error:
            raise PassUp(f"no Ollama answers at {self._host}") from error
        except ValueError as error:
            raise PassUp(f"the server at {self._host} does not answer as Ollama does") from error
        usage = Usage(input=made.prompt_eval_count or 0, output=made.eval_count or 0)
        return Reply(made.message.content or "", made.model or model, usage if made.eval_count else None)

    async def close(self) -> None:
        """Close the connections."""
        if self._opening:
            await (await self._opening).close()  # type: ignore[no-untyped-call]


def _refusal(host: str, model: str, status: int) -> str:
    if status == MISSING:
        return f"the Ollama at {host} has no model {model}: `ollama pull {model}`"
    return f"the Ollama at {host} answers {status}"
