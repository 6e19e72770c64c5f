"""Views follow the log: from where they stand up to its present end."""

from __future__ import annotations

from collections.abc import Callable

from zamaz import subjects
from zamaz.events import Recorded
from zamaz.log import Log
from zamaz.replay import replay
from zamaz.views.views import Views

AT_ONCE = 5000
"""Facts of one transaction: the more of them add to the same sums, the fewer rows are written."""

Told = Callable[[int, int], None]


def quietly(_at: int, _end: int) -> None:
    """Nobody watches."""


async def catch_up(views: Views, log: Log, told: Told = quietly) -> None:
    """Take every fact that they do not know. `told` hears the sequence that they have reached, and the log's last.

    Views that know more than the log has followed another one, or it was restored from a backup: they are made anew.
    Raises LogUnavailable and ViewUnavailable.
    """
    end = (await log.nc.jetstream().stream_info(subjects.EVENTS)).state.last_seq
    if views.position() > end:
        views.empty("they knew more than this log has: it was restored, or is another one")
    waiting: list[Recorded] = []
    async for batch in replay(log.nc, views.position() + 1, views.filters):
        waiting += batch
        if len(waiting) >= AT_ONCE:
            views.take(waiting)
            told(waiting[-1].seq, end)
            waiting = []
    views.take(waiting)
    told(end, end)
