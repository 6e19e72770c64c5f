"""Views in a SQLite file."""

from __future__ import annotations

from pathlib import Path

from eventsourcing.sqlite import SQLiteDatastore, SQLiteTrackingRecorder

from zamaz.views.store import Store
from zamaz.views.tables import INTEGER, REAL, TEXT

LOCK_TIMEOUT_S = 10
TYPES = {TEXT: "TEXT", INTEGER: "INTEGER", REAL: "REAL"}


def store(path: Path | None) -> Store:
    """The database in a file; in memory without one. Raises ViewUnavailable."""
    name = str(path) if path else ":memory:"
    recorder = SQLiteTrackingRecorder(SQLiteDatastore(name, lock_timeout=LOCK_TIMEOUT_S))
    return Store(recorder, name, mark="?", types=TYPES, tracking="tracking")
