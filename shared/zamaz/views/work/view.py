"""The work view, put together."""

from __future__ import annotations

from collections.abc import Sequence

from zamaz import subjects
from zamaz.events import LEFT, Recorded
from zamaz.views.batch import Batch
from zamaz.views.store import Rows
from zamaz.views.view import View
from zamaz.views.work import fold, rulings
from zamaz.views.work.fold import Folding
from zamaz.views.work.forget import forget
from zamaz.views.work.known import known
from zamaz.views.work.tables import DETAILS, SUMS

CHANGES = {**fold.CHANGES, **rulings.CHANGES}


class WorkView(View):
    """Turns, rulings, calls, participants; spending, endings, outcomes, latencies and agreement in sums."""

    name = "work"
    tables = (*DETAILS, *SUMS)
    filters = tuple(subjects.each(fact.voice, fact.__name__, keyed=bool(fact.key)) for fact in (*CHANGES, *LEFT))

    def fold(self, rows: Rows, facts: Sequence[Recorded]) -> None:
        """Take the facts into the rows."""
        batch = Batch()
        folding = Folding(batch, known(rows, facts))
        for heard in facts:
            if isinstance(heard.fact, LEFT):
                batch.write(rows)
                forget(rows, batch, heard.debate)
                batch.write(rows)
                folding = Folding(batch, known(rows, facts))
            elif change := CHANGES.get(type(heard.fact)):  # type: ignore[arg-type]
                change(folding, heard.fact, heard)
        batch.write(rows)
