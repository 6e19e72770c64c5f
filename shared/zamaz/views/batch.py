"""What a batch of facts makes of a view's rows: gathered in memory, written at once. Pure but for `write`."""

from __future__ import annotations

from collections import defaultdict
from typing import Any

from zamaz.views.store import Row, Rows
from zamaz.views.tables import Table

Columns = dict[str, Any]


class Batch:
    """Changes of rows, by table and key."""

    def __init__(self) -> None:
        self._put: dict[Table, dict[Row, Columns]] = {}
        self._add: dict[Table, dict[Row, Columns]] = {}

    def put(self, table: Table, key: Row, columns: Columns) -> None:
        """Set columns of a row, which is made where there is none."""
        self._put.setdefault(table, {}).setdefault(key, {}).update(columns)

    def add(self, table: Table, key: Row, columns: Columns) -> None:
        """Add to numbers of a row."""
        sums = self._add.setdefault(table, {}).setdefault(key, dict.fromkeys(columns, 0))
        for name, value in columns.items():
            sums[name] += value

    def is_put(self, table: Table, key: Row) -> bool:
        """Whether this batch sets columns of the row."""
        return key in self._put.get(table, {})

    def write(self, rows: Rows) -> None:
        """Everything, in as few statements as there are shapes of it."""
        for table, wanted in self._put.items():
            shapes: dict[tuple[str, ...], list[Row]] = defaultdict(list)
            for key, columns in wanted.items():
                shapes[tuple(columns)].append((*key, *columns.values()))
            for names, values in shapes.items():
                rows.each(table.put(names), values)
        for table, sums in self._add.items():
            names = tuple(next(iter(sums.values())))
            rows.each(table.add(names), [(*key, *columns.values()) for key, columns in sums.items()])
        self._put, self._add = {}, {}
