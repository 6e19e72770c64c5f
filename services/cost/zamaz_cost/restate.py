"""History under other prices: each call once more, with the tokens that are on record, by another table. Pure but for
the reading of that table."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from decimal import Decimal
from pathlib import Path

from zamaz import definition, subjects
from zamaz.definition import ModelsFile, PricesFile
from zamaz.events import Recorded
from zamaz.events.cost import CallPriced
from zamaz.restating import Restated
from zamaz_cost.calls import Outcome, asked_for
from zamaz_cost.ledger import DECIDER, Ledger
from zamaz_cost.prices import PriceTable
from zamaz_cost.pricing import Prices, priced


class Restating:
    """Folds debates as the service does, and prices their calls by another table."""

    filters = tuple(
        subjects.each(voice, kind, keyed=keyed) if kind else subjects.each_of(voice)
        for voice, kind, keyed in DECIDER.reads
    )

    def __init__(self, table: Prices) -> None:
        self._table = table
        self._ledgers: dict[str, Ledger] = {}

    def hear(self, facts: Iterable[Recorded]) -> None:
        """Some more facts."""
        for heard in facts:
            ledger = self._ledgers.get(heard.debate) or DECIDER.initial(heard.debate)
            self._ledgers[heard.debate] = DECIDER.evolve(ledger, heard)

    def models(self) -> list[Restated]:
        """Of all that was heard, by provider and model."""
        found: dict[tuple[str, str], Restated] = {}
        for ledger in self._ledgers.values():
            for price in ledger.priced.values():
                key = price.provider, price.model
                found[key] = self._added(found.get(key), price, ledger)
        return [found[key] for key in sorted(found)]

    def _added(self, sum_: Restated | None, price: CallPriced, ledger: Ledger) -> Restated:
        was = sum_ or Restated(price.provider, price.model, 0, Decimal(0), Decimal(0), 0)
        again = _again(ledger, price, self._table)
        amount = price.amount_usd if again is None else again
        return was._replace(
            calls=was.calls + 1,
            recorded_usd=was.recorded_usd + price.amount_usd,
            restated_usd=was.restated_usd + amount,
            unknown=was.unknown + (again is None),
        )


def _again(ledger: Ledger, price: CallPriced, table: Prices) -> Decimal | None:
    """What a call would have cost; None where the table does not know its model, or the log not its tokens."""
    at, begun = ledger.started.get(price.call, (None, None))
    outcome = ledger.outcomes.get(price.call)
    if outcome is None and begun is not None and at is not None:
        outcome = Outcome(price.call, asked_for(begun), at, price.provider, price.model, None, uncounted="worst_case")
    if outcome is None or (outcome.usage is None and begun is None):
        return None
    made = priced(begun, outcome, table)
    return None if made.basis == "unpriced" else made.amount_usd


def restating(folder: Path, file: Path) -> Restating:
    """By the prices of a file; what it lacks has the library's. Raises DefinitionError."""
    providers = definition.read(folder / "models.yaml", ModelsFile).providers
    written = definition.read(file, PricesFile)
    return Restating(PriceTable(providers, written, hashlib.sha256(file.read_bytes()).hexdigest()))
