"""What the cost service says: prices and bills (the Performance context)."""

from __future__ import annotations

from decimal import Decimal
from typing import ClassVar, Literal

from zamaz.events.base import Fact, Part


class CostFact(Fact, frozen=True, kw_only=True):
    """Said by the cost service."""

    voice: ClassVar[str] = "cost"


class Rates(Part, frozen=True, kw_only=True):
    """Dollars a million tokens, as they were applied."""

    input: Decimal = Decimal(0)
    cached_input: Decimal = Decimal(0)
    output: Decimal = Decimal(0)


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


FACTS: tuple[type[CostFact], ...] = (CallPriced, DebateBilled)
