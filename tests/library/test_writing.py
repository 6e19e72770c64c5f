"""What a screen shows of answers that are being written."""

from __future__ import annotations

from rich.cells import cell_len

from zamaz.cli.writing import Writing
from zamaz.live import Piece, piece

from library.screens import OPENING, at, call, drawn, row, scene, turn


def told(*pieces: Piece) -> str:
    writing = Writing()
    for one in pieces:
        writing.take("t1", one)
    return writing.tails(40)["t1"]


def test_pieces_that_follow_each_other_are_one_text() -> None:
    assert told(Piece("t1-1", 0, "Split it, "), Piece("t1-1", 10, "slowly.")) == "Split it, slowly."


def test_who_comes_late_sees_that_something_went_before() -> None:
    assert told(Piece("t1-1", 10, "slowly.")) == "… slowly."
    assert told(Piece("t1-1", 0, "Split it, "), Piece("t1-1", 30, "at last.")) == "… at last."


def test_a_takeover_begins_again() -> None:
    assert told(Piece("t1-1", 0, "Split it, "), Piece("t1-2", 0, "Keep it.")) == "Keep it."


def test_a_line_shows_the_newest_words_and_fits() -> None:
    for text in ("word " * 50 + "and the last", "広い言葉" * 30 + " 終わり"):
        line = told(Piece("t1-1", 0, text))
        assert cell_len(line) <= 40
        assert line.startswith("… ")
        assert line.endswith(text[-3:])


def test_a_message_of_another_kind_is_passed_over() -> None:
    assert piece(b"no json") is None
    assert piece(b'{"call": 7}') is None


def test_a_seat_shows_what_it_is_writing() -> None:
    shown = scene(*OPENING, turn("t1"), call("t1"))
    lines = drawn(shown, at(9), writing={"t1": "… and so it is"})
    assert "… and so it is" in lines[lines.index(row(lines, "ann")) + 1]
