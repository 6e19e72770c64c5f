"""The `debates` view: one row a debate."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, NamedTuple

from zamaz import subjects
from zamaz.events import LEFT, Fact, Malformed, Recorded, Unknown
from zamaz.events.client import DebateForked, DebateImported, DebateRequested
from zamaz.events.cost import DebateBilled
from zamaz.events.course import HumanRulingRequested
from zamaz.events.operator import DebateArchived, DebateErased
from zamaz.events.workflow import (
    DebateCancelled,
    DebateCompleted,
    DebateFailed,
    DebatePaused,
    DebateRejected,
    DebateResumed,
    DebateStarted,
    ParticipantJoined,
    RoundStarted,
    StepTimedOut,
)
from zamaz.views.batch import Batch, Columns
from zamaz.views.store import Rows
from zamaz.views.tables import INTEGER, TEXT, Table
from zamaz.views.view import View

IMPORTED, REQUESTED, WAITING, ARCHIVED, ERASED = "imported", "requested", "waiting", "archived", "erased"
MANY = 400


class Row(NamedTuple):
    """A debate as the view knows it. `status`: requested, running, paused, waiting (for a human), completed, rejected,
    failed, cancelled, imported, erased or archived; `why` says why it is paused, waits or has ended, or where it is.
    The times of an imported one are its record's."""

    id: str
    question: str
    requester: str
    workflow: str
    participants: str
    status: str
    rounds: int
    decision: str
    stop_reason: str
    why: str
    partial: int
    consensus: int
    cost_usd: str
    cost_final: int
    requested_at: str
    ended_at: str
    parent: str = ""
    """Of a fork, the debate that it goes on from."""


NUMBERS = ("rounds", "partial", "consensus", "cost_final")
TABLE = Table(
    "debates",
    ("id",),
    {name: INTEGER if name in NUMBERS else TEXT for name in Row._fields} | {"awaits": TEXT},
    indexes=(("requested_at",), ("status", "requested_at")),
)
"""A debate and, in `awaits`, why it waits for a human: also while it is paused."""
_ROWS = f"SELECT {', '.join(Row._fields)} FROM debates"


def _completed(fact: DebateCompleted, heard: Recorded) -> Columns:
    return {
        "status": "completed",
        "decision": fact.decision,
        "stop_reason": fact.stop_reason,
        "why": fact.stop_detail,
        "partial": int(fact.partial),
        "consensus": int(fact.consensus),
        "rounds": fact.rounds,
        # A result that did not wait for its bill leaves the cost to the bill, which may have come before it.
        **({"cost_usd": str(fact.cost_usd), "cost_final": 1} if fact.cost_final else {}),
        "ended_at": heard.stamp,
    }


def _ended(status: str) -> Callable[[Any, Recorded], Columns]:
    def columns(fact: Any, heard: Recorded) -> Columns:
        reason = getattr(fact, "stop_reason", "") or getattr(fact, "reason", "")
        return {"status": status, "stop_reason": reason, "why": fact.why, "ended_at": heard.stamp}

    return columns


def _imported(fact: DebateImported, heard: Recorded) -> Columns:
    record = fact.record
    who = dict.fromkeys(answer.participant for round_ in record.rounds for answer in round_.answers)
    return {
        "status": IMPORTED,
        "question": record.question,
        "participants": ", ".join(who),
        "rounds": len(record.rounds),
        "decision": "" if record.decision_error else record.decision,
        "requested_at": record.started_at or heard.stamp,
        "ended_at": record.ended_at or heard.stamp,
    }


def _forked(fact: DebateForked, heard: Recorded) -> Columns:
    """Without a question of its own it has its parent's, which is looked up there: it may be erased, or put back."""
    own = fact.changes.get("question")
    question = own if isinstance(own, str) else ""
    return {"question": question, "parent": fact.parent, "requester": fact.requester, "requested_at": heard.stamp}


CHANGES: dict[type[Fact], Callable[[Any, Recorded], Columns]] = {
    DebateRequested: lambda f, h: {"question": f.question, "requester": f.requester, "requested_at": h.stamp},
    DebateImported: _imported,
    DebateForked: _forked,
    DebateStarted: lambda f, _: {
        "status": "running",
        "workflow": f.workflow,
        "participants": ", ".join(seat.participant for seat in f.seats),
    },
    ParticipantJoined: lambda f, _: {"participants": f.who.participant},
    RoundStarted: lambda f, _: {"rounds": f.round},
    DebatePaused: lambda f, _: {"status": "paused", "why": f.why},
    DebateResumed: lambda _f, _: {"status": "running", "why": ""},
    HumanRulingRequested: lambda f, _: {"status": WAITING, "why": f.why, "awaits": f.why},
    # Without turns, it is the wait for a human that is over.
    StepTimedOut: lambda f, _: {} if f.turns else {"status": "running", "why": "", "awaits": ""},
    DebateCompleted: _completed,
    DebateRejected: _ended("rejected"),
    DebateFailed: _ended("failed"),
    DebateCancelled: _ended("cancelled"),
    DebateErased: lambda f, h: {
        **dict.fromkeys(("question", "requester", "workflow", "participants", "decision", "stop_reason", "awaits"), ""),
        "status": ERASED,
        "why": f.why,
        "ended_at": h.stamp,
    },
    DebateArchived: lambda f, _: {"status": ARCHIVED, "why": f.where},
    DebateBilled: lambda f, _: {"cost_usd": str(f.cost_usd), "cost_final": 1},
}


def _columns(heard: Recorded) -> Columns:
    if isinstance(heard.fact, Malformed):
        asked = heard.fact.subject.endswith(".DebateRequested")
        return {"question": "(unreadable)", "requested_at": heard.stamp} if asked else {}
    if isinstance(heard.fact, Unknown):
        return {}
    change = CHANGES.get(type(heard.fact))
    return change(heard.fact, heard) if change else {}


class DebatesView(View):
    """The rows of all debates."""

    name = "debates"
    tables = (TABLE,)
    filters = tuple(subjects.each(fact.voice, fact.__name__, keyed=bool(fact.key)) for fact in CHANGES)

    def fold(self, rows: Rows, facts: Sequence[Recorded]) -> None:
        """Take the facts into the rows."""
        batch = Batch()
        known = _known(rows, list(dict.fromkeys(heard.debate for heard in facts)))
        for heard in facts:
            columns, row = _columns(heard), known.get(heard.debate)
            if not columns or (row and not _counts(row["status"], heard)):
                continue
            if row is None:
                row = known[heard.debate] = {"status": REQUESTED, "participants": "", "awaits": ""}
                columns = {**row, **columns}
            if isinstance(heard.fact, DebateResumed) and row["awaits"]:
                columns = {"status": WAITING, "why": row["awaits"]}
            if isinstance(heard.fact, ParticipantJoined):
                columns["participants"] = ", ".join(filter(None, (row["participants"], heard.fact.who.participant)))
            row.update((name, columns[name]) for name in row if name in columns)
            batch.put(TABLE, (heard.debate,), columns)
        batch.write(rows)


def _counts(status: str, heard: Recorded) -> bool:
    """Whether a fact changes the row of a debate that has one. An import counts as the first word on its id, and then
    it is the last one too; but it may be taken out of the log, and what is archived may be put back."""
    if isinstance(heard.fact, LEFT):
        return True
    return status == ARCHIVED or (status not in (IMPORTED, ERASED) and not isinstance(heard.fact, DebateImported))


def _known(rows: Rows, ids: list[str]) -> dict[str, Columns]:
    """Of the debates that have a row, what a later fact has to know of it."""
    found: dict[str, Columns] = {}
    for at in range(0, len(ids), MANY):
        some = ids[at : at + MANY]
        marks = ", ".join("?" * len(some))
        query = f"SELECT id, status, participants, awaits FROM debates WHERE id IN ({marks})"
        names = ("status", "participants", "awaits")
        found.update((id_, dict(zip(names, told, strict=True))) for id_, *told in rows.ask(query, some))
    return found


def newest(rows: Rows, most: int, status: str = "") -> list[Row]:
    """The newest debates, at most `most` (-1: all), of one status if given."""
    where = "WHERE status = ?" if status else ""
    limit = "LIMIT ?" if most >= 0 else ""
    values = (*([status] if status else []), *([most] if most >= 0 else []))
    found = rows.ask(f"{_ROWS} {where} ORDER BY requested_at DESC, id {limit}", values)
    return _with_questions(rows, [Row(*row) for row in found])


def beginning_with(rows: Rows, prefix: str) -> list[Row]:
    """The debates whose id begins so, at most 20."""
    found = rows.ask(
        f"{_ROWS} WHERE id >= ? AND substr(id, 1, ?) = ? ORDER BY id LIMIT 20", (prefix, len(prefix), prefix)
    )
    return _with_questions(rows, [Row(*row) for row in found])


def _with_questions(rows: Rows, found: list[Row]) -> list[Row]:
    """The rows, forks with the question of the nearest that they come from and that has one."""
    known = {row.id: (row.question, row.parent) for row in found}
    asking = {row.parent for row in found if _is_silent(row)}
    while missing := list(asking - known.keys()):
        known.update(dict.fromkeys(missing, ("", "")))
        for at in range(0, len(missing), MANY):
            some = missing[at : at + MANY]
            marks = ", ".join("?" * len(some))
            query = f"SELECT id, question, parent FROM debates WHERE id IN ({marks})"
            known.update((id_, (question, parent)) for id_, question, parent in rows.ask(query, some))
        asking = {known[id_][1] for id_ in missing if not known[id_][0] and known[id_][1]}
    return [row._replace(question=_inherited(row, known)) if _is_silent(row) else row for row in found]


def _is_silent(row: Row) -> bool:
    return bool(row.parent) and not row.question and row.status != ERASED


def _inherited(row: Row, known: dict[str, tuple[str, str]]) -> str:
    question, at, passed = "", row.parent, {row.id}
    while at and not question and at not in passed:
        passed.add(at)
        question, at = known.get(at, ("", ""))
    return question or f"(fork of {row.parent})"
