from __future__ import annotations

import pytest

from zamaz.cli.moment import NoMoment, until
from zamaz.events.client import DebateRequested
from zamaz.events.workflow import RoundStarted

from library.screens import log

FACTS = log(DebateRequested(question="Split?"), RoundStarted(round=1), RoundStarted(round=2))[1:]
"""Two facts, at sequences 1 and 2, one and two seconds after midnight UTC."""


def stood(at: str) -> list[int]:
    return [heard.seq for heard in until(FACTS, at)]


@pytest.mark.parametrize(
    "at",
    [
        "1",
        "2026-01-01T00:00:01Z",
        "2026-01-01T00:00:01",
        "2026-01-01 01:00:01.5+01:00",
        "2026-01-01T00:00:01.999999999Z",
    ],
)
def test_a_fact_stands_from_its_own_moment_on(at: str):
    assert stood(at) == [1]


@pytest.mark.parametrize("at", ["2", "99999999999999999999", "2027-01-01"])
def test_a_moment_that_has_not_come_is_now(at: str):
    assert stood(at) == [1, 2]


@pytest.mark.parametrize("at", ["0", "2026-01-01", "2026-01-01T00:00:01+00:01"])
def test_before_the_beginning_there_was_nothing_and_the_error_says_when_it_began(at: str):
    with pytest.raises(NoMoment, match="had not begun at") as told:
        stood(at)
    assert str(told.value).endswith("its first fact is 1 in the log, stored 2026-01-01T00:00:01Z")


@pytest.mark.parametrize("at", ["yesterday", "-1", "1.5", "10m", "2026-13-01", "²"])
def test_what_is_no_moment_is_said_to_be_none(at: str):
    with pytest.raises(NoMoment, match="neither a sequence of the log nor a time such as"):
        stood(at)
