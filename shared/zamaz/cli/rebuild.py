"""`zamaz views rebuild`."""

from __future__ import annotations

import time

from zamaz.cli.server import debates
from zamaz.cli.settings import CliSettings
from zamaz.cli.viewing import EVERY, opened
from zamaz.cli.voice import say


async def rebuilding() -> None:
    """Empty every view and fill it anew. Raises what `opened` raises."""
    settings = CliSettings()
    began = time.monotonic()
    async with debates(settings, say, services=False) as client:
        views = await opened(client, settings, EVERY, anew="as asked")
    say(f"made anew in {time.monotonic() - began:.1f} s, up to {views.position()}: {views.store.where}")
