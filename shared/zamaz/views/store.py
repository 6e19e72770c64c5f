"""Where views are kept: rows and positions in one database, on the eventsourcing library's tracking recorders."""

from __future__ import annotations

import contextlib
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any, Protocol

from eventsourcing.persistence import OperationalError, PersistenceError, Tracking

from zamaz.errors import ZamazError

Row = tuple[Any, ...]


class ViewUnavailable(ZamazError):
    """The database of the views cannot be used now."""


class Recorder(Protocol):
    """What a tracking recorder of the library offers, for whichever database."""

    datastore: Any

    def create_table(self) -> None:
        """Make the tracking table."""

    def _insert_tracking(self, cursor: Any, tracking: Tracking, /) -> None: ...

    def _max_tracking_id(self, application_name: str, cursor: Any, /) -> int | None: ...


class Rows:
    """A transaction: statements with `?` for each value, and the rows that they answer."""

    def __init__(self, cursor: Any, mark: str) -> None:
        self.cursor, self._mark = cursor, mark

    def run(self, statement: str, values: Sequence[Any] = ()) -> None:
        """A statement that answers nothing."""
        self.cursor.execute(statement.replace("?", self._mark), tuple(values))

    def ask(self, statement: str, values: Sequence[Any] = ()) -> list[Row]:
        """The rows of a query."""
        self.run(statement, values)
        return [tuple(row) for row in self.cursor.fetchall()]

    def each(self, statement: str, rows: Iterable[Row]) -> None:
        """The same statement for every row."""
        self.cursor.executemany(statement.replace("?", self._mark), list(rows))


class Store:
    """A database. `where` names it for people, `types` are its words for our column types."""

    rows: type[Rows] = Rows

    def __init__(self, recorder: Recorder, where: str, *, mark: str, types: Mapping[str, str], tracking: str) -> None:
        self._recorder, self.where, self._mark = recorder, where, mark
        self.types, self._tracking = types, tracking
        with self._speaking():
            recorder.create_table()

    @contextlib.contextmanager
    def _speaking(self) -> Iterator[None]:
        try:
            yield
        except OperationalError as error:
            locked = "locked" in str(error)
            what = "is in use by another writer: try again" if locked else f"cannot be used: {error}"
            raise ViewUnavailable(f"the views in {self.where}: the database {what}".strip()) from error
        except PersistenceError as error:
            raise ViewUnavailable(f"the views in {self.where}: {error}".strip()) from error

    @contextlib.contextmanager
    def transaction(self, *, commit: bool = False) -> Iterator[Rows]:
        """All or nothing; without `commit` nothing is kept. Raises ViewUnavailable."""
        with self._speaking(), self._recorder.datastore.transaction(commit=commit) as cursor:
            yield self.rows(cursor, self._mark)

    def position(self, rows: Rows, view: str) -> int:
        """The newest sequence that a view knows of; 0 for an empty one."""
        return int(self._recorder._max_tracking_id(view, rows.cursor) or 0)

    def moved(self, rows: Rows, view: str, to: int) -> None:
        """A view knows of everything up to this sequence."""
        self._recorder._insert_tracking(rows.cursor, Tracking(view, to))

    def forget(self, rows: Rows, view: str) -> None:
        """A view knows of nothing."""
        rows.run(f"DELETE FROM {self._tracking} WHERE application_name = ?", (view,))

    def alone(self, rows: Rows) -> None:
        """Wait until no other writer is in a transaction of its own."""

    def close(self) -> None:
        """Give the connections back."""
        self._recorder.datastore.close()
