"""Forks over real processes: the beginning is the parent's and paid for there, the rest is the fork's own."""

from __future__ import annotations

from typing import Any

import pytest

from zamaz.errors import AlreadyRequested, ForkRefused
from zamaz.events import Recorded
from zamaz.events.client import DebateForked
from zamaz.events.cost import CallPriced, DebateBilled
from zamaz.events.debater import ArgumentPresented, CallStarted
from zamaz.events.orchestration import ConsensusAssessed
from zamaz.events.workflow import DebateCompleted, DebateRejected, DebateStarted, TurnRequested

from live.readme_house import House, house, running

pytestmark = [pytest.mark.live, pytest.mark.timeout(600)]
__all__ = ["house", "running"]
DISAGREES = {"participants.1.model": "script/disagree"}


def own(facts: list[Recorded], debate: str, kind: type[Any]) -> list[Any]:
    return [heard.fact for heard in facts if heard.debate == debate and isinstance(heard.fact, kind)]


async def after_round_one(house: House) -> tuple[str, int]:
    """A debate that has ended by consensus in round 2, and where its first ruling stands."""
    parent = await house.debated()
    await house.until(parent, DebateBilled)
    return parent, next(h.seq for h in await house.facts(parent) if isinstance(h.fact, ConsensusAssessed))


async def ended(house: House, debate: str) -> list[Recorded]:
    await house.client.completed(debate, timeout=120)
    await house.until(debate, DebateBilled)
    return await house.facts(debate)


async def test_another_model_from_round_two_on(house: House):
    parent, at = await after_round_one(house)
    before = await house.facts(parent)
    fork = await house.client.fork(parent, at, DISAGREES, by="ann", why="what if")
    facts = await ended(house, fork)

    assert [turn.model for turn in own(facts, fork, TurnRequested)] == ["agree", "disagree", "agree"]
    bought = {heard.turn for heard in own(facts, fork, CallStarted)}
    assert bought == {heard.turn for heard in own(facts, fork, ArgumentPresented)}
    assert not bought & {heard.fact.turn for heard in before if isinstance(heard.fact, CallStarted)}
    (bill,) = own(facts, fork, DebateBilled)
    assert bill.calls == len(own(facts, fork, CallPriced)) == 3
    (done,) = own(facts, fork, DebateCompleted)
    assert (done.stop_reason, done.rounds) == ("rounds", 2)
    assert sum(seat.answers for seat in done.participants) == 5
    assert await house.facts(parent) == before

    assert "identical: " in (await house.run("zamaz", "replay", fork)).out
    shown = (await house.run("zamaz", "show", fork)).out
    assert f"from {parent} at {at} by ann: what if" in shown
    assert "Do it now, all at once." in shown, "round 1 is its parent's"
    compared = (await house.run("zamaz", "diff", parent, fork)).out
    assert f"up to {at}, are the same" in compared
    assert "completed by rounds after 2 rounds" in compared
    assert f"{parent} at {at}" in (await house.run("zamaz", "export", fork)).out
    again = await house.run("zamaz", "redecide", fork, "--threshold", "0", "--json")
    assert '"rounds": 1' in again.out


async def test_a_fork_of_a_fork_goes_on_from_both(house: House):
    parent, at = await after_round_one(house)
    child = await house.client.fork(parent, at, {"rounds.max": 3, **DISAGREES})
    facts = await ended(house, child)
    second = next(h.seq for h in facts if h.debate == child and isinstance(h.fact, ConsensusAssessed))
    grandchild = await house.client.fork(child, second, {"participants.1.model": "script/agree", "context": "Be kind."})
    facts = await ended(house, grandchild)
    assert {turn.round for turn in own(facts, grandchild, TurnRequested)} == {3}
    (started,) = own(facts, grandchild, DebateStarted)
    assert (started.flow.max_rounds, started.seats[1].model) == (3, "agree")
    assert own(facts, grandchild, DebateCompleted)[0].consensus is True
    assert "identical: " in (await house.run("zamaz", "replay", grandchild)).out


async def test_a_fork_that_makes_no_sense_is_refused_before_it_is_said_and_rejected_after(house: House):
    parent, at = await after_round_one(house)
    for place, changes, told in (
        (at + 10**6, {}, "no fact of debate"),
        (at, {"treshold": 1}, "did you mean threshold?"),
    ):
        with pytest.raises(ForkRefused, match=told.replace("?", ".")):
            await house.client.fork(parent, place, changes, debate="never-said")
    assert await house.facts("never-said") == []
    with pytest.raises(AlreadyRequested):
        await house.client.fork(parent, at, debate=parent)

    await house.client.log.append("orphan", DebateForked(parent="nobody", at=3))
    await house.until("orphan", DebateRejected)
    (rejected,) = own(await house.facts("orphan"), "orphan", DebateRejected)
    assert (rejected.reason, rejected.why) == ("bad_fork", "there is no debate nobody")
    lines = ("fork", parent, "--at", str(at), "--set", "participants.1.model=no/body")
    assert "was rejected (unknown_participant)" in (await house.run("zamaz", *lines, code=1)).out
    assert (
        "threshold must be a number"
        in (await house.run("zamaz", "fork", parent, "--at", str(at), "--set", "threshold=high", code=2)).err
    )
