"""The work view, put together."""

from __future__ import annotations

from collections.abc import Sequence

from zamaz import subjects
from zamaz.events import Recorded
from zamaz.events.operator import FACTS as LEFT
from zamaz.views.batch import Batch
from zamaz.views.store import Rows
from zamaz.views.view import View
from zamaz.views.work import fold, rulings
from zamaz.views.work.fold import Folding
from zamaz.views.work.forget import forget
from zamaz.views.work.known import Known, known
from zamaz.views.work.tables import DETAILS, SUMS

CHANGES = {**fold.CHANGES, **rulings.CHANGES}


class WorkView(View):
    """Turns, rulings, calls, participants; spending, endings, outcomes, latencies and agreement in sums. Nothing is
    left of a debate that was taken out of the log."""

    name = "work"
    edition = 2
    tables = (*DETAILS, *SUMS)
    filters = tuple(subjects.each(fact.voice, fact.__name__, keyed=bool(fact.key)) for fact in (*CHANGES, *LEFT))

    def fold(self, rows: Rows, facts: Sequence[Recorded]) -> None:
        """Take the facts into the rows."""
        batch = Batch()
        folding = Folding(batch, known(rows, facts))
        for heard in facts:
            if isinstance(heard.fact, LEFT):
                _gone(rows, batch, folding.known, heard.debate)
            elif change := CHANGES.get(type(heard.fact)):  # type: ignore[arg-type]
                change(folding, heard.fact, heard)
        batch.write(rows)


def _gone(rows: Rows, batch: Batch, before: Known, debate: str) -> None:
    batch.write(rows)
    forget(rows, batch, debate)
    batch.write(rows)
    for table in SUMS:
        counted = list(table.columns)[len(table.key)]
        rows.run(f"DELETE FROM {table.name} WHERE {counted} = 0")
    before.parties.pop(debate, None)
    before.turn_calls -= {call for call in before.turn_calls if call[0] == debate}
