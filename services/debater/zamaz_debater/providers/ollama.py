"""Ollama, through its own client."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from zamaz.alive import Reach
from zamaz.events.debater import Usage
from zamaz_debater import answer
from zamaz_debater.providers import trouble
from zamaz_debater.providers.port import Asking, Call, Made, Reply
from zamaz_debater.settings import Access

if TYPE_CHECKING:
    from ollama import AsyncClient, ChatResponse

_LATEST = ":latest"
_DEFAULT_CONTEXT, _MOST_CONTEXT = 4096, 131_072
_BYTES_A_TOKEN = 3


class Ollama:
    """An Ollama server. `asking` says by model whether the block is asked for by a schema."""

    def __init__(self, name: str, access: Access, asking: Mapping[str, Asking] = {}) -> None:
        self._name, self._access, self._asking = name, access, asking
        self._client: Made[AsyncClient] = Made(self._make)

    def _make(self) -> AsyncClient:
        from ollama import AsyncClient

        return AsyncClient(host=self._access.address or None)

    async def ready(self) -> None:
        """Import the client."""
        await self._client.get()

    async def reach(self) -> Reach:
        """The models that the server has pulled; those tagged `latest` also under their bare name."""
        client = await self._client.get()
        import httpx
        from ollama import ResponseError

        try:
            listed = await client.list()
        except (ConnectionError, httpx.HTTPError, ResponseError, ValueError):
            where = self._access.address or "its default address"
            return Reach(ok=False, why=f"no Ollama answers at {where}: start it, or set OLLAMA_HOST")
        names = [model.model for model in listed.models if model.model]
        bare = [name.removesuffix(_LATEST) for name in names if name.endswith(_LATEST)]
        return Reach(ok=True, models=tuple(sorted({*names, *bare})))

    async def answer(self, call: Call) -> Reply:
        """Ask once. Raises ProviderError."""
        client = await self._client.get()
        import httpx
        from ollama import ResponseError

        asked = trouble.Asked(self._name, call.turn.model, "", self._access)
        try:
            return await self._heard(client, call, asked)
        except ResponseError as error:
            raise trouble.refused(asked, error.status_code, {}, error.error) from error
        except httpx.TimeoutException as error:
            raise trouble.timed_out(asked, call.timeout_s) from error
        except (ConnectionError, httpx.HTTPError) as error:
            raise trouble.unreachable(asked) from error
        except (ValueError, TypeError, AttributeError) as error:
            # Its client reads each line as it comes, whatever that holds.
            raise trouble.malformed(asked) from error

    async def _heard(self, client: AsyncClient, call: Call, asked: trouble.Asked) -> Reply:
        by_schema = self._asking.get(call.turn.model, "schema") == "schema"
        texts: list[str] = []
        last: ChatResponse | None = None
        async for last in await client.chat(
            model=call.turn.model,
            messages=[
                {"role": "system", "content": call.prompt.system},
                {"role": "user", "content": call.prompt.user},
            ],
            format=answer.schema(call.shape, bounded=True) if by_schema else None,
            options=_options(call),
            stream=True,
        ):
            if text := last.message.content if last.message else None:
                texts.append(text)
                call.hear(text)
        if last is None or not last.done:
            raise trouble.unreachable(asked)
        counted = last.prompt_eval_count is not None or last.eval_count is not None
        usage = Usage(input=last.prompt_eval_count or 0, output=last.eval_count or 0) if counted else None
        return Reply("".join(texts), last.model or call.turn.model, last.done_reason or "", usage)


def _options(call: Call) -> dict[str, Any]:
    """Ollama cuts a prompt that is longer than its context silently, so a long one asks for more."""
    made: dict[str, Any] = {"num_predict": call.turn.max_output_tokens}
    wanted = call.prompt.size // _BYTES_A_TOKEN + call.turn.max_output_tokens
    if wanted > _DEFAULT_CONTEXT:
        made["num_ctx"] = min(_MOST_CONTEXT, -(-wanted // 2048) * 2048)
    return {**made, **call.turn.parameters}
