"""The `debates` view: one row a debate, in a SQLite file of its reader, caught up from the log."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any, NamedTuple

from eventsourcing.persistence import Tracking
from eventsourcing.sqlite import SQLiteDatastore, SQLiteTrackingRecorder

from zamaz import subjects
from zamaz.events import Fact, Malformed, Recorded, Unknown
from zamaz.events.client import DebateForked, DebateImported, DebateRequested
from zamaz.events.cost import DebateBilled
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
)
from zamaz.log import Log
from zamaz.replay import replay

VIEW, IMPORTED = "debates", "imported"
TABLE = """
CREATE TABLE IF NOT EXISTS debates (
  id TEXT PRIMARY KEY,
  question TEXT NOT NULL DEFAULT '',
  requester TEXT NOT NULL DEFAULT '',
  workflow TEXT NOT NULL DEFAULT '',
  participants TEXT NOT NULL DEFAULT '',
  status TEXT NOT NULL DEFAULT 'requested',
  rounds INTEGER NOT NULL DEFAULT 0,
  decision TEXT NOT NULL DEFAULT '',
  stop_reason TEXT NOT NULL DEFAULT '',
  why TEXT NOT NULL DEFAULT '',
  partial INTEGER NOT NULL DEFAULT 0,
  cost_usd TEXT NOT NULL DEFAULT '',
  cost_final INTEGER NOT NULL DEFAULT 0,
  requested_at TEXT NOT NULL DEFAULT '',
  ended_at TEXT NOT NULL DEFAULT ''
)
"""
Columns = dict[str, Any]


class Row(NamedTuple):
    """A debate as the view knows it. `status`: requested, running, paused, completed, rejected, failed,
    cancelled or imported; `why` says why it is paused or has ended. The times of an imported one are its record's."""

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
    cost_usd: str
    cost_final: int
    requested_at: str
    ended_at: str


def _completed(fact: DebateCompleted, heard: Recorded) -> Columns:
    return {
        "status": "completed",
        "decision": fact.decision,
        "stop_reason": fact.stop_reason,
        "why": fact.stop_detail,
        "partial": int(fact.partial),
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


CHANGES: dict[type[Fact], Callable[[Any, Recorded], Columns]] = {
    DebateRequested: lambda f, h: {"question": f.question, "requester": f.requester, "requested_at": h.stamp},
    DebateImported: _imported,
    DebateForked: lambda f, h: {
        "question": f.changes.get("question") or f"(fork of {f.parent} at {f.at})",
        "requester": f.requester,
        "requested_at": h.stamp,
    },
    DebateStarted: lambda f, _: {
        "status": "running",
        "workflow": f.workflow,
        "participants": ", ".join(seat.participant for seat in f.seats),
    },
    ParticipantJoined: lambda f, _: {"participants": f.who.participant},
    RoundStarted: lambda f, _: {"rounds": f.round},
    DebatePaused: lambda f, _: {"status": "paused", "why": f.why},
    DebateResumed: lambda _f, _: {"status": "running", "why": ""},
    DebateCompleted: _completed,
    DebateRejected: _ended("rejected"),
    DebateFailed: _ended("failed"),
    DebateCancelled: _ended("cancelled"),
    DebateBilled: lambda f, _: {"cost_usd": str(f.cost_usd), "cost_final": 1},
}
FILTERS = tuple(subjects.each(fact.voice, fact.__name__, keyed=bool(fact.key)) for fact in CHANGES)


class DebatesView(SQLiteTrackingRecorder):
    """The table and the position up to which it follows the log. One writer at a time."""

    def __init__(self, path: Path | None) -> None:
        super().__init__(SQLiteDatastore(str(path) if path else ":memory:", lock_timeout=10))
        self.create_table()

    def construct_create_table_statements(self) -> list[str]:
        """The tracking table's, and ours."""
        statements: list[str] = super().construct_create_table_statements()
        return [*statements, TABLE]

    def position(self) -> int:
        """The newest sequence that the rows know of; 0 for an empty view."""
        return int(self.max_tracking_id(VIEW) or 0)

    def take(self, facts: Iterable[Recorded]) -> None:
        """Fold a batch in, rows and position in one transaction. Facts known already are passed over."""
        with self.datastore.transaction(commit=True) as cursor:
            # Read inside the transaction: another reader of the same file may have been faster.
            cursor.execute("SELECT MAX(notification_id) FROM tracking WHERE application_name = ?", (VIEW,))
            at = int(cursor.fetchone()[0] or 0)
            new = [heard for heard in facts if heard.seq > at]
            if not new:
                return
            for heard in new:
                self._change(cursor, heard)
            self._insert_tracking(cursor, Tracking(VIEW, new[-1].seq))

    def _change(self, cursor: Any, heard: Recorded) -> None:
        columns = _columns(heard)
        if not columns:
            return
        names = list(columns)
        came = isinstance(heard.fact, ParticipantJoined)
        added = "participants = debates.participants || ', ' || excluded.participants"
        values = added if came else ", ".join(f"{name} = excluded.{name}" for name in names)
        anew = f"UPDATE SET {values} WHERE debates.status != '{IMPORTED}'"
        # An import counts as the first word on its id, and then it is the last one too.
        known = "NOTHING" if isinstance(heard.fact, DebateImported) else anew
        cursor.execute(
            f"INSERT INTO debates (id, {', '.join(names)}) VALUES (?{', ?' * len(names)}) "  # noqa: S608 - our names
            f"ON CONFLICT (id) DO {known}",
            (heard.debate, *columns.values()),
        )

    def newest(self, most: int, status: str = "") -> list[Row]:
        """The newest debates, at most `most`, of one status if given."""
        where = "WHERE status = ?" if status else ""
        query = f"SELECT * FROM debates {where} ORDER BY requested_at DESC, id LIMIT ?"  # noqa: S608 - no input in it
        return self._rows(query, (*([status] if status else []), most))

    def beginning_with(self, prefix: str) -> list[Row]:
        """The debates whose id begins so."""
        return self._rows("SELECT * FROM debates WHERE substr(id, 1, ?) = ? LIMIT 20", (len(prefix), prefix))

    def _rows(self, query: str, values: tuple[Any, ...]) -> list[Row]:
        with self.datastore.transaction(commit=False) as cursor:
            cursor.execute(query, values)
            found: list[sqlite3.Row] = cursor.fetchall()
        return [Row(*tuple(row)) for row in found]


def _columns(heard: Recorded) -> Columns:
    if isinstance(heard.fact, Malformed):
        asked = heard.fact.subject.endswith(".DebateRequested")
        return {"question": "(unreadable)", "requested_at": heard.stamp} if asked else {}
    if isinstance(heard.fact, Unknown):
        return {}
    change = CHANGES.get(type(heard.fact))
    return change(heard.fact, heard) if change else {}


async def catch_up(view: DebatesView, log: Log) -> None:
    """Follow the log up to its present end. Raises LogUnavailable."""
    async for batch in replay(log.nc, view.position() + 1, FILTERS):
        view.take(batch)
