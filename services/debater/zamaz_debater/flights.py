"""One call a turn in this process: a second delivery of a turn awaits the first."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable


class Flights:
    """What is in work now, by turn. The work goes on when whoever waits for it is cancelled."""

    def __init__(self) -> None:
        self._open: dict[str, asyncio.Task[list[str]]] = {}

    async def join(self, key: str, start: Callable[[], Awaitable[list[str]]]) -> list[str]:
        """What the work said, for the one who started it; nothing for those who joined. Raises what it raised."""
        under_way = self._open.get(key)
        if under_way:
            await asyncio.shield(under_way)
            return []
        task = asyncio.ensure_future(_awaited(start))
        self._open[key] = task
        task.add_done_callback(lambda _: self._open.pop(key, None))
        return await asyncio.shield(task)

    def __len__(self) -> int:
        return len(self._open)


async def _awaited(start: Callable[[], Awaitable[list[str]]]) -> list[str]:
    return await start()
