"""Models that are being fetched: each once a host, beside the rulings, told as it goes."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable

from zamaz_orchestrator.port import PassUp

Step = Callable[[str, int, int], None]
Fetch = Callable[[str, str, Step], Awaitable[None]]
TOLD_EVERY = 10
"""Percent between two words about a fetch."""


class Pulls:
    """`fetch(host, model, told)` fetches a model and tells its steps: what it does, bytes done, bytes in all. It raises
    PassUp."""

    def __init__(self, fetch: Fetch, told: Callable[[str], None]) -> None:
        self._fetch, self._told = fetch, told
        self._running: dict[tuple[str, str], asyncio.Task[None]] = {}
        self._state: dict[tuple[str, str], str] = {}

    def begin(self, host: str, model: str) -> str:
        """Fetch it, unless that runs already; how far it is, in words."""
        key = host, model
        if key not in self._running or self._running[key].done():
            self._running[key] = asyncio.create_task(self._run(key))
        return self._state.get(key, "it is being fetched")

    async def _run(self, key: tuple[str, str]) -> None:
        host, model = key
        shown = -TOLD_EVERY

        def step(what: str, done: int, whole: int) -> None:
            nonlocal shown
            percent = 100 * done // whole if whole else 0
            self._state[key] = f"it is being fetched, {what} {percent} %" if whole else f"it is being fetched, {what}"
            if whole and percent >= shown + TOLD_EVERY:
                shown = percent
                self._told(f"{model} on {host}: {what} {percent} %")

        try:
            await self._fetch(host, model, step)
            self._state.pop(key, None)
            self._told(f"{model} on {host}: fetched")
        except PassUp as error:
            # It is tried again at the next ruling that wants it.
            self._state[key] = f"fetching it failed: {error.why}"
            self._told(f"{model} on {host}: {self._state[key]}")

    async def close(self) -> None:
        """Leave off."""
        for task in self._running.values():
            task.cancel()
        await asyncio.gather(*self._running.values(), return_exceptions=True)
