"""Whom a seat sees of the others."""

from __future__ import annotations

from typing import Any

import pytest

from zamaz.events.flow import Seat
from zamaz.events.workflow import TurnRequested
from zamaz_workflow.sight import seen_by

from workflow.running import CHECK, COUNTER, FINAL, INITIAL, answered, running


def seat(name: str, **more: Any) -> Seat:
    return Seat(participant=name, provider="dear", model=f"{name}-1", **more)


def names(seats: tuple[Seat, ...]) -> str:
    return "".join(seat.participant for seat in seats)


@pytest.mark.parametrize(
    ("visibility", "side", "seen"),
    [
        ("all", "", "bcde"),
        ("summary", "", "bcde"),
        ("neighbours", "", "be"),
        ("own_side", "pro", "c"),
        ("own_side", "", ""),
    ],
)
def test_a_seat_sees_whom_it_may_see(visibility: Any, side: str, seen: str):
    me = seat("a", visibility=visibility, side=side)
    circle = (me, seat("b"), seat("c", side="pro"), seat("d", side="contra"), seat("e"))
    assert names(seen_by(me, circle)) == seen


@pytest.mark.parametrize("visibility", ["neighbours", "own_side", "all", "summary"])
def test_who_stands_outside_the_circle_sees_everybody(visibility: Any):
    assert names(seen_by(seat("m", visibility=visibility), (seat("a"), seat("b")))) == "ab"


@pytest.mark.parametrize("circle", ["a", "ab", "abc"])
def test_in_a_small_circle_all_are_neighbours(circle: str):
    seats = tuple(seat(name, visibility="neighbours") for name in circle)
    assert names(seen_by(seats[0], seats)) == circle[1:]


def test_the_turns_show_it_by_labels_that_stay_the_same_and_tell_the_stance():
    table = (
        seat("ann", side="pro", visibility="own_side", stance="for it"),
        seat("bob", side="contra"),
        seat("cat", side="pro", visibility="neighbours"),
        seat("dan", side="contra", visibility="summary"),
    )
    tale = answered(running(INITIAL, COUNTER, CHECK, FINAL, table=table))
    turns = {turn.participant: turn for turn in tale.all(TurnRequested) if turn.step == "counter_arguments"}
    assert turns["ann"].labels == {"C": "cat"}
    assert turns["bob"].labels == {"A": "ann", "C": "cat", "D": "dan"}
    assert turns["cat"].labels == {"B": "bob", "D": "dan"}
    assert turns["dan"].labels == {"A": "ann", "B": "bob", "C": "cat"}
    assert (turns["ann"].stance, turns["dan"].visibility) == ("for it", "summary")
