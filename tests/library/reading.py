"""Views in memory, asked as the commands ask them."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from zamaz.events import Recorded
from zamaz.views import sqlite
from zamaz.views.debates import DebatesView, Row, beginning_with, newest
from zamaz.views.store import Store
from zamaz.views.view import View
from zamaz.views.views import Views


class Reader(Views):
    """Views of a log, in memory unless a store is given."""

    def __init__(self, *facts: Recorded, store: Store | None = None, views: Iterable[View] = (DebatesView(),)) -> None:
        super().__init__(store or sqlite.store(None), list(views))
        self.take(facts)

    def newest(self, most: int, status: str = "") -> list[Row]:
        with self.store.transaction() as rows:
            return newest(rows, most, status)

    def beginning_with(self, prefix: str) -> list[Row]:
        with self.store.transaction() as rows:
            return beginning_with(rows, prefix)

    def dump(self) -> dict[str, list[Any]]:
        """Every row of every table, in an order of their own."""
        with self.store.transaction() as rows:
            return {
                table.name: sorted(rows.ask(f"SELECT {', '.join(table.columns)} FROM {table.name}"))
                for view in self._views
                for table in view.tables
            }
