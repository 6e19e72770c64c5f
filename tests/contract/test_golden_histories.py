"""Whole debates as older code recorded them: today's code reads and decides each for ever as it was.

The files in `histories` are exports that `record.py` took from a real house, those that stand there first with the
code as it was before rules, roles and changes in flight existed. One more: add a case to `record.py`, then
`PYTHONPATH=tests python -m contract.record tests/contract/histories`; it records what has no file yet. A file is never
recorded anew to make a test pass: what it finds is a debate somebody has in a log.

An entry of the recorder reads: `plain(AGREE, workflow="direct")`, one seat that
is played by `definitions/scripts/agree.yaml`, asked by the shipped definition, until its ending and its bill stand.
"""

from __future__ import annotations

import asyncio
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime
from pathlib import Path

import pytest

from zamaz import chain
from zamaz.cli.replay import differences, installed
from zamaz.events import ENDINGS, Fact, Recorded, subject_of
from zamaz.events.client import DebateForked, DebateImported
from zamaz.events.course import MoveTaken, RuleApplied
from zamaz.events.workflow import DebateCompleted, ParticipantJoined, SpendRequested, StepTimedOut
from zamaz.lineage import with_ancestors

from contract.record import CASES

HISTORIES = sorted((Path(__file__).parent / "histories").glob("*.json"))
NOW = datetime.now(UTC)


def own(file: Path) -> list[Recorded]:
    return [link.stored.recorded() for link in chain.read(file.read_bytes()).facts]


async def others(debate: str, _: Sequence[str]) -> list[Recorded]:
    """What stands under an id in any of the histories."""
    return [heard for file in HISTORIES for heard in own(file) if heard.debate == debate]


def read(file: Path) -> list[Recorded]:
    """A history as it is loaded: a fork behind what it shares with its parent."""
    facts = own(file)
    forked = any(isinstance(heard.fact, DebateForked) for heard in facts)
    return asyncio.run(with_ancestors(facts[0].debate, facts, others)) if forked else facts


each = pytest.mark.parametrize("file", HISTORIES, ids=lambda file: file.stem)


@each
def test_its_chain_verifies_and_every_fact_is_read(file: Path):
    assert list(chain.faults(chain.read(file.read_bytes()))) == []
    assert [heard for heard in read(file) if not isinstance(heard.fact, Fact)] == []


@each
def test_every_voice_is_identical(file: Path):
    assert differences(read(file), installed()) == []


@each
def test_nothing_is_left_to_be_said(file: Path):
    facts = read(file)
    assert {replay.voice: replay.unsaid(facts, NOW) for replay in installed()} == {
        replay.voice: [] for replay in installed()
    }


@each
def test_at_every_other_cut_what_is_said_next_was_not_said_before(file: Path):
    facts = read(file)
    inherited = sum(heard.debate != facts[-1].debate for heard in facts)
    for cut in range(inherited + 1, len(facts), 2):
        stands = {subject_of(heard.debate, heard.fact) for heard in facts[:cut] if isinstance(heard.fact, Fact)}
        assert [subject for subject in said_after(facts[:cut]) if subject in stands] == [], f"after {cut} facts"


def said_after(facts: list[Recorded]) -> Iterator[str]:
    """The names of what every voice says of these facts, at once and long after."""
    for at in (facts[-1].at, NOW):
        for replay in installed():
            yield from (subject_of(facts[-1].debate, fact) for fact in replay.unsaid(facts, at))


def test_every_case_of_the_recorder_stands_and_every_kind_of_ending_is_among_them():
    assert {file.stem for file in HISTORIES} >= set(CASES)
    facts = [heard.fact for file in HISTORIES for heard in read(file)]
    kinds = {
        *ENDINGS,
        DebateImported,
        StepTimedOut,
        DebateForked,
        ParticipantJoined,
        RuleApplied,
        MoveTaken,
        SpendRequested,
    }
    assert {type(fact) for fact in facts} >= kinds
    completed = [fact for fact in facts if isinstance(fact, DebateCompleted)]
    assert {fact.stop_reason for fact in completed} >= {"consensus", "rounds", "deadline"}
    assert {fact.partial for fact in completed} == {True, False}
    assert any(fact.tally for fact in completed), "one was decided by a vote"
