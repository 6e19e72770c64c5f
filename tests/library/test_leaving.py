"""What may be taken out of the log, and what stands where it was."""

from __future__ import annotations

import gzip
from datetime import timedelta
from pathlib import Path

import pytest
from msgspec import structs

from zamaz import chain
from zamaz.errors import ForkRefused
from zamaz.events import Fact, Recorded
from zamaz.events.client import DebateForked, DebateImported, DebateRequested, ImportedRecord
from zamaz.events.cost import DebateBilled
from zamaz.events.debater import ArgumentPresented, CallStarted
from zamaz.events.operator import DebateArchived, DebateErased
from zamaz.events.orchestration import RulingDiscarded, RungAsked
from zamaz.events.workflow import DebateCancelled, DebateRejected, RulingRequested, TurnRequested
from zamaz.forks import inherited
from zamaz.leaving import LATE, running_fork, why_not
from zamaz.testing import record
from zamaz.views.work.view import WorkView

from library.reading import Reader

HISTORIES = sorted((Path(__file__).parents[1] / "contract" / "histories").glob("*.json"))


def history(file: Path) -> list[Recorded]:
    return [link.stored.recorded() for link in chain.read(file.read_bytes()).facts]


WHOLE = history(next(file for file in HISTORIES if file.stem == "simple_debate"))
CANCELLED = history(next(file for file in HISTORIES if file.stem == "ended_cancelled"))
D = WHOLE[0].debate
LONG_AFTER = max(heard.at for heard in WHOLE + CANCELLED) + timedelta(days=1)


@pytest.mark.parametrize("file", HISTORIES, ids=lambda file: file.stem)
def test_what_has_ended_and_is_billed_may_leave(file: Path):
    facts = history(file)
    assert why_not("d1", facts, LONG_AFTER) == ""


def test_what_runs_may_not():
    running = [
        heard for heard in WHOLE if heard.seq < next(h.seq for h in WHOLE if isinstance(h.fact, ArgumentPresented))
    ]
    assert why_not("d1", running, LONG_AFTER) == (
        "d1 has not ended: wait for it, or end it first (zamaz abort d1 --why …)"
    )
    unbilled = [heard for heard in WHOLE if not isinstance(heard.fact, DebateBilled)]
    assert "the bill of d1 does not stand yet" in why_not("d1", unbilled, LONG_AFTER)


def test_a_call_in_flight_holds_it_back_until_it_must_have_ended():
    said = [heard for heard in CANCELLED if not isinstance(heard.fact, ArgumentPresented)]
    assert any(isinstance(heard.fact, DebateCancelled) for heard in said)
    turn = next(h.fact for h in said if isinstance(h.fact, TurnRequested))
    assert any(isinstance(heard.fact, CallStarted) for heard in said)
    assert "has calls in flight" in why_not("d1", said, turn.deadline)
    assert why_not("d1", said, turn.deadline + 2 * LATE) == ""


def test_a_paid_call_for_a_ruling_in_flight_holds_it_back_too():
    wanted = RulingRequested(ruling="x", kind="consensus", round=1, sees=0, turns=(), deadline=LONG_AFTER)
    begun = RungAsked(call="x-asked-1", ruling="x", by="o", rung="r", provider="p", model="m", prompt_digest="")
    said = [*CANCELLED, record(9998, wanted, debate="d1"), record(9999, begun, debate="d1")]
    assert "has calls in flight" in why_not("d1", said, LONG_AFTER)
    lost = RulingDiscarded(discard="x", ruling="x", rung="r", call="x-asked-1")
    assert why_not("d1", [*said, record(10000, lost, debate="d1")], LONG_AFTER) == ""


def test_a_fork_that_runs_holds_its_parent_back():
    fork = [record(9, DebateForked(parent="d1", at=3), debate="f1")]
    assert running_fork("d1", "f1", fork).startswith("f1 was forked from d1 and has not ended")
    assert running_fork("d1", "f1", [*fork, record(10, DebateRejected(reason="bad_fork", why="x"), debate="f1")]) == ""
    assert running_fork("other", "f1", fork) == ""


@pytest.mark.parametrize(
    ("left", "told"),
    [
        (DebateErased(by="ann", why="asked to"), f"debate {D} was erased by ann: asked to"),
        (DebateArchived(digest="0", where="/a/d.json.gz"), "is archived in /a/d.json.gz: zamaz import archive brings"),
    ],
)
def test_a_fork_of_what_is_gone_says_so(left: Fact, told: str):
    with pytest.raises(ForkRefused) as refused:
        inherited([record(99, left, debate=D)], DebateForked(parent=D, at=3))
    assert told in str(refused.value)


def rows(*facts: Fact) -> list[tuple[str, str, str]]:
    reader = Reader(*(record(n, fact) for n, fact in enumerate(facts, 1)))
    return [(row.status, row.question, row.why) for row in reader.newest(9)]


def test_a_row_loses_what_is_erased_and_is_marked_where_it_is_archived():
    asked = DebateRequested(question="Split it?")
    assert rows(asked, DebateErased(by="ann", why="asked to")) == [("erased", "", "asked to")]
    away = DebateArchived(digest="0", where="/a/d1.json.gz")
    assert rows(asked, away) == [("archived", "Split it?", "/a/d1.json.gz")]
    back = (asked, DebateRejected(reason="malformed", why="empty"))
    assert rows(asked, away, *back) == [("rejected", "Split it?", "empty")]
    assert rows(asked, DebateErased(why="asked to"), *back) == [("erased", "", "asked to")], "and stays erased"
    imported = DebateImported(record=ImportedRecord(id="x", question="Old?"))
    assert rows(imported, away) == [("archived", "Old?", "/a/d1.json.gz")]
    assert rows(imported, away, imported)[0][0] == "imported"
    assert rows(imported, DebateErased(why="asked to")) == [("erased", "", "asked to")]


def test_a_compressed_export_is_read_as_the_plain_one():
    plain = HISTORIES[0].read_bytes()
    assert chain.read(gzip.compress(plain)) == chain.read(plain)
    for broken in (gzip.compress(plain)[:-20], b"\x1f\x8bnone"):
        with pytest.raises(chain.NoExport, match="it is no export of a debate"):
            chain.read(broken)


def test_the_sums_forget_what_left_and_know_it_again_when_it_is_back():
    def sums(*facts: Recorded) -> set[tuple[object, ...]]:
        dumped, found = Reader(*facts, views=[WorkView()]).dump(), set()
        for table in WorkView.tables:
            numbers = [n for n, name in enumerate(table.columns) if name not in table.key]
            found |= {(table.name, *row) for row in dumped[table.name] if any(row[n] for n in numbers)}
        return found

    whole = sums(*WHOLE)
    gone = record(WHOLE[-1].seq + 1, DebateArchived(digest="0", where="/a"), debate=D)
    assert whole
    assert sums(*WHOLE, gone) == set()
    back = [structs.replace(heard, seq=heard.seq + gone.seq) for heard in WHOLE]
    assert sums(*WHOLE, gone, *back) == whole
