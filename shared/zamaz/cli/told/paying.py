"""What a screen says of money: what is asked for and reserved, what calls cost, the bill, and what was let go."""

from __future__ import annotations

from decimal import Decimal

from zamaz.cli import area
from zamaz.cli.amounts import usd
from zamaz.cli.scene import Scene
from zamaz.cli.told.ink import WARNING, Lines, Told, note
from zamaz.events.cost import CallPriced, DebateBilled, SpendRefused, SpendReserved
from zamaz.events.workflow import SpendRequested


def _wanted(fact: SpendRequested, _: Scene) -> Lines:
    calls = sum(call.times for call in fact.calls)
    models = sorted({f"{call.provider}/{call.model}" for call in fact.calls})
    own = "" if fact.limit_usd is None else f"; the debate's own budget is {usd(fact.limit_usd)}"
    yield note(f"Money is asked for ({fact.number}): {_calls(calls)} at most, of {', '.join(models)}{own}")


def _reserved(fact: SpendReserved, scene: Scene) -> Lines:
    if not fact.amount_usd:
        yield note(f"Nothing more has to be reserved ({fact.number})")
        return
    if not scene.limited and not fact.budgets:
        yield note(f"Every model has a price: {usd(fact.amount_usd)} at the most, and no budget limits it")
        return
    before = f", {usd(scene.reserved_usd)} in all" if fact.number > 1 else ""
    shared = f"{before and ','} on {', '.join(fact.budgets)}" if fact.budgets else ""
    yield note(f"Reserved ({fact.number}): {usd(fact.amount_usd)}{before}{shared}")


def _refused(fact: SpendRefused, _: Scene) -> Lines:
    whose = f", {fact.budget}" if fact.budget else ""
    yield note(f"Money is refused ({fact.number}) by scope {fact.scope}{whose}: {fact.why}", WARNING)


def _priced(fact: CallPriced, scene: Scene) -> Lines:
    if fact.amount_usd:
        yield note(f"cost {area.money(scene)}", indent=2)


def _billed(fact: DebateBilled, scene: Scene) -> Lines:
    inexact = [f"{n} {what}" for n, what in ((fact.estimated, "estimated"), (fact.unpriced, "unpriced")) if n]
    extra = f" ({', '.join(inexact)})" if inexact else ""
    yield note(f"Bill: {usd(fact.cost_usd)} for {_calls(fact.calls)}{extra}{_let_go(scene, fact.cost_usd)}")


def _let_go(scene: Scene, spent: Decimal) -> str:
    if not scene.reserved_usd or not (scene.limited or any(kept.budgets for kept in scene.reserved.values())):
        return ""
    if spent > scene.reserved_usd:
        return f". That is {usd(spent - scene.reserved_usd)} more than was reserved"
    return f". Of {usd(scene.reserved_usd)} reserved, {usd(scene.reserved_usd - spent)} is let go"


def _calls(many: int) -> str:
    return f"{many} call{'' if many == 1 else 's'}"


TOLD: Told = {
    SpendRequested: _wanted,
    SpendReserved: _reserved,
    SpendRefused: _refused,
    CallPriced: _priced,
    DebateBilled: _billed,
}
