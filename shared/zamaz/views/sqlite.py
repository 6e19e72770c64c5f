"""Views in a SQLite file."""

from __future__ import annotations

import contextlib
import sqlite3
from collections.abc import Iterator
from pathlib import Path

from eventsourcing.sqlite import SQLiteDatastore, SQLiteTrackingRecorder

from zamaz.views.store import Rows, Store, ViewUnavailable
from zamaz.views.tables import INTEGER, REAL, TEXT

LOCK_TIMEOUT_S = 10
BROKEN = (sqlite3.SQLITE_NOTADB, sqlite3.SQLITE_CORRUPT)
TYPES = {TEXT: "TEXT", INTEGER: "INTEGER", REAL: "REAL"}


class SQLiteStore(Store):
    """One writer at a time. It says that it writes before it reads: SQLite lets nobody wait who has read already."""

    def alone(self, rows: Rows) -> None:
        """Wait until no other writer is in a transaction of its own."""
        rows.run("COMMIT")
        rows.run("BEGIN IMMEDIATE")

    @contextlib.contextmanager
    def _speaking(self) -> Iterator[None]:
        try:
            with super()._speaking():
                yield
        except ViewUnavailable as error:
            raise _of_a_file(error) if _is_broken(error.__cause__) else error from error.__cause__
        except sqlite3.DatabaseError as error:  # the library looks at a file before it translates
            told = ViewUnavailable(f"the views in {self.where}: {error}")
            raise _of_a_file(told) if _is_broken(error) else told from error


def _is_broken(error: BaseException | None) -> bool:
    """Whether SQLite itself says so, below what the library made of it."""
    while error and not isinstance(error, sqlite3.Error):
        error = error.__cause__
    return bool(error) and getattr(error, "sqlite_errorcode", 0) & 0xFF in BROKEN


def _of_a_file(error: ViewUnavailable) -> ViewUnavailable:
    return ViewUnavailable(f"{error}: delete the file, and the views are made anew out of the log")


def store(path: Path | None) -> Store:
    """The database in a file; in memory without one. Raises ViewUnavailable."""
    name = str(path) if path else ":memory:"
    recorder = SQLiteTrackingRecorder(SQLiteDatastore(name, lock_timeout=LOCK_TIMEOUT_S))
    return SQLiteStore(recorder, name, mark="?", types=TYPES, tracking="tracking")
