"""An imported debate in the view and on the screen."""

from __future__ import annotations

from zamaz.cli.look import status_of
from zamaz.cli.watch import exit_code
from zamaz.events import Fact
from zamaz.events.client import DebateImported, DebateRequested, ImportedAnswer, ImportedRecord, ImportedRound
from zamaz.events.workflow import DebateRejected
from zamaz.testing import record

from library.reading import Reader
from library.screens import printed, scene, started

ANSWERS = (
    ImportedAnswer(participant="claude", text="Split *it*."),
    ImportedAnswer(participant="gemini", text="Gemini error: no key", error=True),
)
OLD = ImportedRecord(
    id="debate 7",
    question="Split it?",
    complexity="complex",
    rounds=(ImportedRound(round=1, answers=ANSWERS),),
    decision="Do split it.",
    started_at="2025-07-07T19:32:35",
    ended_at="2025-07-07T19:32:49",
)
IMPORTED = DebateImported(record=OLD)
UNDECIDED = DebateImported(record=ImportedRecord(id="x", question="q", decision="Error: x", decision_error=True))


def rows(*facts: Fact) -> list[tuple[str, str, str]]:
    made = Reader(*(record(n, fact) for n, fact in enumerate(facts, 1)))
    return [(row.question, status_of(row), row.decision) for row in made.newest(10)]


def test_it_is_a_row_with_the_times_of_its_record():
    (row,) = Reader(record(1, IMPORTED)).newest(10, "imported")
    assert (row.participants, row.rounds, row.decision) == ("claude, gemini", 1, "Do split it.")
    assert (row.requested_at, row.ended_at) == (OLD.started_at, OLD.ended_at)
    assert status_of(row) == "imported"


def test_a_request_on_its_id_and_its_rejection_leave_the_row_as_it_is():
    rejected = DebateRejected(reason="malformed", why="imported")
    assert rows(IMPORTED, DebateRequested(question="other"), rejected) == rows(IMPORTED)


def test_an_import_on_an_id_that_was_requested_is_no_row():
    assert rows(DebateRequested(question="q"), IMPORTED, started("ann", "bob")) == [("q", "running", "")]


def test_without_a_decision_the_row_has_none():
    assert rows(UNDECIDED) == [("q", "imported", "")]


def test_it_is_shown_with_its_answers_and_what_is_none_is_said_to_be_none():
    shown = printed(IMPORTED)
    for part in ("Split it?", "imported", "debate 7", "Round 1", "claude", "Decision", "Do split it."):
        assert part in shown
    assert "Split it." in shown, "an answer is Markdown"
    assert "no answer: Gemini error: no key" in shown
    assert "No decision" in printed(UNDECIDED)


def test_it_is_over_as_soon_as_it_is_read():
    assert scene(IMPORTED).ending == IMPORTED
    assert exit_code(scene(IMPORTED)) == 0
    assert exit_code(scene(UNDECIDED)) == 1


def test_on_an_id_that_was_requested_it_is_not_shown():
    before = DebateRequested(question="q")
    assert scene(before, IMPORTED).ending is None
    assert printed(before, IMPORTED) == printed(before)


def test_control_characters_of_an_old_answer_reach_no_terminal():
    answer = ImportedAnswer(participant="claude", text="red \x1b[31malert")
    old = DebateImported(
        record=ImportedRecord(id="x", question="q", rounds=(ImportedRound(round=1, answers=(answer,)),))
    )
    assert "\x1b[31m" not in printed(old)
