"""The cost service, wired: hear what was paid for, say what it cost."""

from __future__ import annotations

import asyncio
import contextlib

from zamaz import definition, provision, subjects
from zamaz.definition import BudgetsFile
from zamaz.errors import Busy, Conflict
from zamaz.events import decode
from zamaz.events.cost import CallPriced, DebateBilled
from zamaz.events.workflow import DecisionMade
from zamaz.log import Log
from zamaz.service.delivery import Delivery, GiveBack
from zamaz.service.folds import Folds, understood
from zamaz.service.shell import Shell
from zamaz_cost import prices
from zamaz_cost.ledger import DECIDER, at_once, bill, bill_is_due, missing_prices
from zamaz_cost.pricing import Prices
from zamaz_cost.purse import unanswered
from zamaz_cost.sending import Sender
from zamaz_cost.settings import CostSettings
from zamaz_cost.telling import Alarm
from zamaz_cost.treasury import Treasury

SERVICE = "cost"
HANDS, TELLING = 64, 4
REMEMBERED = 2048
ROUNDS = 20
BILL_AGAIN_S, MOST_S = 0.25, 2.0


class Books:
    """Prices what can be priced by itself, and reads the debate for the rest."""

    def __init__(self, log: Log, table: Prices, file: BudgetsFile) -> None:
        self._log, self._table = log, table
        self._folds = Folds(log, DECIDER, REMEMBERED)
        self._treasury = Treasury(log, table, file, self._look)

    async def hear(self, named: subjects.Name, delivery: Delivery) -> list[str]:
        """The types of what was said. Raises GiveBack while a decision's bill is not due yet, Busy, and LogError."""
        fact = decode(delivery.subject, delivery.body)
        plain = at_once(fact, delivery.stored_at, self._table)
        if plain is not None:
            said = await self._say(named.debate, plain, delivery.id)
            # Money that was paid may have used up a share of a budget, and may come after the bill.
            paid = any(price.amount_usd for price in plain)
            return said + (await self._settle(named.debate, 0, delivery.id) if paid else [])
        said = await self._settle(named.debate, delivery.seq, delivery.id, afresh=delivery.tries > 1)
        if isinstance(fact, DecisionMade) and DebateBilled.__name__ not in said:
            await self._billed_or_give_back(named.debate, delivery)
        return said

    async def _look(self, debate: str) -> None:
        await self._settle(debate, 0, "", answers=False)

    async def _settle(
        self, debate: str, seq: int, because: str, *, afresh: bool = False, answers: bool = True
    ) -> list[str]:
        """Every price that is missing, then the answers to requests for money, then the bill if it is due: over prices
        that stand in the log, and only if no other came in between. What a billed debate holds is settled.

        Without `answers`, somebody looks in order to answer another debate: two that did would look at each other for
        ever.
        """
        said: list[str] = []
        for _ in range(ROUNDS):
            fold = await self._folds.upto(debate, seq, afresh=afresh)
            ledger = understood(debate, fold)
            afresh = True
            if missing := missing_prices(ledger, self._table):
                said += await self._say(debate, missing, because)
            elif answers and any(unanswered(ledger)):
                said += await self._treasury.answer(debate, ledger, because)
            elif bill_is_due(ledger):
                with contextlib.suppress(Conflict):
                    await self._log.append(debate, bill(ledger), after=fold.voice_at, because=because)
                    said.append(DebateBilled.__name__)
                    if not ledger.requests:
                        return said
            else:
                if ledger.requests:
                    await self._treasury.follow(debate, ledger)
                return said
        raise Busy(f"{debate} kept changing while it was billed")

    async def _say(self, debate: str, missing: list[CallPriced], because: str) -> list[str]:
        stands = await asyncio.gather(*(self._log.append(debate, price, because=because) for price in missing))
        return [CallPriced.__name__ for one in stands if one.ours]

    async def _billed_or_give_back(self, debate: str, delivery: Delivery) -> None:
        """A call was open when the decision fell: its own price will not look at the bill, so this looks again."""
        if await self._log.last(subjects.name(DebateBilled.voice, debate, DebateBilled.__name__)) is None:
            wait = min(MOST_S, BILL_AGAIN_S * delivery.tries)
            raise GiveBack(wait, f"{debate}: a call is still open, so the bill waits")


def build(settings: CostSettings) -> Shell:
    """The service, ready to run. Raises DefinitionError."""
    table, file = prices.load(settings.definitions), definition.budgets(settings.definitions)
    alerts = definition.alerts(settings.definitions)
    feeds = {feed.durable: feed for feed in provision.feeds({}) if subjects.owner(feed.durable) == SERVICE}

    async def prepare(shell: Shell) -> None:
        await asyncio.to_thread(table.warm)
        alarm = Alarm(shell.log, alerts, Sender(settings.urls(alerts)))
        books = Books(shell.log, table, file)

        async def watchful(named: subjects.Name, delivery: Delivery) -> list[str]:
            told = await alarm.look(named.debate, decode(delivery.subject, delivery.body), delivery)
            return told + await books.hear(named, delivery)

        shell.hears(feeds[subjects.durable(SERVICE)], watchful if alerts.alerts else books.hear, hands=HANDS)
        shell.hears(feeds[subjects.alerts_durable(SERVICE)], alarm.hear, hands=TELLING)

    return Shell(SERVICE, settings, DECIDER, list(feeds.values()), prepare)
