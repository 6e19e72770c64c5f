"""What is left of budgets, read from their view."""

from __future__ import annotations

from decimal import Decimal
from typing import NamedTuple

from zamaz.views.period import DAY_LENGTH, MONTH_LENGTH, Period
from zamaz.views.store import Rows
from zamaz.views.work.tables import UNIT_USD

ALL = "all"


class Left(NamedTuple):
    """A budget. `reserved_usd` is held for calls that may still come, `settled_usd` spent; `left_usd` is below 0 after
    an overrun. `reached` are the shares (percent) that were told of, by comma."""

    scope: str
    whose: str
    span: str
    limit_usd: Decimal
    reserved_usd: Decimal
    settled_usd: Decimal
    left_usd: Decimal
    reached: str
    budget: str


def shared(rows: Rows, period: Period) -> list[Left]:
    """Those that debates share, the one of all time first, then the newest; of one requester, its own."""
    found = rows.ask("SELECT budget, scope, requester, span, limit_amount, reserved, settled FROM budgets")
    made = [
        _left(scope, requester, span, (limit, held, spent), budget)
        for budget, scope, requester, span, limit, held, spent in found
        if (not period.requester or requester == period.requester) and within(span, period)
    ]
    made.sort(key=lambda one: (one.scope, one.whose))
    return _with_shares(rows, sorted(made, key=lambda one: one.span, reverse=True))


def own(rows: Rows, period: Period, *, running: bool) -> list[Left]:
    """Those that debates have of their own, the newest first; `running`: of debates without a bill."""
    wanted = {"envelopes.requester = ?": period.requester}
    if period.since:
        wanted["asked_at >= ?"] = period.since.isoformat()
    if period.until:
        wanted["substr(asked_at, 1, 10) <= ?"] = period.until.isoformat()
    said = {condition: value for condition, value in wanted.items() if value}
    where = " AND ".join(["limited = 1", *(["cost_final = 0"] if running else []), *said])
    found = rows.ask(
        "SELECT debate, asked_at, limit_amount, reserved, cost_final,"
        " (SELECT COALESCE(SUM(amount), 0) FROM calls WHERE calls.debate = envelopes.debate)"
        f" FROM envelopes JOIN debates ON debates.id = envelopes.debate WHERE {where} ORDER BY asked_at DESC, debate",
        tuple(said.values()),
    )
    made = [
        _left("debate", debate, at[:DAY_LENGTH], (limit, 0 if billed else max(0, given - int(spent)), spent), debate)
        for debate, at, limit, given, billed, spent in found
    ]
    return _with_shares(rows, made)


def within(span: str, period: Period) -> bool:
    """Whether a day or month lies in the period, at least in part; the one of all time does."""
    if span == ALL:
        return True
    length = MONTH_LENGTH if len(span) == MONTH_LENGTH else DAY_LENGTH
    since, until = (day.isoformat()[:length] if day else "" for day in (period.since, period.until))
    return since <= span and (not until or span <= until)


def _left(scope: str, whose: str, span: str, amounts: tuple[object, object, object], budget: str) -> Left:
    limit, held, spent = (Decimal(int(str(units))) * UNIT_USD for units in amounts)
    rest = limit - held - spent
    return Left(scope, whose, span, _plain(limit), _plain(held), _plain(spent), _plain(rest), "", budget)


def _plain(amount: Decimal) -> Decimal:
    return amount.normalize() + 0


def _with_shares(rows: Rows, found: list[Left]) -> list[Left]:
    shares: dict[str, list[int]] = {}
    for budget, percent in rows.ask("SELECT budget, percent FROM shares ORDER BY percent"):
        shares.setdefault(budget, []).append(percent)
    return [one._replace(reached=", ".join(map(str, shares.get(one.budget, [])))) for one in found]
