"""The budgets that debates share: which of them one touches, what stands on each, and what became of a reservation.

Pure. Every budget has an id of its own in the log, and the facts on it are its ledger: what is held for debates that
run, and what those that ended have spent. The sum of the two is what is enforced, at every sequence number.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from decimal import Decimal
from typing import Literal

from zamaz import subjects
from zamaz.decider import Folding
from zamaz.definition import BudgetsFile
from zamaz.events import Recorded
from zamaz.events.cost import BudgetThresholdReached, Reserved, Settled
from zamaz.events.spending import Scope

NOTHING = Decimal(0)


@dataclass(frozen=True)
class Touched:
    """A budget that a debate draws on, and its limit in dollars."""

    id: str
    scope: Scope
    limit_usd: Decimal
    requester: str = ""
    span: Literal["day", "month", "all"] = "all"

    @property
    def words(self) -> str:
        """Whose it is, for people."""
        if self.scope == "requester":
            lasts = "" if self.span == "all" else f"{self.span}'s "
            return f"the {lasts}budget of {self.requester or 'a requester without a name'}"
        return {"day": "the day's budget", "month": "the month's budget"}.get(self.scope, "the budget of all debates")


def touched(file: BudgetsFile, requester: str, at: datetime) -> tuple[Touched, ...]:
    """The shared budgets of a debate that asks at this moment: the requester's first, then everybody's."""
    local = at.astimezone(file.tz or UTC)
    spans = {"day": f"day-{local:%Y-%m-%d}", "month": f"month-{local:%Y-%m}", "all": "all"}
    own = (
        Touched(subjects.budget(spans[span], requester), "requester", limit, requester, span)
        for span, limit in file.of(requester).limits().items()
    )
    shared = (Touched(subjects.budget(spans[span]), span, limit) for span, limit in file.limits().items())
    return (*own, *shared)


@dataclass(frozen=True)
class Budget:
    """What stands on a budget. `open` are the reservations that nobody has settled, by debate and number; `newest` is
    the last one made, whose limit counts."""

    open: Mapping[tuple[str, int], Reserved] = field(default_factory=dict)
    held_usd: Decimal = NOTHING
    spent_usd: Decimal = NOTHING
    reached: frozenset[int] = frozenset()
    newest: Reserved | None = None

    @property
    def committed_usd(self) -> Decimal:
        """What counts against the limit: held and spent."""
        return self.held_usd + self.spent_usd


def evolve(budget: Budget, heard: Recorded) -> Budget:
    """The budget after one more of its facts."""
    match heard.fact:
        case Reserved() as fact:
            still = {**budget.open, (fact.debate, fact.number): fact}
            return replace(budget, open=still, held_usd=budget.held_usd + fact.amount_usd, newest=fact)
        case Settled() as fact:
            still = {key: one for key, one in budget.open.items() if key != (fact.debate, fact.number)}
            held, spent = budget.held_usd - fact.reserved_usd, budget.spent_usd + fact.spent_usd
            return replace(budget, open=still, held_usd=held, spent_usd=spent)
        case BudgetThresholdReached() as fact:
            return replace(budget, reached=budget.reached | {fact.percent})
    return budget


FOLDING: Folding[Budget] = Folding(
    voice="cost", reads=(("cost", "", False),), initial=lambda _: Budget(), evolve=evolve, heeds_client=False
)


def left(budget: Budget, limit_usd: Decimal) -> Decimal:
    """What may still be reserved: less than nothing after an overrun."""
    return limit_usd - budget.committed_usd


def settled(kept: Reserved, spent_usd: Decimal, *, lost: bool = False) -> Settled:
    """What became of a reservation."""
    return Settled(
        debate=kept.debate,
        number=kept.number,
        reserved_usd=kept.amount_usd,
        spent_usd=spent_usd,
        released_usd=max(NOTHING, kept.amount_usd - spent_usd),
        overrun_usd=max(NOTHING, spent_usd - kept.amount_usd),
        lost=lost,
    )


def settled_late(debate: str, number: int, entry: int, spent_usd: Decimal) -> Settled:
    """What was priced after the reservation was settled: an overrun, all of it."""
    return Settled(
        debate=debate,
        number=number,
        entry=entry,
        reserved_usd=NOTHING,
        spent_usd=spent_usd,
        overrun_usd=spent_usd,
    )


def reached(
    scope: Scope, percents: Iterable[int], spent_usd: Decimal, limit_usd: Decimal, before: frozenset[int], who: str = ""
) -> Iterator[BudgetThresholdReached]:
    """The shares of a budget that are spent and that nobody has told of."""
    for percent in sorted(percents):
        if percent not in before and limit_usd > 0 and spent_usd * 100 >= limit_usd * percent:
            yield BudgetThresholdReached(
                scope=scope, percent=percent, spent_usd=spent_usd, limit_usd=limit_usd, requester=who
            )
