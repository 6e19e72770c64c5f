"""A debate whose facts are gone from the log: its rows go, and what they added to the sums is taken away again."""

from __future__ import annotations

from zamaz.views.batch import Batch
from zamaz.views.store import Rows
from zamaz.views.work.fold import (
    ANSWERED,
    ASKED,
    UNPARSED,
    Day,
    add,
    count_ending,
    count_latency,
    count_outcome,
    tokens,
    workflow_of,
)
from zamaz.views.work.rulings import CACHE
from zamaz.views.work.tables import AGREEMENT, DETAILS, RULING, SPENDING, TOKENS, TURN

_USED = ", ".join(TOKENS)


def forget(rows: Rows, batch: Batch, debate: str) -> None:
    """As if the debate had never been. The rows must stand as they are written: none of it may wait in `batch`."""
    told = rows.ask(
        "SELECT requester, workflow, ended_at, ending, reason, consensus, partial, rounds, took_ms, amount"
        " FROM parties"
        " WHERE debate = ?",
        (debate,),
    )
    for requester, workflow, ended_at, *how, took, amount in told:
        if ended_at:
            day: Day = (ended_at[:10], requester, workflow)
            count_ending(batch, day, tuple(how), debates=-1, took_ms=-took, amount=-amount)
        _turns(rows, batch, debate, requester, workflow)
        _rulings(rows, batch, debate, requester, workflow)
    _spending(rows, batch, debate)
    _agreement(rows, batch, debate)
    for table in DETAILS:
        rows.run(f"DELETE FROM {table.name} WHERE debate = ?", (debate,))


def _turns(rows: Rows, batch: Batch, debate: str, requester: str, workflow: str) -> None:
    found = rows.ask(
        f"SELECT ended_at, provider, outcome, latency_ms, {_USED} FROM turns WHERE debate = ? AND outcome != ?",
        (debate, ASKED),
    )
    for ended_at, provider, outcome, latency_ms, *used in found:
        day: Day = (ended_at[:10], requester, workflow)
        count_outcome(batch, day, (TURN, provider, outcome), dict(zip(TOKENS, used, strict=True)), 0, -1)
        if outcome in (ANSWERED, UNPARSED):
            count_latency(batch, day, (TURN, provider), latency_ms, -1)


def _rulings(rows: Rows, batch: Batch, debate: str, requester: str, workflow: str) -> None:
    found = rows.ask(
        f"SELECT kind, asked_at, ended_at, rung, passed, cached, reads, latency_ms, {_USED} FROM rulings"
        " WHERE debate = ?",
        (debate,),
    )
    for kind, asked_at, ended_at, rung, passed, cached, reads, latency_ms, *used in found:
        whose = (requester, workflow_of(kind, workflow))
        if asked_at:
            count_outcome(batch, (asked_at[:10], *whose), (RULING, "", f"{kind} asked"), tokens(None), reads, -1)
        if not ended_at:
            continue
        day: Day = (ended_at[:10], *whose)
        for name in filter(None, passed.split(", ")):
            count_outcome(batch, day, (RULING, name, f"{kind} passed"), tokens(None), 0, -1)
        by, mine = CACHE if cached else rung, dict(zip(TOKENS, used, strict=True))
        count_outcome(batch, day, (RULING, by, f"{kind} answered"), mine, 0, -1)
        count_latency(batch, day, (RULING, by), latency_ms, -1)


def _spending(rows: Rows, batch: Batch, debate: str) -> None:
    found = rows.ask(
        "SELECT day, requester, workflow, part, provider, model, basis, amount FROM calls"
        " WHERE debate = ? AND day != ''",
        (debate,),
    )
    for day, requester, workflow, *which, amount in found:
        add(batch, SPENDING, (day, requester, workflow), tuple(which), {"calls": -1, "amount": -amount})


def _agreement(rows: Rows, batch: Batch, debate: str) -> None:
    found = rows.ask("SELECT day, kind, ruled_by, rung, agrees, regret FROM shadows WHERE debate = ?", (debate,))
    for day, *which, agrees, regret in found:
        counts = {"asked": -1, "judged": -int(agrees >= 0), "agreed": -int(agrees == 1), "regret": -regret}
        add(batch, AGREEMENT, (day,), tuple(which), counts)
