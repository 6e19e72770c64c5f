"""The `budgets` view: a row a budget that debates share, and a row a debate that has a budget of its own.

Money is counted in whole units of 1e-10 dollar, as everywhere in the views.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from decimal import Decimal
from typing import Any

from zamaz import subjects
from zamaz.events import Fact, Recorded
from zamaz.events.cost import BudgetThresholdReached, Reserved, Settled, SpendRefused, SpendReserved
from zamaz.events.operator import FACTS as LEFT
from zamaz.events.workflow import SpendRequested
from zamaz.views.batch import Batch, Columns
from zamaz.views.store import Rows
from zamaz.views.tables import INTEGER, TEXT, Table
from zamaz.views.view import View
from zamaz.views.work.tables import UNIT_USD

BUDGETS = Table(
    "budgets",
    ("budget",),
    {
        "budget": TEXT,
        "scope": TEXT,
        "requester": TEXT,
        "span": TEXT,
        "limit_amount": INTEGER,
        "reserved": INTEGER,
        "settled": INTEGER,
    },
)
"""`span` is the day, the month, or `all`; `reserved` what is held for debates that run, `settled` what others took."""

ENVELOPES = Table(
    "envelopes",
    ("debate",),
    {
        "debate": TEXT,
        "requester": TEXT,
        "limited": INTEGER,
        "limit_amount": INTEGER,
        "reserved": INTEGER,
        "asked_at": TEXT,
    },
)
"""A debate that asked for money: `limited` by a budget of its own or not; `reserved` is all that it was given, spent
since or not. What it has spent is in the calls, whether it is billed in the debates."""

SHARES = Table("shares", ("budget", "percent"), {"budget": TEXT, "percent": INTEGER, "reached_at": TEXT})
"""The shares of a budget (or of a debate's own) that are spent, as far as somebody was to be told."""

_SPAN = re.compile(r"(\d{4}-\d{2}(-\d{2})?|all)\Z")


def _units(amount: Any) -> int:
    return int(amount / UNIT_USD)


def _reserved(batch: Batch, fact: Reserved, heard: Recorded) -> None:
    batch.put(BUDGETS, (heard.debate,), _told(heard.debate, fact.scope, fact.requester, fact.limit_usd))
    batch.add(BUDGETS, (heard.debate,), {"reserved": _units(fact.amount_usd), "settled": 0})


def _settled(batch: Batch, fact: Settled, heard: Recorded) -> None:
    counts = {"reserved": -_units(fact.reserved_usd), "settled": _units(fact.spent_usd)}
    batch.add(BUDGETS, (heard.debate,), counts)


def _refused(batch: Batch, fact: SpendRefused, requester: str) -> None:
    """A budget that was too small for whoever came first has no other fact."""
    if fact.budget and fact.limit_usd is not None:
        batch.put(BUDGETS, (fact.budget,), _told(fact.budget, fact.scope, requester, fact.limit_usd))


def _told(budget: str, scope: str, requester: str, limit_usd: Decimal) -> Columns:
    found = _SPAN.search(budget)
    whose = requester if scope == "requester" else ""
    span = found.group() if found else ""
    return {"scope": scope, "requester": whose, "span": span, "limit_amount": _units(limit_usd)}


def _reached(batch: Batch, fact: BudgetThresholdReached, heard: Recorded) -> None:
    batch.put(SHARES, (heard.debate, fact.percent), {"reached_at": heard.stamp})


def _asked(batch: Batch, fact: SpendRequested, heard: Recorded) -> None:
    told = {"requester": fact.requester, "limited": int(fact.limit_usd is not None), "asked_at": heard.stamp}
    batch.put(ENVELOPES, (heard.debate,), {**told, "limit_amount": _units(fact.limit_usd or 0)})


def _given(batch: Batch, fact: SpendReserved, heard: Recorded) -> None:
    batch.add(ENVELOPES, (heard.debate,), {"reserved": _units(fact.amount_usd)})


CHANGES: dict[type[Fact], Callable[[Batch, Any, Recorded], None]] = {
    Reserved: _reserved,
    Settled: _settled,
    BudgetThresholdReached: _reached,
    SpendRequested: _asked,
    SpendReserved: _given,
}


HEARD: tuple[type[Fact], ...] = (*CHANGES, SpendRefused, *LEFT)


class BudgetsView(View):
    """What is left of every budget. A debate that was taken out of the log has none of its own any more; what it took
    from others' stands on their ids."""

    name = "budgets"
    tables = (BUDGETS, ENVELOPES, SHARES)
    filters = tuple(subjects.each(fact.voice, fact.__name__, keyed=bool(fact.key)) for fact in HEARD)

    def fold(self, rows: Rows, facts: Sequence[Recorded]) -> None:
        """Take the facts into the rows."""
        batch = Batch()
        for heard in facts:
            if isinstance(heard.fact, LEFT):
                batch.write(rows)
                rows.run("DELETE FROM envelopes WHERE debate = ?", (heard.debate,))
                rows.run("DELETE FROM shares WHERE budget = ?", (heard.debate,))
            elif isinstance(heard.fact, SpendRefused):
                _refused(batch, heard.fact, _requester(rows, batch, heard.debate))
            elif change := CHANGES.get(type(heard.fact)):  # type: ignore[arg-type]
                change(batch, heard.fact, heard)
        batch.write(rows)


def _requester(rows: Rows, batch: Batch, debate: str) -> str:
    """Who asked for money for a debate."""
    batch.write(rows)
    found = rows.ask("SELECT requester FROM envelopes WHERE debate = ?", (debate,))
    return str(found[0][0]) if found else ""
