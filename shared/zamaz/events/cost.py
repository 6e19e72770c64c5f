"""What the cost service says: prices, bills, budgets and alerts (the Performance context)."""

from __future__ import annotations

from decimal import Decimal
from typing import ClassVar, Literal

from zamaz import subjects
from zamaz.events.base import Fact
from zamaz.events.spending import ModelRates, Scope
from zamaz.events.spending import Rates as Rates

AlertKind = Literal["threshold", "refused", "failed", "no_consensus", "slow"]


class CostFact(Fact, frozen=True, kw_only=True):
    """Said by the cost service."""

    voice: ClassVar[str] = "cost"


class CallPriced(CostFact, frozen=True, kw_only=True):
    """The price of one call (a turn's `<turn>-<n>`, or a ruling's id), never computed again.

    `basis` says what the amount rests on: `usage` the provider's count; `local` a model that costs nothing;
    `script` no model at all; `worst_case` an orphaned call, an estimate; `no_usage` the provider sent no
    count, an estimate; `unpriced` no table knows the model (amount 0, and the bill says so).
    """

    key: ClassVar[tuple[str, ...]] = ("call",)
    call: str
    provider: str
    model: str
    amount_usd: Decimal
    rates: Rates | None = None
    price_table: str = ""
    basis: Literal["usage", "local", "script", "worst_case", "no_usage", "unpriced"]


class DebateBilled(CostFact, frozen=True, kw_only=True):
    """Every call of the debate is priced. `estimated` and `unpriced` count calls that are not exact."""

    cost_usd: Decimal
    calls: int
    orchestration_usd: Decimal = Decimal(0)
    estimated: int = 0
    unpriced: int = 0


class SpendReserved(CostFact, frozen=True, kw_only=True):
    """The money that was asked for may be spent: `amount_usd` more than before, at the `rates` named.

    `budgets` are the ids under which it is kept for this debate. A request is answered once, by this or by a refusal.
    """

    key: ClassVar[tuple[str, ...]] = ("number",)
    number: int
    amount_usd: Decimal
    rates: tuple[ModelRates, ...] = ()
    budgets: tuple[str, ...] = ()

    def once_over(self, debate: str) -> str:
        """A request for money has one answer."""
        return subjects.money_answers(debate, self.number)


class SpendRefused(CostFact, frozen=True, kw_only=True):
    """The money that was asked for may not be spent. `scope` says whose budget is too small for `amount_usd` more, with
    `left_usd` of `limit_usd` left; `unpriced` that a model has no price. `budget` is the budget's id, "" where it is
    the debate's own."""

    key: ClassVar[tuple[str, ...]] = ("number",)
    number: int
    scope: Scope | Literal["unpriced"]
    why: str
    budget: str = ""
    amount_usd: Decimal = Decimal(0)
    limit_usd: Decimal | None = None
    left_usd: Decimal = Decimal(0)

    def once_over(self, debate: str) -> str:
        """A request for money has one answer."""
        return subjects.money_answers(debate, self.number)


class Reserved(CostFact, frozen=True, kw_only=True):
    """Said on a budget's id: `amount_usd` of it is kept for a debate's request `number`, under the limit of then."""

    key: ClassVar[tuple[str, ...]] = ("debate", "number")
    debate: str
    number: int
    amount_usd: Decimal
    limit_usd: Decimal
    scope: Scope
    requester: str = ""


class Settled(CostFact, frozen=True, kw_only=True):
    """Said on a budget's id: what became of a reservation. `reserved_usd` + `overrun_usd` = `spent_usd` +
    `released_usd`: what the calls took is spent, the rest let go, and what they took beyond it is an overrun.

    `entry` counts from 0; a later one holds calls that were priced after the debate's bill. `lost` says that the
    debate's facts are gone, so that all that was reserved counts as spent.
    """

    key: ClassVar[tuple[str, ...]] = ("debate", "number", "entry")
    debate: str
    number: int
    entry: int = 0
    reserved_usd: Decimal
    spent_usd: Decimal
    released_usd: Decimal = Decimal(0)
    overrun_usd: Decimal = Decimal(0)
    lost: bool = False


class BudgetThresholdReached(CostFact, frozen=True, kw_only=True):
    """So much of a budget is spent (settled calls; reservations do not count). Once for each share, on the budget's id,
    or on the debate's for its own budget."""

    key: ClassVar[tuple[str, ...]] = ("scope", "percent")
    scope: Scope
    percent: int
    spent_usd: Decimal
    limit_usd: Decimal
    requester: str = ""


class AlertRaised(CostFact, frozen=True, kw_only=True):
    """Somebody wants to know of this: `alerts.yaml` says who. `alert` names it among those of its id, `about` what it
    is about (a debate, a budget, a provider); `channels` are those that are told."""

    key: ClassVar[tuple[str, ...]] = ("alert",)
    alert: str
    kind: AlertKind
    about: str
    why: str
    channels: tuple[str, ...] = ()


class AlertSent(CostFact, frozen=True, kw_only=True):
    """The notifications of an alert went out, to these channels of `alerts.yaml`; `failed` are those that did not take
    theirs after so many `tries`."""

    key: ClassVar[tuple[str, ...]] = ("alert",)
    alert: str
    channels: tuple[str, ...] = ()
    failed: tuple[str, ...] = ()
    tries: int = 1


FACTS: tuple[type[CostFact], ...] = (
    CallPriced,
    DebateBilled,
    SpendReserved,
    SpendRefused,
    Reserved,
    Settled,
    BudgetThresholdReached,
    AlertRaised,
    AlertSent,
)
