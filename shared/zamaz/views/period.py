"""Which sums are wanted: a period of days, one requester, one workflow."""

from __future__ import annotations

from datetime import date, timedelta
from typing import NamedTuple

DAY_LENGTH, MONTH_LENGTH = 10, 7


class Period(NamedTuple):
    """`since` and `until` are days (UTC), both inside; None and "" leave it open."""

    since: date | None = None
    until: date | None = None
    requester: str = ""
    workflow: str = ""

    @property
    def whole_months(self) -> bool:
        """Whether it begins and ends with a month, so that the months' sums are enough."""
        begins = self.since is None or self.since.day == 1
        return begins and (self.until is None or self.until == date.max or (self.until + timedelta(days=1)).day == 1)

    def where(self, *, by_day: bool = False) -> tuple[str, tuple[str, ...]]:
        """A condition on span, day, requester and workflow, and its values. `by_day`: the days' own sums."""
        by_month = self.whole_months and not by_day
        length = MONTH_LENGTH if by_month else DAY_LENGTH
        wanted = {
            "span = ?": "month" if by_month else "day",
            "day >= ?": self.since.isoformat()[:length] if self.since else "",
            "day <= ?": self.until.isoformat()[:length] if self.until else "",
            "requester = ?": self.requester,
            "workflow = ?": self.workflow,
        }
        said = {condition: value for condition, value in wanted.items() if value}
        return " AND ".join(said), tuple(said.values())
