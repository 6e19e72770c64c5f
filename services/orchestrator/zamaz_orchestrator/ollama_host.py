"""An Ollama server as the command line sees it: what it has, what is loaded, and fetching more."""

from __future__ import annotations

from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from typing import Any

from httpx import HTTPError
from ollama import AsyncClient, ResponseError

from zamaz.errors import words
from zamaz.hosts import Host, HostModel, HostUnreachable, Told


class OllamaHost:
    """Speaks with the Ollama at `address`."""

    def __init__(self, address: str) -> None:
        self._address, self._client = address, AsyncClient(address)

    async def models(self) -> list[HostModel]:
        """What it has, and what of it is loaded. Raises HostUnreachable."""
        async with self._asked():
            listed, running = await self._client.list(), await self._client.ps()
        loaded = {one.model or one.name: one for one in running.models}
        return [_model(one, loaded.get(one.model)) for one in listed.models if one.model]

    async def show(self, model: str) -> dict[str, object]:
        """What it knows of one model. Raises HostUnreachable."""
        async with self._asked():
            shown = await self._client.show(model)
        details = shown.details.model_dump(exclude_none=True) if shown.details else {}
        return {**details, "capabilities": list(shown.capabilities or ()), **dict(shown.modelinfo or {})}

    async def pull(self, model: str, told: Told) -> None:
        """Fetch a model. Raises HostUnreachable."""
        async with self._asked():
            async for step in await self._client.pull(model, stream=True):
                told(step.status or "", step.completed or 0, step.total or 0)

    async def load(self, model: str, keep_alive: str) -> None:
        """Load a model into memory, or drop it. Raises HostUnreachable."""
        keep: Any = int(keep_alive) if keep_alive.lstrip("-").isdecimal() else keep_alive
        async with self._asked():
            await self._client.generate(model, keep_alive=keep)

    async def close(self) -> None:
        """Close the connections."""
        await self._client.close()  # type: ignore[no-untyped-call]

    @asynccontextmanager
    async def _asked(self) -> AsyncGenerator[None, None]:
        try:
            yield
        except ResponseError as error:
            raise HostUnreachable(f"the Ollama at {self._address} says: {error.error}") from error
        except (ConnectionError, HTTPError) as error:
            raise HostUnreachable(f"no Ollama answers at {self._address}: start it, or set OLLAMA_HOST") from error
        except ValueError as error:
            raise HostUnreachable(f"{self._address} does not answer as Ollama does: {words(error)[:200]}") from error


def _model(one: Any, loaded: Any) -> HostModel:
    details = one.details
    return HostModel(
        one.model,
        int(one.size or 0),
        (details.family if details else "") or "",
        (details.parameter_size if details else "") or "",
        (details.quantization_level if details else "") or "",
        loaded is not None,
        loaded.expires_at.isoformat(timespec="seconds") if loaded is not None and loaded.expires_at else "",
    )


def opened(address: str) -> Host:
    """The Ollama at an address."""
    return OllamaHost(address)
