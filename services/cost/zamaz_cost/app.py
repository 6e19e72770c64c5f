"""The cost service, wired: hear what was paid for, say what it cost."""

from __future__ import annotations

import asyncio

from zamaz import provision, subjects
from zamaz.service.advance import Advance
from zamaz.service.delivery import Delivery
from zamaz.service.shell import Shell
from zamaz_cost import prices
from zamaz_cost.ledger import DECIDER, Prices
from zamaz_cost.settings import CostSettings

SERVICE = "cost"
HANDS = 64


def build(settings: CostSettings) -> Shell:
    """The service, ready to run. Raises DefinitionError."""
    table = prices.load(settings.definitions)
    feed = next(f for f in provision.feeds({}) if f.durable == subjects.durable(SERVICE))

    async def world() -> Prices:
        return table

    async def prepare(shell: Shell) -> None:
        await asyncio.to_thread(table.warm)
        advance = Advance(shell.log, DECIDER, world)

        async def hear(named: subjects.Name, delivery: Delivery) -> list[str]:
            said = await advance(named.debate, delivery.seq, delivery.id)
            return [type(fact).__name__ for fact in said]

        shell.hears(feed, hear, hands=HANDS)

    return Shell(SERVICE, settings, [feed], prepare)
