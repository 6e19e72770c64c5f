"""Whether a debate asks for money before it spends any, and under which budget of its own. Pure."""

from __future__ import annotations

from collections.abc import Iterable
from decimal import Decimal

from zamaz.definition import Catalog
from zamaz.events.flow import RungSetting, Seat
from zamaz.events.spending import Spending
from zamaz.requests import dollars


def limit(asked: str | float | None, catalog: Catalog) -> Decimal | None:
    """The debate's own budget: what was asked for, and never more than budgets.yaml gives each debate."""
    given = [] if asked is None else [dollars(asked)]
    return min([*given, *([] if catalog.budgets.debate is None else [catalog.budgets.debate])], default=None)


def spending(
    asked: str | float | None, requester: str, seats: Iterable[Seat], rungs: Iterable[RungSetting], catalog: Catalog
) -> Spending | None:
    """None for a debate that touches no budget, and that calls nobody who might have no price. Raises ValueError."""
    own = limit(asked, catalog)
    if own is not None or catalog.budgets.limits_any(requester):
        return Spending(limit_usd=own, requester=requester)
    providers = {seat.provider for seat in seats} | {rung.provider for rung in rungs if rung.provider}
    known = catalog.models.providers
    bills = any(name not in known or known[name].billing == "paid" for name in providers)
    return Spending(requester=requester, limited=False) if bills and catalog.budgets.unpriced == "refuse" else None
