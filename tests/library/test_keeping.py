"""An archive that is interrupted and gone on with: what no file holds is never purged."""

from __future__ import annotations

import asyncio
import json
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from msgspec.structs import replace

from zamaz import chain, subjects
from zamaz.chain import Stored
from zamaz.events import Fact, Recorded, encode, subject_of
from zamaz.events.client import HumanRulingGiven
from zamaz.events.cost import CallPriced
from zamaz.events.debater import ArgumentPresented
from zamaz.events.operator import DebateArchived
from zamaz.keeping import BEING_PUT_BACK, CannotLeave, Keeper, Put, comes_later
from zamaz.log import Appended
from zamaz.views.debates import DebatesView
from zamaz.views.work import WorkView

from library.reading import Reader

HISTORIES = Path(__file__).parents[1] / "contract" / "histories"
FILE = HISTORIES / "ended_cancelled.json"
WHOLE = chain.read(FILE.read_bytes())
D = WHOLE.debate
LATE = HumanRulingGiven(ruling="late", decision="Do it.", by="bob")


class Killed(Exception):
    """The process is gone."""


class FakeLog:
    """One debate in memory, with purges. A `kill` is the number of the question before which the process is killed,
    and `meanwhile` is said by somebody else just before DebateArchived."""

    def __init__(self) -> None:
        self.facts = {link.subject: link.stored for link in WHOLE.facts}
        self.nc: Any = SimpleNamespace(new_inbox=lambda: "_INBOX.x", request=self._purge)
        self.meanwhile: Fact | None = None
        self.kill = -1
        self._asked = 0

    def say(self, fact: Fact) -> int:
        seq = max((one.seq for one in self.facts.values()), default=0) + 1
        subject = subject_of(D, fact)
        self.facts[subject] = Stored(seq, subject, "2026-01-01T00:00:00Z", encode(fact))
        return seq

    async def stored(self, _: str) -> list[Stored]:
        self._asked += 1
        if self._asked == self.kill:
            raise Killed
        return sorted(self.facts.values())

    async def last(self, subject: str) -> Recorded | None:
        return self.facts[subject].recorded() if subject in self.facts else None

    async def append(self, _: str, fact: Fact) -> Appended:
        if self.meanwhile:
            self.say(self.meanwhile)
            self.meanwhile = None
        return Appended(self.say(fact), True)

    async def _purge(self, _: str, body: bytes, **__: object) -> Any:
        asked = json.loads(body)
        gone = [
            name
            for name, one in self.facts.items()
            if name.startswith(asked["filter"].removesuffix(">")) and one.seq < asked.get("seq", one.seq + 1)
        ]
        for name in gone:
            del self.facts[name]
        return SimpleNamespace(data=b"{}")

    def left(self) -> set[str]:
        return {subjects.parse(name).type for name in self.facts}


@pytest.fixture(autouse=True)
def no_forks(monkeypatch: pytest.MonkeyPatch) -> None:
    async def none(*_: object) -> Any:
        return
        yield

    monkeypatch.setattr(Keeper, "_forks", none)


def archive(log: Any, folder: Path) -> Path:
    async def run() -> Path:
        return await Keeper(log).archive(D, folder, by="ann")

    return asyncio.run(run())


def restore(log: Any, file: Path) -> Put:
    made = chain.read(file.read_bytes())

    async def run() -> Put:
        return await Keeper(log).restore(made)

    return asyncio.run(run())


def test_an_archive_that_is_interrupted_is_finished(tmp_path: Path):
    log = FakeLog()
    log.kill = 2
    with pytest.raises(Killed):
        archive(log, tmp_path)
    file = archive(log, tmp_path)
    assert chain.read(file.read_bytes()).head == WHOLE.head
    assert log.left() == {"DebateArchived"}


def test_what_was_said_while_it_was_written_is_not_purged_when_it_goes_on(tmp_path: Path):
    log = FakeLog()
    log.kill, log.meanwhile = 2, LATE
    with pytest.raises(Killed):
        archive(log, tmp_path)
    with pytest.raises(CannotLeave, match=r"HumanRulingGiven\.late at \d+, which was said while it was written"):
        archive(log, tmp_path)
    assert log.left() > {"HumanRulingGiven", "DebateCancelled"}
    put = restore(log, next(tmp_path.glob("*.gz")))
    assert put.stood == put.facts
    assert chain.read(archive(log, tmp_path).read_bytes()).count == WHOLE.count + 1
    assert log.left() == {"DebateArchived"}


def test_what_is_said_of_an_archived_debate_stays(tmp_path: Path):
    log = FakeLog()
    archive(log, tmp_path)
    log.say(LATE)
    archive(log, tmp_path)
    assert log.left() == {"DebateArchived", "HumanRulingGiven"}


def test_what_an_interrupted_import_has_put_back_is_taken_out_again(tmp_path: Path):
    log = FakeLog()
    archive(log, tmp_path)
    log.say(LATE)
    for link in WHOLE.facts[:3]:
        place = max(one.seq for one in log.facts.values()) + 1
        log.facts[link.subject] = link.stored._replace(seq=place)
    archive(log, tmp_path)
    assert log.left() == {"DebateArchived", "HumanRulingGiven"}


def test_a_debate_that_is_being_put_back_is_not_archived_and_it_is_said_what_to_do(tmp_path: Path):
    log = FakeLog()
    log.say(DebateArchived(digest=WHOLE.head, where=BEING_PUT_BACK))
    with pytest.raises(CannotLeave, match="run `zamaz import archive` with its file again, then archive it"):
        archive(log, tmp_path)


def test_what_was_put_back_is_charged_to_whom_it_was_charged_before():
    """Prices stand before what the cost service hears, and behind what says whose they are."""
    stored = [link.stored for link in chain.read((HISTORIES / "simple_debate.json").read_bytes()).facts]
    as_it_was = [one.recorded() for one in stored]
    put = [
        replace(one.recorded(), seq=seq)
        for seq, one in enumerate(sorted(stored, key=comes_later), as_it_was[-1].seq + 1)
    ]
    views = (DebatesView(), WorkView())
    before, after = Reader(*as_it_was, views=views).dump(), Reader(*put, views=views).dump()
    assert len(before["spending"]) > 0
    assert after == before
    first_answer = next(n for n, heard in enumerate(put) if isinstance(heard.fact, ArgumentPresented))
    assert not any(isinstance(heard.fact, CallPriced) for heard in put[first_answer:])
