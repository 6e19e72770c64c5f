"""What `zamaz redecide` counts: what would have ended otherwise, beside what would not have ended."""

from __future__ import annotations

from zamaz.cli.redecide import Pair, counted
from zamaz.otherwise import Outcome

DONE, OTHER, OPEN = Outcome("completed", "Do it."), Outcome("completed", "Leave it."), Outcome("open", why="nobody")


def test_a_debate_that_would_not_have_ended_has_not_ended_otherwise():
    same, otherwise, still = Pair("a", DONE, DONE), Pair("b", DONE, OTHER), Pair("c", DONE, OPEN)
    assert counted([same]) == "0 of 1 would have ended otherwise"
    assert counted([same, otherwise]) == "1 of 2 would have ended otherwise"
    assert counted([same, otherwise, still]) == (
        "1 of 3 would have ended otherwise; 1 would not have ended on the answers that stand"
    )
