"""A bar that shows how far a reading of the log has come: on a terminal, and only where it takes a while."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

COLUMNS = (TextColumn("facts"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())


@contextmanager
def bar() -> Iterator[Callable[[int, int], None]]:
    """What to tell how far it is: the sequence that was reached, and the last one. It is shown from the first word on
    that is not the last, and leaves nothing behind."""
    with ExitStack() as shown:
        progress = Progress(*COLUMNS, console=Console(stderr=True), transient=True)

        def told(at: int, end: int) -> None:
            if not progress.task_ids and at < end:
                progress.add_task("facts", completed=at, total=end)
                shown.enter_context(progress)
            for task in progress.task_ids:
                progress.update(task, completed=at, total=end)

        yield told
