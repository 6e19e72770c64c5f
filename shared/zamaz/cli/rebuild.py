"""`zamaz views rebuild`."""

from __future__ import annotations

import time

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

from zamaz.cli.server import debates
from zamaz.cli.settings import CliSettings
from zamaz.cli.viewing import EVERY, opened
from zamaz.cli.voice import say


async def rebuilding() -> None:
    """Empty every view and fill it anew, with a bar on a terminal. Raises what `opened` raises."""
    settings = CliSettings()
    began = time.monotonic()
    bar = (TextColumn("facts"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
    async with debates(settings, say, services=False) as client:
        with Progress(*bar, console=Console(stderr=True), transient=True) as progress:
            task = progress.add_task("facts", total=None)

            def told(at: int, end: int) -> None:
                progress.update(task, completed=at, total=end)

            views = await opened(client, settings, EVERY, told=told, anew="as asked")
    say(f"made anew in {time.monotonic() - began:.1f} s, up to {views.position()}: {views.store.where}")
