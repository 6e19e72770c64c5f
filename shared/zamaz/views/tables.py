"""A table of a view, and the statements that both databases understand. `?` stands for a value."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

TEXT, INTEGER, REAL = "TEXT", "INTEGER", "REAL"
DEFAULTS = {TEXT: "''", INTEGER: "0", REAL: "0"}


@dataclass(frozen=True, eq=False)
class Table:
    """`columns` maps each to its type, the `key`'s among them; none is ever NULL."""

    name: str
    key: tuple[str, ...]
    columns: Mapping[str, str]
    indexes: tuple[tuple[str, ...], ...] = ()

    def create(self, types: Mapping[str, str]) -> Iterator[str]:
        """The statements that make it. `types` are the database's own words."""
        columns = ", ".join(
            f"{name} {types[kind]} NOT NULL DEFAULT {DEFAULTS[kind]}" for name, kind in self.columns.items()
        )
        yield f"CREATE TABLE IF NOT EXISTS {self.name} ({columns}, PRIMARY KEY ({', '.join(self.key)}))"
        for n, index in enumerate(self.indexes, 1):
            yield f"CREATE INDEX IF NOT EXISTS {self.name}_{n} ON {self.name} ({', '.join(index)})"

    def put(self, columns: Sequence[str]) -> str:
        """Write the `columns` (after the key's) of a row that may stand already."""
        changes = ", ".join(f"{name} = excluded.{name}" for name in columns)
        return self._insert(columns, f"UPDATE SET {changes}" if changes else "NOTHING")

    def add(self, columns: Sequence[str]) -> str:
        """Add to the numbers in `columns`."""
        changes = ", ".join(f"{name} = {self.name}.{name} + excluded.{name}" for name in columns)
        return self._insert(columns, f"UPDATE SET {changes}")

    def _insert(self, columns: Sequence[str], otherwise: str) -> str:
        names = (*self.key, *columns)
        places = ", ".join("?" * len(names))
        return (
            f"INSERT INTO {self.name} ({', '.join(names)}) VALUES ({places}) "
            f"ON CONFLICT ({', '.join(self.key)}) DO {otherwise}"
        )
