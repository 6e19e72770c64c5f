from __future__ import annotations

from datetime import date
from decimal import Decimal

import pytest
from msgspec.structs import replace
from psycopg.types.string import StrDumper

from zamaz.cli.look import as_it_stood
from zamaz.events import Malformed, Recorded, Unknown
from zamaz.events.client import DebateForked, DebateRequested
from zamaz.events.cost import DebateBilled
from zamaz.events.flow import Flow, Seat
from zamaz.events.operator import DebateErased
from zamaz.events.workflow import (
    DebateCancelled,
    DebatePaused,
    DebateRejected,
    DebateResumed,
    DebateStarted,
    ParticipantJoined,
    RoundStarted,
)
from zamaz.testing import START, record
from zamaz.views.batch import Batch
from zamaz.views.debates import TABLE
from zamaz.views.period import Period
from zamaz.views.postgres import PostgresRows

from library.reading import Reader


def test_a_row_follows_its_debate():
    made = Reader(
        record(1, DebateRequested(question="Split?", requester="ann"), debate="d1"),
        record(2, RoundStarted(round=2), debate="d1"),
        record(3, DebateCancelled(by="ann", why="no need"), debate="d1"),
        record(4, DebateBilled(cost_usd=Decimal("0.25"), calls=2), debate="d1"),
    )
    (row,) = made.newest(10)
    assert (row.id, row.question, row.status, row.rounds) == ("d1", "Split?", "cancelled", 2)
    assert (row.stop_reason, row.why, row.cost_usd, row.cost_final) == ("abort", "no need", "0.25", 1)


def test_a_paused_debate_is_shown_as_such_until_it_goes_on():
    paused = DebatePaused(number=1, by="ann", why="lunch", since=START)
    made = Reader(record(1, DebateRequested(question="q")), record(2, paused))
    assert [(row.status, row.why) for row in made.newest(10, "paused")] == [("paused", "lunch")]
    made.take([record(3, DebateResumed(number=1, paused_s=60.0))])
    assert [(row.status, row.why) for row in made.newest(10)] == [("running", "")]


def test_who_comes_in_flight_stands_among_the_participants():
    seats = [Seat(participant=name, provider="script", model="agree") for name in ("ann", "bob", "eve")]
    flow = Flow(id="w", steps=())
    began = DebateStarted(workflow="w", flow=flow, flow_digest="f", seats=tuple(seats[:2]))
    made = Reader(record(1, DebateRequested(question="q")), record(2, began))
    made.take([record(3, ParticipantJoined(seat=2, who=seats[2], since=2))])
    assert [row.participants for row in made.newest(10)] == ["ann, bob, eve"]


def test_facts_that_are_known_already_change_nothing():
    made = Reader(record(5, DebateRequested(question="Split?")))
    made.take([record(4, DebateRejected(reason="malformed", why="late")), record(5, DebateCancelled())])
    assert [row.status for row in made.newest(10)] == ["requested"]
    assert made.position() == 5


def test_what_cannot_be_read_is_shown_as_such_and_the_unknown_is_passed_over():
    made = Reader(
        record(1, Malformed("evt.client.d1.DebateRequested", "not JSON", 3)),
        record(2, Unknown("evt.workflow.d2.Newer", b"{}")),
    )
    assert [(row.id, row.question) for row in made.newest(10)] == [("d1", "(unreadable)")]
    assert made.position() == 2


def test_debates_are_found_by_the_beginning_of_their_id_and_by_status():
    made = Reader(*(record(n, DebateRequested(question="q"), debate=f"a{n}") for n in (1, 2)))
    assert [row.id for row in made.beginning_with("a2")] == ["a2"]
    assert made.beginning_with("a%") == []
    assert len(made.newest(10, "requested")) == 2
    assert made.newest(10, "completed") == []


def forked(seq: int, parent: str, debate: str, **changes: str) -> Recorded:
    return record(seq, DebateForked(parent=parent, at=1, changes=dict(changes)), debate=debate)


def test_a_fork_has_the_question_of_whom_it_comes_from_unless_it_has_its_own():
    asked = record(1, DebateRequested(question="Split?"), debate="d1")
    own = forked(4, "f1", "f3", question="Merge?")
    made = Reader(asked, forked(2, "d1", "f1"), forked(3, "f1", "f2"), own, forked(5, "f3", "f4"))
    told = {"d1": "Split?", "f1": "Split?", "f2": "Split?", "f3": "Merge?", "f4": "Merge?"}
    assert {row.id: row.question for row in made.newest(10)} == told
    for row in made.newest(10):
        assert made.beginning_with(row.id) == [row]


def test_a_fork_is_looked_at_as_itself_also_where_all_that_stood_was_its_parents():
    parents = [record(1, DebateRequested(question="Split?")), record(2, RoundStarted(round=1))]
    beginning = [replace(heard, debate="parent") for heard in parents]
    (row,) = as_it_stood(beginning, "fork")
    assert (row.id, row.question, row.rounds) == ("fork", "Split?", 1)
    (row, *_) = as_it_stood([*beginning, forked(3, "parent", "fork")], "fork")
    assert (row.id, row.question, row.parent) == ("fork", "Split?", "parent")


def test_a_fork_does_not_keep_the_question_of_what_was_erased_and_has_it_again_when_it_is_back():
    asked = record(1, DebateRequested(question="Split?"), debate="d1")
    made = Reader(asked, forked(2, "d1", "f1"), record(3, DebateErased(why="asked to"), debate="d1"))
    assert [row.question for row in made.beginning_with("f1")] == ["(fork of d1)"]
    assert [row.question for row in Reader(forked(2, "d1", "f1"), asked).beginning_with("f1")] == ["Split?"]


def test_forks_of_each_other_have_no_question_and_end():
    made = Reader(forked(1, "b", "a"), forked(2, "a", "b"), forked(3, "c", "c"))
    assert [row.question for row in made.newest(10)] == ["(fork of b)", "(fork of a)", "(fork of c)"]


def test_a_fork_whose_question_is_no_text_is_listed_with_its_parents():
    odd = record(2, DebateForked(parent="d1", at=1, changes={"question": ["Split?"]}), debate="f1")
    made = Reader(record(1, DebateRequested(question="Split?"), debate="d1"), odd)
    assert [row.question for row in made.beginning_with("f1")] == ["Split?"]


def test_a_question_with_a_character_0_is_one_that_postgresql_can_hold():
    batch, cursor = Batch(), FakeCursor()
    batch.put(TABLE, ("d1",), {"question": "Split\0it?"})
    batch.write(PostgresRows(cursor, "%s"))
    rows = PostgresRows(cursor, "%s")
    rows.run("SELECT ?", ("a\0b",))
    assert cursor.values == [("d1", "Split\ufffdit?"), ("a\ufffdb",)]
    for values in cursor.values:
        assert all(StrDumper(str).dump(value) for value in values)


class FakeCursor:
    """What would be sent to a database."""

    def __init__(self) -> None:
        self.values: list[tuple[str, ...]] = []

    def execute(self, _: str, values: tuple[str, ...]) -> None:
        self.values.append(values)

    def executemany(self, _: str, rows: list[tuple[str, ...]]) -> None:
        self.values += rows


@pytest.mark.parametrize(("until", "whole"), [("9999-12-31", True), ("2026-02-28", True), ("2026-02-27", False)])
def test_a_period_may_end_with_the_last_day_of_all(until: str, whole: bool):
    assert Period(until=date.fromisoformat(until)).whole_months is whole
