"""The cost service, wired: hear what was paid for, say what it cost."""

from __future__ import annotations

import asyncio

from zamaz import provision, subjects
from zamaz.events import decode
from zamaz.events.cost import DebateBilled
from zamaz.events.workflow import DecisionMade
from zamaz.log import Log
from zamaz.service.advance import Advance
from zamaz.service.delivery import Delivery, GiveBack
from zamaz.service.shell import Shell
from zamaz_cost import prices
from zamaz_cost.ledger import DECIDER, Ledger, Prices, at_once
from zamaz_cost.settings import CostSettings

SERVICE = "cost"
HANDS = 64
BILL_AGAIN_S = 0.25


class Books:
    """Prices what can be priced by itself, and reads the debate for the rest."""

    def __init__(self, log: Log, advance: Advance[Ledger, Prices], table: Prices) -> None:
        self._log, self._advance, self._table = log, advance, table

    async def hear(self, named: subjects.Name, delivery: Delivery) -> list[str]:
        """The types of what was said. Raises GiveBack while a decision's bill is not due yet, and LogError."""
        fact = decode(delivery.subject, delivery.body)
        prices = at_once(fact, delivery.stored_at, self._table)
        if prices is not None:
            for price in prices:
                await self._log.append(named.debate, price, because=delivery.id)
            return [type(price).__name__ for price in prices]
        said = await self._advance(named.debate, delivery.seq, delivery.id)
        kinds = [type(one).__name__ for one in said]
        if isinstance(fact, DecisionMade) and DebateBilled.__name__ not in kinds:
            await self._billed_or_give_back(named.debate)
        return kinds

    async def _billed_or_give_back(self, debate: str) -> None:
        """A call was open when the decision fell: its own price will not look at the bill, so this looks again."""
        if await self._log.last(subjects.name(DebateBilled.voice, debate, DebateBilled.__name__)) is None:
            raise GiveBack(BILL_AGAIN_S, f"{debate}: a call is still open, so the bill waits")


def build(settings: CostSettings) -> Shell:
    """The service, ready to run. Raises DefinitionError."""
    table = prices.load(settings.definitions)
    feed = next(f for f in provision.feeds({}) if f.durable == subjects.durable(SERVICE))

    async def world() -> Prices:
        return table

    async def prepare(shell: Shell) -> None:
        await asyncio.to_thread(table.warm)
        advance = Advance(shell.log, DECIDER, world)
        shell.hears(feed, Books(shell.log, advance, table).hear, hands=HANDS)

    return Shell(SERVICE, settings, DECIDER, [feed], prepare)
