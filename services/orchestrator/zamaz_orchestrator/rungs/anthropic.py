"""A model of Anthropic's, through its own client. It is told in words to answer in JSON, and held to it on reading."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

from zamaz.events.debater import Usage
from zamaz.events.flow import RungSetting
from zamaz.service.access import Access
from zamaz_orchestrator.port import Inquiry, PassUp, Reply

if TYPE_CHECKING:
    from anthropic import AsyncAnthropic

RATE_LIMITED, NOT_FOUND = (429, 529), 404


def _client(access: Access) -> AsyncAnthropic:
    """The import takes a second of CPU, so it happens here, in a thread."""
    from anthropic import AsyncAnthropic

    key = access.key.get_secret_value() if access.key else "none"
    return AsyncAnthropic(base_url=access.address or None, api_key=key, max_retries=0)


class AnthropicJudge:
    """Asks the API that `access` reaches."""

    def __init__(self, access: Access) -> None:
        self._access = access
        self._opening: asyncio.Task[AsyncAnthropic] | None = None

    async def ask(self, inquiry: Inquiry, rung: RungSetting, timeout: float) -> Reply:
        """The model's reply within `timeout` seconds. Raises PassUp, and TimeoutError."""
        if self._access.missing:
            raise PassUp(self._access.missing, "not_configured")
        self._opening = self._opening or asyncio.create_task(asyncio.to_thread(_client, self._access))
        client = await asyncio.shield(self._opening)
        import anthropic

        try:
            made = await client.messages.create(
                model=rung.model,
                messages=[{"role": "user", "content": inquiry.prompt}],
                max_tokens=inquiry.max_tokens,
                timeout=timeout,
                extra_body=rung.parameters or None,
            )
        except anthropic.APITimeoutError as error:
            raise TimeoutError from error
        except anthropic.APIConnectionError as error:
            raise PassUp("no server answers where Anthropic's API is", "unreachable") from error
        except anthropic.APIStatusError as error:
            raise _refused(rung.model, error.status_code) from error
        except anthropic.AnthropicError as error:
            raise PassUp(f"Anthropic's API does not answer as expected: {type(error).__name__}") from error
        read = made.usage.cache_read_input_tokens or 0
        whole = made.usage.input_tokens + read + (made.usage.cache_creation_input_tokens or 0)
        usage = Usage(input=whole, cached_input=read, output=made.usage.output_tokens)
        if made.stop_reason == "refusal":
            raise PassUp(f"{made.model} refuses to answer", "refused", usage)
        text = "".join(block.text for block in made.content if block.type == "text")
        return Reply(text, made.model or rung.model, usage)

    async def warm(self, inquiry: Inquiry, rung: RungSetting) -> None:
        """Nothing: it would be paid for."""

    async def close(self) -> None:
        """Close the connections."""
        if self._opening:
            await (await self._opening).close()


def _refused(model: str, status: int) -> PassUp:
    why = f"Anthropic's API answers {status} for {model}"
    if status in RATE_LIMITED:
        return PassUp(why, "limited")
    return PassUp(why, "missing_model" if status == NOT_FOUND else "error")
