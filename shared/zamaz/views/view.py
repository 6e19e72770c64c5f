"""A view: its tables, which facts it is made of, and how a batch of them changes its rows."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from typing import ClassVar

from zamaz.events import Recorded
from zamaz.views.store import Rows
from zamaz.views.tables import Table


class View:
    """One view. `name` is that of its position, `edition` counts the ways in which it has been made of the same facts:
    a new edition, like other columns, fills it anew from the first fact."""

    name: ClassVar[str]
    edition: ClassVar[int] = 1
    tables: ClassVar[tuple[Table, ...]]
    filters: ClassVar[tuple[str, ...]]

    def fold(self, rows: Rows, facts: Sequence[Recorded]) -> None:
        """Take the facts into the rows, in their order. How they are cut into batches changes nothing."""
        raise NotImplementedError

    def version(self) -> str:
        """Changes with the tables and the edition."""
        shape = [(table.name, table.key, dict(table.columns), table.indexes) for table in self.tables]
        return hashlib.sha256(repr((self.edition, shape)).encode()).hexdigest()[:16]
