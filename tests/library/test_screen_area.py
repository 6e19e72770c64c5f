"""What a screen shows of this moment: facts and a time in, a few lines out, without a clock or a terminal."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal

import pytest
from rich.cells import cell_len

from zamaz.cli.area import clock, state
from zamaz.events import Fact
from zamaz.events.client import DebateAbortRequested, DebateRequested
from zamaz.events.cost import DebateBilled
from zamaz.events.debater import TurnFailed
from zamaz.events.workflow import (
    DebateCancelled,
    DebatePaused,
    DebateResumed,
    RoundStarted,
    RulingRequested,
)
from zamaz.testing import START

from library.screens import (
    OPENING,
    at,
    call,
    completed,
    drawn,
    price,
    printed,
    row,
    ruling,
    says,
    scene,
    started,
    turn,
)


def test_a_seat_waits_until_its_provider_is_called_and_thinks_from_then_on():
    asked = scene(*OPENING, turn("t1"))
    assert "waits for a debater 0:04" in row(drawn(asked, at(7)), "ann")
    called = scene(*OPENING, turn("t1"), call("t1"))
    assert "thinking 1:05" in row(drawn(called, at(4 + 65)), "ann")
    answered = scene(*OPENING, turn("t1"), call("t1"), says("t1", "Split."))
    assert "thinking" not in "\n".join(drawn(answered, at(9)))
    assert "has argued" in row(drawn(answered, at(9)), "ann")


def test_a_clock_behind_the_logs_shows_no_negative_time():
    assert "thinking 0:00" in row(drawn(scene(*OPENING, turn("t1"), call("t1")), at(-30)), "ann")
    assert [clock(timedelta(seconds=s)) for s in (0, 59.9, 60, 3601)] == ["0:00", "0:59", "1:00", "1:00:01"]


def test_a_position_is_traced_from_round_to_round():
    shown = scene(
        *OPENING,
        turn("t1"), says("t1", "Leave it.", verdict="reject"),
        turn("t2", round=2), says("t2", "Do it.", round=2, verdict="adopt"),
        turn("t3", round=3), says("t3", "Do it soon.", round=3, verdict="adopt"),
    )  # fmt: skip
    lines = drawn(shown, at(20))
    assert row(lines, "ann").endswith("reject → adopt → adopt*")
    assert "  Do it soon." in lines


def test_an_option_counts_before_a_verdict_and_no_position_is_told_as_such():
    shown = scene(*OPENING, turn("t1"), says("t1", "Split.", choice="split", verdict="adopt"))
    assert row(drawn(shown, at(9)), "ann").endswith("split")
    silent = scene(*OPENING, turn("t1"), says("t1", None, unparsed="no block"))
    assert row(drawn(silent, at(9)), "ann").endswith("no position")
    assert "  (no position: no block)" in drawn(silent, at(9))


def test_the_deciding_turn_is_no_position_of_its_seat():
    deciding = (*OPENING, turn("t1"), says("t1", "Do it."), turn("t9", step="last"), call("t9"))
    assert "deciding 0:03" in row(drawn(scene(*deciding), at(9)), "ann")
    assert "the decision is being worded" in state(scene(*deciding))
    decided = scene(*deciding, says("t9", "It is decided."))
    assert [argument.position for argument in decided.held["ann"]] == ["Do it."]


def test_a_failure_shows_until_the_seat_is_asked_again():
    failed = TurnFailed(turn="t1", kind="rate_limited", why="429", retryable=True)
    assert "no answer: rate limited" in row(drawn(scene(*OPENING, turn("t1"), failed), at(9)), "ann")
    again = scene(*OPENING, turn("t1"), failed, turn("t2", retries="t1", attempt=1), call("t2"))
    assert "thinking 0:03, try 2" in row(drawn(again, at(9)), "ann")


def test_scores_stand_by_round_beside_the_threshold():
    lines = drawn(scene(*OPENING, ruling(1, 0.25), ruling(2, 0.5)), at(9))
    assert "agreement 0.25 (round 1), 0.50 (round 2) · consensus from 0.75" in lines


def test_the_cost_is_marked_until_the_bill_stands():
    priced = (*OPENING, price("a", "0.01"), price("b", "0.02", "worst_case"))
    assert "$0.0300 so far, not final, 1 estimated or unpriced" in "\n".join(drawn(scene(*priced), at(9)))
    billed = scene(*priced, DebateBilled(cost_usd=Decimal("0.03"), calls=2))
    assert "$0.0300" in "\n".join(drawn(billed, at(9)))
    assert "not final" not in "\n".join(drawn(billed, at(9)))


def test_a_bill_is_awaited_only_where_something_was_called():
    ended = scene(*OPENING, turn("t1"), call("t1"), DebateCancelled())
    assert ended.unbilled
    assert not scene(*OPENING, DebateCancelled()).unbilled
    assert not scene(*OPENING, turn("t1"), call("t1"), DebateBilled(cost_usd=Decimal(0), calls=1), completed()).unbilled


def test_a_pause_shows_who_and_why_until_it_is_lifted():
    pause = DebatePaused(number=1, by="ann", why="lunch", since=START, turns=("t1",))
    paused = (*OPENING, turn("t1"), call("t1"), pause)
    assert state(scene(*paused)) == "paused by ann: lunch"
    assert "thinking" in row(drawn(scene(*paused), at(9)), "ann"), "a call in flight goes on"
    assert state(scene(*paused, DebateResumed(number=1, paused_s=3.0))) == "running"
    out_of_order = scene(*OPENING, pause, DebatePaused(number=2, since=START), DebateResumed(number=1, paused_s=1.0))
    assert state(out_of_order) == "paused", "an older pause's end does not lift a newer one"
    assert "Paused by ann: lunch" in printed(*paused)


def test_the_state_says_what_the_debate_waits_for():
    assert state(scene(DebateRequested(question="Split?"))) == "requested"
    wanted = RulingRequested(ruling="r1", kind="consensus", round=1, sees=1, turns=(), deadline=START)
    assert "weighed" in state(scene(*OPENING, wanted))
    assert state(scene(*OPENING, wanted, ruling(1, 0.5))) == "running"
    assert state(scene(*OPENING, DebateAbortRequested(by="ann"))) == "is being aborted"
    assert state(scene(*OPENING, DebateAbortRequested(by="ann"), DebateCancelled(by="ann"))) == "over"


def test_a_request_that_nobody_takes_up_raises_the_question_why():
    requested = scene(DebateRequested(question="Split?"))
    assert "does a house run?" not in "\n".join(drawn(requested, at(5)))
    assert "does a house run?" in "\n".join(drawn(requested, at(30)))


@pytest.mark.parametrize("size", [(80, 24), (120, 40), (40, 10), (20, 6)])
@pytest.mark.parametrize("seats", [2, 5, 24])
def test_the_area_never_grows_over_its_place(size: tuple[int, int], seats: int):
    width, height = size
    names = [f"a-participant-with-quite-a-long-name-決定-{n}" for n in range(seats)]
    facts: list[Fact] = [DebateRequested(question="Split?"), started(*names), RoundStarted(round=1), ruling(1, 0.2)]
    for n, name in enumerate(names):
        facts += [turn(f"t{n}", name), says(f"t{n}", "A long position. \n" * 20, name, verdict="adopt")]
    facts += [turn("x", names[-1]), call("x")]
    lines = drawn(scene(*facts), at(300), width=width, height=height, notes=("Leave? " * 40,))
    assert len(lines) <= height
    assert max(map(cell_len, lines)) <= width
    assert any(line.startswith("Leave?") for line in lines)


def test_where_seats_have_to_be_left_out_those_at_work_stay():
    names = [f"seat-{n}" for n in range(24)]
    lines = drawn(scene(started(*names), turn("t", "seat-20"), call("t")), at(9), height=8)
    assert "thinking" in row(lines, "seat-20")
    assert any(line.startswith("and ") and line.endswith(" more") for line in lines)
