"""Money is asked for before it is spent: requests answered, and reservations settled, in the log alone.

Each budget has one order for all debates: what is said on its id stands only if nobody was faster, and who was too
slow looks again. Several replicas need nothing else to agree.
"""

from __future__ import annotations

import asyncio
import weakref
from collections.abc import Awaitable, Callable
from contextlib import suppress
from decimal import Decimal

from msgspec.structs import replace

from zamaz import subjects
from zamaz.decider import Fold, FoldCache
from zamaz.definition import BudgetsFile
from zamaz.errors import Busy, Conflict
from zamaz.events import Fact, Recorded
from zamaz.events.cost import Reserved, Settled, SpendRefused, SpendReserved
from zamaz.events.workflow import SpendRequested
from zamaz.log import Log
from zamaz.service.folds import Folds, understood
from zamaz_cost import budgets, purse
from zamaz_cost.budgets import FOLDING, NOTHING, Budget, Touched
from zamaz_cost.ledger import Ledger
from zamaz_cost.pricing import Prices

REMEMBERED = 512
TRIES = 50
LOOKED_AT = 32
"""How many debates that hold money a refusal looks at, in case some have ended and nobody has settled them."""

Look = Callable[[str], Awaitable[object]]
"""Reads a debate, and settles what it holds if it is over."""


class Treasury:
    """Reserves and settles. `look` is called with debates that may have ended unsettled."""

    def __init__(self, log: Log, table: Prices, file: BudgetsFile, look: Look) -> None:
        self._log, self._table, self._file, self._look = log, table, file, look
        self._folds = Folds(log, FOLDING, REMEMBERED)
        self._remembered: FoldCache[Budget] = FoldCache(FOLDING.initial, REMEMBERED)
        self._locks: weakref.WeakValueDictionary[str, asyncio.Lock] = weakref.WeakValueDictionary()

    async def answer(self, debate: str, ledger: Ledger, because: str) -> list[str]:
        """Answer each request that waits: the types of what was said. Raises Busy and LogError."""
        said: list[str] = []
        for number in purse.unanswered(ledger):
            answer = await self._answer(debate, ledger, number)
            try:
                await self._log.append(debate, answer, because=because)
                said.append(type(answer).__name__)
            except Conflict:  # another replica was faster, and may have seen the budgets otherwise
                refused = await self._is_refused(debate, number)
            else:
                refused = isinstance(answer, SpendRefused)
            if refused:
                await self._let_go(debate, ledger, number)
        return said

    async def _is_refused(self, debate: str, number: int) -> bool:
        return await self._log.last(subjects.name("cost", debate, SpendRefused.__name__, str(number))) is not None

    async def _answer(self, debate: str, ledger: Ledger, number: int) -> SpendReserved | SpendRefused:
        at, request = ledger.requests[number]
        wanted = purse.wanted(ledger, request, at, self._table, refuse=self._file.unpriced == "refuse")
        if isinstance(wanted, SpendRefused):
            return wanted
        touched = budgets.touched(self._file, request.requester, at) if wanted.amount_usd else ()
        for budget in touched:
            if refused := await self._reserve(budget, debate, number, wanted.amount_usd):
                return refused
        ids = tuple(budget.id for budget in touched)
        # Another replica that reserved first may have known other prices: what is held is what may be spent.
        held = [(await self._known(name, afresh=False)).state.open.get((debate, number)) for name in ids]
        amount = min([wanted.amount_usd, *(kept.amount_usd for kept in held if kept)])
        return SpendReserved(number=number, amount_usd=amount, rates=wanted.rates, budgets=ids)

    async def _reserve(self, budget: Touched, debate: str, number: int, amount: Decimal) -> SpendRefused | None:
        """Keep it, or say why not. What nobody needs any more is given back first."""
        if await self._kept(budget, debate, number, amount) is None:
            return None
        await self._look_after(budget.id, debate)
        stands = await self._kept(budget, debate, number, amount)
        if stands is None:
            return None
        limit, committed = budget.limit_usd, stands.committed_usd
        return purse.refusal(number, budget.scope, budget.words, amount, limit, committed, budget.id)

    async def _kept(self, budget: Touched, debate: str, number: int, amount: Decimal) -> Budget | None:
        """None once it is kept; else the budget as it stands, too small."""
        async with self._lock(budget.id):
            for n in range(TRIES):
                fold = await self._known(budget.id, afresh=n > 0)
                stands = understood(budget.id, fold)
                if (debate, number) in stands.open:
                    return None
                if amount > budgets.left(stands, budget.limit_usd):
                    if n == 0:
                        continue  # others may have let something go
                    return stands
                kept = Reserved(
                    debate=debate,
                    number=number,
                    amount_usd=amount,
                    limit_usd=budget.limit_usd,
                    scope=budget.scope,
                    requester=budget.requester,
                )
                with suppress(Conflict):
                    await self._said(budget.id, fold, kept)
                    return None
        raise Busy(f"{budget.id} kept changing while {debate} asked for money")

    async def _look_after(self, budget: str, debate: str) -> None:
        """Look at the debates that hold the budget, the longest first. One whose facts are gone has spent all of it."""
        holding = understood(budget, await self._folds.upto(budget, 0)).open
        for other in list(dict.fromkeys(other for other, _ in holding if other != debate))[:LOOKED_AT]:
            mine = [kept for (whose, _), kept in holding.items() if whose == other]
            gone = [kept for kept in mine if not await self._was_asked(other, kept.number)]
            for kept in gone:
                await self._settle(budget, other, kept.number, kept.amount_usd, lost=True)
            if not gone:
                await self._look(other)

    async def _was_asked(self, debate: str, number: int) -> bool:
        """Whether the request still stands that money was kept for: an operator may have erased the debate."""
        return await self._log.last(subjects.name("workflow", debate, SpendRequested.__name__, str(number))) is not None

    async def follow(self, debate: str, ledger: Ledger) -> None:
        """Tell of the shares of the debate's own budget that are spent; settle what it holds once it is billed."""
        spent = purse.spent_usd(ledger)
        limit = ledger.requests[max(ledger.requests)][1].limit_usd
        if limit is not None:
            for share in budgets.reached("debate", self._file.thresholds, spent, limit, ledger.reached):
                await self._log.append(debate, share)
        if not ledger.billed:
            return
        for number, paid in purse.shares(ledger.reserved, spent).items():
            for budget in ledger.reserved[number].budgets or self._ids(ledger, number, paid):
                await self._settle(budget, debate, number, paid)
        first, paid = min(ledger.requests), NOTHING if ledger.reserved else spent
        for number in ledger.requests.keys() - ledger.reserved.keys():
            await self._let_go(debate, ledger, number, paid if number == first else NOTHING)

    def _ids(self, ledger: Ledger, number: int, paid: Decimal) -> tuple[str, ...]:
        """Where nothing had to be reserved and something was paid all the same: an overrun from the first cent on."""
        at, request = ledger.requests[number]
        return tuple(one.id for one in budgets.touched(self._file, request.requester, at)) if paid else ()

    async def _let_go(self, debate: str, ledger: Ledger, number: int, paid: Decimal = NOTHING) -> None:
        """What was kept for a request that was then refused, or never answered; rulings were `paid` all the same."""
        at, request = ledger.requests[number]
        for budget in budgets.touched(self._file, request.requester, at):
            await self._settle(budget.id, debate, number, paid)

    async def _settle(self, budget: str, debate: str, number: int, spent: Decimal, *, lost: bool = False) -> None:
        async with self._lock(budget):
            for n in range(TRIES):
                fold = await self._known(budget, afresh=n > 0)
                stands = understood(budget, fold)
                kept = stands.open.get((debate, number))
                if kept is None and n == 0:
                    continue  # another replica may have reserved it
                fact = (
                    budgets.settled(kept, spent, lost=lost) if kept else await self._late(budget, debate, number, spent)
                )
                if fact is None:
                    return await self._tell(budget, stands)
                with suppress(Conflict):
                    return await self._tell(budget, await self._said(budget, fold, fact))
        raise Busy(f"{budget} kept changing while {debate} was settled")

    async def _known(self, budget: str, *, afresh: bool) -> Fold[Budget]:
        """A budget as it is remembered: who remembers it wrongly is told so by the log, and looks afresh."""
        fold = self._remembered.get(budget)
        if afresh or not fold.upto:
            fold = await self._folds.upto(budget, 0)
            self._remembered.put(budget, fold)
        return fold

    async def _said(self, budget: str, fold: Fold[Budget], fact: Fact) -> Budget:
        """Say a fact on a budget, and remember the budget with it: it stands right after what the fold knows, and
        nobody else speaks there. Raises Conflict."""
        seq = (await self._log.append(budget, fact, after=fold.voice_at)).seq
        after = FOLDING.evolve(fold.state, Recorded(seq, budget, FOLDING.voice, fact, ""))
        self._remembered.put(budget, replace(fold, state=after, upto=seq, voice_at=seq))
        return after

    async def _late(self, budget: str, debate: str, number: int, spent: Decimal) -> Settled | None:
        """What was priced after the reservation was settled; None where there is nothing."""
        known, entry = budgets.NOTHING, 0
        while (found := await self._entry(budget, debate, number, entry)) is not None:
            known, entry = known + found.spent_usd, entry + 1
        return budgets.settled_late(debate, number, entry, spent - known) if spent > known else None

    async def _entry(self, budget: str, debate: str, number: int, entry: int) -> Settled | None:
        name = subjects.name("cost", budget, Settled.__name__, debate, str(number), str(entry))
        found = await self._log.last(name)
        return found.fact if found and isinstance(found.fact, Settled) else None

    async def _tell(self, budget: str, stands: Budget) -> None:
        """Of the shares of a budget that are spent."""
        if (last := stands.newest) is None:
            return
        percents, limit = self._file.thresholds, last.limit_usd
        for share in budgets.reached(last.scope, percents, stands.spent_usd, limit, stands.reached, last.requester):
            await self._log.append(budget, share)

    def _lock(self, budget: str) -> asyncio.Lock:
        return self._locks.setdefault(budget, asyncio.Lock())
