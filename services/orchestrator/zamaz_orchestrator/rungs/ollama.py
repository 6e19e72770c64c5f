"""A model served by Ollama, through its own client: on one host, or on several that share the load.

A server that knows typed decisions (`systemone`) is asked for one; elsewhere the answer is held to a JSON schema.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from typing import TYPE_CHECKING, Any, TypeVar

from zamaz.errors import words
from zamaz.events.debater import Usage
from zamaz.events.flow import RungSetting
from zamaz_orchestrator.port import Inquiry, PassUp, Reply
from zamaz_orchestrator.rungs.hosts import Host, Hosts
from zamaz_orchestrator.rungs.pulls import Pulls

if TYPE_CHECKING:
    from ollama import AsyncClient

T = TypeVar("T")
MISSING, RATE_LIMITED, NO_SUCH_PATH, NO_DECISIONS = 404, 429, (404, 405), 501
LOOK_S = 1.0
QUESTION = "ruling"


def _client(host: str) -> AsyncClient:
    """The import takes a moment of CPU, so it happens here, in a thread."""
    from ollama import AsyncClient

    return AsyncClient(host)


class OllamaJudge:
    """Asks the least busy of the Ollama servers at `addresses` (OLLAMA_HOST's form; none: there is no such rung).

    `told` hears how fetching a model goes on.
    """

    def __init__(self, addresses: tuple[str, ...], told: Callable[[str], None] = lambda _: None) -> None:
        self._clients: dict[str, asyncio.Task[AsyncClient]] = {}
        self._hosts = Hosts(addresses, self._models_of)
        self._pulls = Pulls(self._progress, told)
        self._without_decisions: set[tuple[str, str]] = set()

    async def ask(self, inquiry: Inquiry, rung: RungSetting, timeout: float) -> Reply:
        """The model's reply within `timeout` seconds. Raises PassUp, and TimeoutError."""
        async with asyncio.timeout(timeout), await self._hosts.least_busy(rung.model) as host:
            await self._has_model(host, rung)
            if (host.address, rung.model) not in self._without_decisions:
                if reply := await self._decision(host, inquiry, rung):
                    return reply
                self._without_decisions.add((host.address, rung.model))
            return await self._chat(host, inquiry.prompt, inquiry, rung, inquiry.max_tokens)

    async def warm(self, inquiry: Inquiry, rung: RungSetting) -> None:
        """Load the model on every host and have it read what never changes. Raises PassUp."""
        for host in await self._hosts.healthy():
            await self._has_model(host, rung)
            await self._chat(host, inquiry.prompt, inquiry, rung, 1)

    async def _has_model(self, host: Host, rung: RungSetting) -> None:
        """Raises PassUp where the host lacks the model, fetching it if the rung allows that."""
        if host.models is None or host.has(rung.model):
            return
        where = f"the Ollama at {host.address} has no model {rung.model}"
        if not rung.pull:
            raise PassUp(f"{where}: `ollama pull {rung.model}`", "missing_model")
        raise PassUp(f"{where} yet: {self._pulls.begin(host.address, rung.model)}", "missing_model")

    async def _decision(self, host: Host, inquiry: Inquiry, rung: RungSetting) -> Reply | None:
        """A typed decision; None where this server, or this model, knows none."""
        from ollama import ResponseError

        question = {
            "type": "choice",
            "instructions": inquiry.instructions,
            "criteria": dict.fromkeys(inquiry.options),
        }
        client = await self._client(host.address)
        keep: Any = rung.keep_alive or None
        try:
            made = await client.systemone(rung.model, inquiry.state, {QUESTION: question}, keep)
        except ResponseError as error:
            if error.status_code in (*NO_SUCH_PATH, NO_DECISIONS, 400):
                return None
            raise self._refused(host, rung, error.status_code) from error
        except Exception as error:
            raise self._trouble(host, error) from error
        answer: Any = made.answers.get(QUESTION)
        if answer is None or answer.type != "choice":
            raise PassUp("its decision does not answer what was asked", "schema")
        usage = Usage(input=made.usage.input_tokens, output=made.usage.output_tokens)
        return Reply("", made.model or rung.model, usage, answer.probabilities, answer.confidence)

    async def _chat(self, host: Host, prompt: str, inquiry: Inquiry, rung: RungSetting, most: int) -> Reply:
        from ollama import ResponseError

        client = await self._client(host.address)
        try:
            made = await client.chat(
                rung.model,
                [{"role": "user", "content": prompt}],
                format=inquiry.schema,
                options={"temperature": 0, "num_predict": most, **rung.parameters},
                keep_alive=rung.keep_alive or None,
            )
        except ResponseError as error:
            raise self._refused(host, rung, error.status_code) from error
        except Exception as error:
            raise self._trouble(host, error) from error
        usage = Usage(input=made.prompt_eval_count or 0, output=made.eval_count or 0)
        return Reply(made.message.content or "", made.model or rung.model, usage if made.eval_count else None)

    def _refused(self, host: Host, rung: RungSetting, status: int) -> PassUp:
        if status == MISSING:
            why = f"the Ollama at {host.address} has no model {rung.model}: `ollama pull {rung.model}`"
            return PassUp(why, "missing_model")
        self._hosts.failed(host)
        return PassUp(
            f"the Ollama at {host.address} answers {status}", "limited" if status == RATE_LIMITED else "error"
        )

    def _trouble(self, host: Host, error: Exception) -> BaseException:
        """An SDK's error as a rung tells it."""
        from httpx import HTTPError

        if isinstance(error, PassUp):
            return error
        self._hosts.failed(host)
        if isinstance(error, ConnectionError | HTTPError):
            return PassUp(f"no Ollama answers at {host.address}", "unreachable")
        if isinstance(error, ValueError):
            return PassUp(f"the server at {host.address} does not answer as Ollama does")
        return error

    async def _models_of(self, address: str) -> tuple[str, ...] | None:
        """What a host has; None where it does not say. Raises ConnectionError where nobody answers."""
        from httpx import HTTPError
        from ollama import ResponseError

        client = await self._client(address)
        try:
            async with asyncio.timeout(LOOK_S):
                listed = await client.list()
        except (HTTPError, TimeoutError) as error:
            raise ConnectionError(address) from error
        except (ResponseError, ValueError):
            return None
        return tuple(one.model for one in listed.models if one.model)

    async def _progress(self, address: str, model: str, told: Callable[[str, int, int], None]) -> None:
        client = await self._client(address)
        try:
            async for step in await client.pull(model, stream=True):
                told(step.status or "", step.completed or 0, step.total or 0)
        except Exception as error:
            raise PassUp(words(error)[:200], "missing_model") from error
        self._hosts.look_again(address)

    def _client(self, address: str) -> Awaitable[AsyncClient]:
        if address not in self._clients:
            self._clients[address] = asyncio.create_task(asyncio.to_thread(_client, address))
        return asyncio.shield(self._clients[address])

    async def close(self) -> None:
        """Close the connections, and leave off fetching."""
        await self._pulls.close()
        for opening in self._clients.values():
            await (await opening).close()  # type: ignore[no-untyped-call]
