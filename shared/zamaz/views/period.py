"""Which sums are wanted: a period of days, one requester, one workflow."""

from __future__ import annotations

from datetime import date
from typing import NamedTuple


class Period(NamedTuple):
    """`since` and `until` are days (UTC), both inside; None and "" leave it open."""

    since: date | None = None
    until: date | None = None
    requester: str = ""
    workflow: str = ""

    def where(self) -> tuple[str, tuple[str, ...]]:
        """A condition on day, requester and workflow, and its values."""
        wanted = {
            "day >= ?": self.since.isoformat() if self.since else "",
            "day <= ?": self.until.isoformat() if self.until else "",
            "requester = ?": self.requester,
            "workflow = ?": self.workflow,
        }
        said = {condition: value for condition, value in wanted.items() if value}
        return " AND ".join(said) or "1 = 1", tuple(said.values())
