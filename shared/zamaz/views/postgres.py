"""Views in a PostgreSQL database, for many readers of one log. Needs the extra `postgres`."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING, Any

from zamaz.views.store import Row, Rows, Store, ViewUnavailable
from zamaz.views.tables import INTEGER, REAL, TEXT

if TYPE_CHECKING:
    from eventsourcing.postgres import PostgresDatastore

CONNECT_TIMEOUT_S = 5.0
WRITERS_LOCK = 7_301_992
"""The number under which writers of these views wait for each other."""
TYPES = {TEXT: "TEXT", INTEGER: "BIGINT", REAL: "DOUBLE PRECISION"}


class PostgresRows(Rows):
    """A transaction whose cursor the library has told to answer dicts, by column names that need not differ.

    PostgreSQL's texts hold no character 0, which a question may hold: it is shown as one that is not known.
    """

    def run(self, statement: str, values: Sequence[Any] = ()) -> None:
        """A statement that answers nothing."""
        super().run(statement, _storable(values))

    def each(self, statement: str, rows: Iterable[Row]) -> None:
        """The same statement for every row."""
        super().each(statement, map(_storable, rows))

    def ask(self, statement: str, values: Sequence[Any] = ()) -> list[Row]:
        """The rows of a query."""
        from psycopg.rows import tuple_row

        as_dicts, self.cursor.row_factory = self.cursor.row_factory, tuple_row
        try:
            return super().ask(statement, values)
        finally:
            self.cursor.row_factory = as_dicts


def _storable(values: Sequence[Any]) -> Row:
    return tuple(value.replace("\0", "\ufffd") if isinstance(value, str) else value for value in values)


class PostgresStore(Store):
    """One writer at a time, whichever machine it is on."""

    rows = PostgresRows

    def alone(self, rows: Rows) -> None:
        """Wait until no other writer is in a transaction of its own."""
        rows.ask("SELECT pg_advisory_xact_lock(?)", (WRITERS_LOCK,))


def store(url: str) -> Store:
    """The database at `postgresql://user:password@host:port/name`. Raises ViewUnavailable."""
    try:
        from eventsourcing.postgres import PostgresTrackingRecorder
    except ImportError as error:
        raise ViewUnavailable('PostgreSQL needs: pip install "zamaz-debate[postgres]"') from error
    recorder = PostgresTrackingRecorder(_datastore(url))
    return PostgresStore(recorder, _shown(url), mark="%s", types=TYPES, tracking="notification_tracking")


def _datastore(url: str) -> PostgresDatastore:
    from eventsourcing.postgres import PostgresDatastore
    from psycopg import ProgrammingError
    from psycopg.conninfo import conninfo_to_dict

    try:
        told = conninfo_to_dict(url)
    except ProgrammingError as error:
        raise ViewUnavailable(f"{_shown(url)} is no address of a PostgreSQL database") from error
    unknown = told.keys() - {"dbname", "host", "port", "user", "password"}
    if unknown:
        raise ViewUnavailable(f"{_shown(url)}: {', '.join(sorted(unknown))} cannot be set here")
    return PostgresDatastore(
        dbname=str(told.get("dbname", "zamaz")),
        host=str(told.get("host", "127.0.0.1")),
        port=str(told.get("port", "5432")),
        user=str(told.get("user", "postgres")),
        password=str(told.get("password", "")),
        connect_timeout=CONNECT_TIMEOUT_S,
        pool_open_timeout=CONNECT_TIMEOUT_S,
        pre_ping=True,
    )


def _shown(url: str) -> str:
    """The address without what must not be shown."""
    scheme, at, rest = url.partition("://")
    return f"{scheme}{at}…@{rest.rpartition('@')[2]}" if "@" in rest else url
