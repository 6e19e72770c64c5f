"""All views of one log in one database: opened, caught up, and made anew where they are not what they should be."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from zamaz.events import Recorded
from zamaz.views.store import Rows, Store
from zamaz.views.tables import TEXT, Table
from zamaz.views.view import View

ABOUT = Table("about_views", ("view",), {"view": TEXT, "version": TEXT, "log": TEXT})


class Views:
    """The views in a database. `log` names the log that they follow; `anew` are those that were emptied, and why."""

    def __init__(self, store: Store, views: Sequence[View], log: str = "") -> None:
        self.store, self._views, self._log = store, tuple(views), log
        self.anew: dict[str, str] = {}
        with store.transaction(commit=True) as rows:
            store.alone(rows)
            _create(rows, store, (ABOUT,))
            for view in self._views:
                self._open(rows, view)

    def _open(self, rows: Rows, view: View) -> None:
        known = rows.ask("SELECT version, log FROM about_views WHERE view = ?", (view.name,))
        now = (view.version(), self._log)
        if known == [now]:
            return
        if known:
            other = known[0][0] != now[0]
            self.anew[view.name] = "another version wrote it" if other else "it followed another log"
        self._empty(rows, view)

    def _empty(self, rows: Rows, view: View) -> None:
        for table in view.tables:
            rows.run(f"DROP TABLE IF EXISTS {table.name}")
        _create(rows, self.store, view.tables)
        self.store.forget(rows, view.name)
        rows.each(ABOUT.put(("version", "log")), [(view.name, view.version(), self._log)])

    def empty(self, why: str) -> None:
        """Forget everything: the next catching up begins with the first fact."""
        with self.store.transaction(commit=True) as rows:
            self.store.alone(rows)
            for view in self._views:
                self._empty(rows, view)
                self.anew[view.name] = why

    def position(self) -> int:
        """The sequence up to which every view knows the log."""
        with self.store.transaction() as rows:
            return min(self.store.position(rows, view.name) for view in self._views)

    @property
    def filters(self) -> tuple[str, ...]:
        """The subjects of all facts that any of them is made of."""
        return tuple(dict.fromkeys(wanted for view in self._views for wanted in view.filters))

    def take(self, facts: Iterable[Recorded]) -> None:
        """Fold a batch in, rows and positions in one transaction. Facts known already are passed over."""
        batch = list(facts)
        if not batch:
            return
        with self.store.transaction(commit=True) as rows:
            # Asked inside the transaction: another writer may have been faster.
            self.store.alone(rows)
            for view in self._views:
                at = self.store.position(rows, view.name)
                if new := [heard for heard in batch if heard.seq > at]:
                    view.fold(rows, new)
                    self.store.moved(rows, view.name, new[-1].seq)


def _create(rows: Rows, store: Store, tables: Sequence[Table]) -> None:
    for table in tables:
        for statement in table.create(store.types):
            rows.run(statement)
