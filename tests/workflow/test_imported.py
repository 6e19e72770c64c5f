"""A debate that was held elsewhere: it is over, and its id is taken."""

from __future__ import annotations

from zamaz.events.client import DebateImported, DebateRequested, ImportedRecord
from zamaz.events.operator import DebateArchived, DebateErased
from zamaz.events.workflow import DebateCompleted, DebateRejected, DebateStarted
from zamaz_workflow.decide import wake

from workflow.table import all_answer, asked, ruled, story

IMPORTED = DebateImported(record=ImportedRecord(id="d1", question="Split it?", decision="Split it."))


def test_nothing_is_said_of_it_and_nothing_wakes_for_it():
    tale = story().given(IMPORTED)
    assert tale.said() == []
    assert wake(tale.state, tale.world) is None


def test_a_request_on_its_id_is_rejected_and_starts_nothing():
    tale = story().when(IMPORTED, DebateRequested(question="Split it?"))
    (rejected,) = tale.all(DebateRejected)
    assert rejected.reason == "malformed"
    assert "imported" in rejected.why
    assert tale.all(DebateStarted) == []


def test_a_request_is_rejected_at_once_although_no_debater_lives():
    assert len(story({}).when(IMPORTED, DebateRequested(question="q")).all(DebateRejected)) == 1


def test_an_import_on_an_id_that_was_requested_changes_nothing():
    tale = asked().when(IMPORTED)
    assert tale.all(DebateRejected) == []
    tale = ruled(all_answer(tale), 1.0)
    tale = all_answer(tale).later(3).then()
    assert len(tale.all(DebateCompleted)) == 1


def test_it_comes_too_late_also_for_a_request_that_still_waits():
    tale = story({}).when(DebateRequested(question="q"), IMPORTED)
    assert tale.said() == []
    assert len(tale.later(10.1).then().all(DebateStarted)) == 1


def test_what_was_erased_starts_nothing_anew():
    tale = story().given(DebateErased(by="ann", why="asked to")).when(DebateRequested(question="Split it?"))
    (rejected,) = tale.all(DebateRejected)
    assert (rejected.reason, tale.all(DebateStarted)) == ("erased", [])
    assert "was erased stood under the id 'd1'" in rejected.why


def test_what_is_archived_is_left_alone_also_while_it_is_put_back():
    tale = story().given(DebateArchived(digest="0", where="/a"), DebateRequested(question="Split it?"))
    assert tale.said() == []
