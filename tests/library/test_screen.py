"""What stays on a screen: facts in, lines out, without a terminal."""

from __future__ import annotations

import io
from decimal import Decimal

import pytest
from rich.file_proxy import FileProxy

from zamaz.cli.scene import evolve
from zamaz.cli.voice import say
from zamaz.events import Malformed, Unknown
from zamaz.events.cost import DebateBilled
from zamaz.events.debater import TurnFailed
from zamaz.events.flow import SUMMARY, Seat
from zamaz.events.workflow import (
    DebateCancelled,
    DebateChanged,
    Dissent,
    ParticipantJoined,
    ParticipantLeft,
    RequestRefused,
    StepTimedOut,
)
from zamaz.testing import record

from library.screens import (
    OPENING,
    call,
    completed,
    console,
    price,
    printed,
    ruling,
    says,
    scene,
    turn,
)


def test_an_answer_that_was_given_up_is_shown_and_does_not_count():
    late = (*OPENING, turn("t1"), StepTimedOut(round=1, step="first", turns=("t1",)), says("t1", "Too late."))
    assert scene(*late).held == {}
    assert scene(*late).open == {}
    assert "does not count" in printed(*late)


def test_a_summary_is_nobody_s_argument_and_a_missing_one_is_told():
    asked = turn("t9", seat="nano", step=SUMMARY, round=3, sums_up=2)
    made = (*OPENING, asked, says("t9", None, seat="nano", round=3, argument="A wants it."))
    assert "nano" not in scene(*made).held
    assert "in short, rounds 1 to 2, for who speaks from here on" in printed(*made)
    assert "no position" not in printed(*made)
    failed = TurnFailed(turn="t9", kind="refused", why="not that", retryable=False)
    shown = printed(*OPENING, asked, failed)
    assert "nano made no summary of rounds 1 to 2" in shown
    assert "who speaks next reads the newest rounds alone" in shown
    assert "did not come in time" in printed(*OPENING, asked, StepTimedOut(round=3, step=SUMMARY, turns=("t9",)))


def test_arguments_stay_with_what_changed_since_the_round_before():
    shown = printed(
        *OPENING,
        turn("t1"), says("t1", "Leave it.", verdict="reject", argument="# Why\n\n- **costs**"),
        turn("t2", round=2, labels={"A": "bob"}),
        says("t2", "Do it.", round=2, verdict="adopt", on_others={"A": "partly"}),
    )  # fmt: skip
    assert "costs" in shown
    assert "**" not in shown
    assert "partly with bob" in shown
    assert "before, in round 1: Leave it. (reject)" in shown


def test_a_live_screen_leaves_out_what_its_area_says_anyway():
    facts = (*OPENING, turn("t1"), price("a", "0.01"), ParticipantLeft(seat=1, participant="bob", why="no key"))
    plain, live = printed(*facts), printed(*facts, live=True)
    assert "is thinking" in plain
    assert "$0.0100 so far" in plain
    assert "is thinking" not in live
    assert "so far" not in live
    assert "bob leaves: no key" in live


def test_who_comes_and_goes_and_what_is_changed_stays_on_the_screen():
    eve = Seat(participant="eve", provider="xai", model="grok-3")
    facts = (
        *OPENING,
        ParticipantJoined(seat=2, who=eve, since=2, replaces="bob", by="ann", why="bob is tired"),
        ParticipantLeft(seat=1, participant="bob", why="replaced by eve", by="ann"),
        DebateChanged(number=1, round=1, max_rounds=5, consensus_threshold=0.9, by="ann", why="it matters"),
        RequestRefused(request="k", asked="ParticipantDismissed", why="nobody here is called 'zoe'"),
    )
    shown = printed(*facts)
    assert "eve (xai/grok-3) joins in the place of bob by ann: bob is tired." in shown
    assert "bob leaves (asked by ann): replaced by eve" in shown
    assert "Changed by ann: it matters: max_rounds 5, consensus_threshold 0.9." in shown
    assert "ParticipantDismissed is refused: nobody here is called 'zoe'" in shown
    began, flow = scene(*facts).started, scene(*facts).flow
    assert began
    assert flow
    assert [seat.participant for seat in began.seats] == ["ann", "bob", "eve"]
    assert (flow.max_rounds, began.flow.max_rounds) == (5, 3)


def test_the_end_shows_decision_reasons_dissent_stop_and_bill():
    shown = printed(
        *OPENING,
        turn("t1"), says("t1", "Leave it.", verdict="reject"),
        turn("t2", round=2), says("t2", "Do it.", round=2, verdict="adopt"),
        ruling(1, 0.0), ruling(2, 1.0),
        completed(dissent=(Dissent(participant="bob", position="Leave it."),)),
        DebateBilled(cost_usd=Decimal("0.61"), calls=3, estimated=1),
    )  # fmt: skip
    for part in (
        "1 Leave it. (reject)",
        "2 Do it. (adopt)",
        "Agreement 0.00 (round 1), 1.00 (round 2); consensus from 0.75",
        "Split it slowly.",
        "Because it holds.",
        "Dissent bob: Leave it.",
        "Stopped by consensus (score 1.00 in round 2) after 2 rounds. Cost $0.5000, not final.",
        "Bill: $0.6100 for 3 calls (1 estimated)",
    ):
        assert part in " ".join(shown.split())


def test_a_strangers_words_are_neither_markup_nor_orders():
    said = says("t1", "[red]Split[/] \x1b]0;x\x07", argument="[x](http://evil.example) \x1b[2J [/bold]")
    shown = printed(*OPENING, turn("t1"), said, DebateCancelled(by="[bold]", why="[/]"))
    assert "\x1b" not in shown
    assert "[red]Split[/]" in shown
    assert "http://evil.example" in shown, "where a link leads is shown"
    assert "by [bold]: [/]" in shown


def test_what_a_command_says_meanwhile_goes_through_the_live_screen(monkeypatch: pytest.MonkeyPatch):
    above, around = console(), io.StringIO()
    monkeypatch.setattr("sys.stderr", FileProxy(above, around))
    say("cost ended; starting it again")
    assert isinstance(above.file, io.StringIO)
    assert above.file.getvalue() == "cost ended; starting it again\n"
    assert around.getvalue() == "", "a line around the screen would leave a ghost of it behind"


def test_what_is_not_known_changes_nothing():
    before = scene(*OPENING)
    newer = record(9, Unknown("evt.workflow.d1.Newer", b"{}"))
    broken = record(10, Malformed("evt.client.d1.DebateRequested", "not JSON", 3))
    assert evolve(evolve(before, newer), broken) == before
    assert printed(Unknown("evt.workflow.d1.Newer", b"{}")) == ""
    assert scene(call("t0"), says("t0", "Hm."), TurnFailed(turn="t0", kind="empty", why="", retryable=False)).open == {}
