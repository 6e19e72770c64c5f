"""A replay finds nothing in whole debates, and names the fact and the field wherever one was recorded otherwise."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import pytest
from msgspec.structs import replace

from zamaz.cli import replay
from zamaz.events import Fact, Recorded
from zamaz.events.cost import CallPriced, DebateBilled, Rates
from zamaz.events.debater import ArgumentPresented
from zamaz.events.orchestration import ConsensusAssessed
from zamaz.events.workflow import (
    DebateCompleted,
    DebateStarted,
    DecisionMade,
    RoundStarted,
    RulingRequested,
    TurnRequested,
)
from zamaz.testing import START, record

from chaos.house import definitions as laid_out
from chaos.refold import Refold
from chaos.whole import Whole, begun, failed, started

Story = list[Recorded]


@cache
def definitions() -> Refold:
    with TemporaryDirectory() as folder:
        return Refold.of(laid_out(Path(folder) / "definitions"), "two_rounds")


@pytest.fixture
def story() -> Story:
    return begun(definitions()).to_the_end().story


def differences(story: Story) -> list[tuple[str, str]]:
    """The type and the field of each."""
    return [(one.subject.split(".")[3], one.field) for one in replay.differences(story, replay.installed())]


def with_other(story: Story, kind: type[Fact], **fields: Any) -> Story:
    """With other fields in the last fact of a type."""
    last = next(heard for heard in reversed(story) if isinstance(heard.fact, kind))
    return [replace(heard, fact=replace(heard.fact, **fields)) if heard is last else heard for heard in story]


def test_every_voice_that_decides_is_offered():
    assert {one.voice for one in replay.installed()} == {"workflow", "orchestration", "cost"}


def test_a_whole_debate_is_identical_at_every_moment_of_it(story: Story):
    for upto in range(len(story) + 1):
        assert differences(story[:upto]) == []


def test_a_debate_with_a_retry_and_an_orphan_is_identical():
    whole: Whole = begun(definitions())
    first, second = whole.open_turns()
    whole.say(started(first), failed(first))
    later = whole.now + timedelta(seconds=60)
    whole.story.append(record(len(whole.story) + 1, whole.retry(first, later), later))
    whole.say(started(second))
    whole.answer(second, 2)
    assert differences(whole.to_the_end().story) == []


@pytest.mark.parametrize(
    ("kind", "field", "value"),
    [
        (RoundStarted, "round", 7),
        (TurnRequested, "model", "another"),
        (TurnRequested, "labels", {"A": "custom/b"}),
        (RulingRequested, "turns", ()),
        (ConsensusAssessed, "score", 0.5),
        (ConsensusAssessed, "why", "I say so"),
        (ConsensusAssessed, "inputs_digest", "0" * 64),
        (DecisionMade, "recommendation", "Do the contrary."),
        (DecisionMade, "confidence", 0.1),
        (CallPriced, "amount_usd", Decimal(3)),
        (CallPriced, "basis", "no_usage"),
        (CallPriced, "rates", Rates(input=Decimal(1))),
        (DebateBilled, "calls", 9),
        (DebateBilled, "cost_usd", Decimal(9)),
        (DebateCompleted, "winner", "custom/b"),
        (DebateCompleted, "consensus", False),
        (DebateCompleted, "stop_detail", "because"),
    ],
)
def test_a_fact_that_was_recorded_otherwise_is_named(story: Story, kind: type[Fact], field: str, value: Any):
    found = differences(with_other(story, kind, **{field: value}))
    assert {(kind.__name__, field), (kind.__name__, "")} & set(found), found


def test_the_difference_tells_both_sides_and_the_place(story: Story):
    (one,) = replay.differences(with_other(story, DebateBilled, calls=9), replay.installed())
    place = next(heard.seq for heard in story if isinstance(heard.fact, DebateBilled))
    assert one == (place, "evt.cost.d1.DebateBilled", "calls", 9, 3)


def test_an_answer_that_was_changed_shows_in_what_was_made_of_it(story: Story):
    found = differences(with_other(story, ArgumentPresented, position="Do not."))
    assert ("DecisionMade", "recommendation") in found


def test_a_fact_that_nobody_would_have_said_is_named(story: Story):
    ruling = next(heard for heard in story if isinstance(heard.fact, ConsensusAssessed))
    gone = [heard for heard in story if not isinstance(heard.fact, RulingRequested)]
    assert ("ConsensusAssessed", "") in differences(gone)
    assert ("ConsensusReached", "") in differences([heard for heard in story if heard is not ruling])


def test_what_runs_is_held_against_its_own_digest(story: Story):
    start = next(heard.fact for heard in story if isinstance(heard.fact, DebateStarted))
    other = with_other(story, DebateStarted, flow=replace(start.flow, max_rounds=9))
    assert ("DebateStarted", "flow_digest") in differences(other)


def test_editing_the_definitions_or_the_prices_afterwards_is_no_difference(story: Story):
    assert differences(with_other(story, CallPriced, price_table="another, later one")) == []


def test_what_is_still_to_be_said_is_told_apart_from_what_was_said_otherwise(story: Story):
    late = START + timedelta(days=1)
    open_ = [heard for heard in story if not isinstance(heard.fact, DebateBilled | DebateCompleted)]
    assert differences(open_) == []
    unsaid = [type(fact).__name__ for one in replay.installed() for fact in one.unsaid(open_, late)]
    assert sorted(unsaid) == ["DebateBilled", "DebateCompleted"]
    assert [fact for one in replay.installed() for fact in one.unsaid(story, late)] == []
