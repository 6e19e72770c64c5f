"""What holds of every debate, whatever its definition and whatever happens. Every story checks on its way that deciding
again says nothing more."""

from __future__ import annotations

import random

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from zamaz.events import Fact, Recorded
from zamaz.events.course import RuleApplied
from zamaz.events.workflow import DebateCompleted, DebateFailed, VotesCounted
from zamaz.testing import DEBATE
from zamaz_workflow import panel, standing
from zamaz_workflow.decide import DECIDER

from workflow.running import Tale
from workflow.wild import debates, happen, left_alone, said_to, spoken_to, unanswered

MOST = 400
wild = settings(
    max_examples=40, deadline=None, derandomize=True, suppress_health_check=list(HealthCheck), database=None
)


def lived(tale: Tale, seed: int, things: int) -> Tale:
    chance = random.Random(seed)
    for _ in range(things):
        if tale.state.ending:
            break
        tale = happen(tale, chance)
    return tale


@wild
@given(debates(), st.integers(0, 10**6), st.integers(0, 60))
def test_from_wherever_it_stands_time_alone_leads_to_an_end(tale: Tale, seed: int, things: int):
    tale = lived(tale, seed, things)
    for _ in range(MOST):
        if tale.state.ending:
            break
        tale = left_alone(spoken_to(tale))
    assert tale.state.ending, tale.facts[-1]


@wild
@given(debates(), st.integers(0, 10**6))
def test_votes_are_conserved_and_rules_apply_as_often_as_they_may(tale: Tale, seed: int):
    tale = lived(tale, seed, 120)
    tallies = [
        one.tally for kind in (VotesCounted, DebateCompleted, DebateFailed) for one in tale.all(kind) if one.tally
    ]
    for tally in tallies:
        assert tally.cast + tally.abstained + tally.absent == tally.seats == len(tally.ballots)
    flow = standing.begun(tale.state).flow
    applied = tale.all(RuleApplied)
    assert all(sum(one.rule == n for one in applied) <= rule.most for n, rule in enumerate(flow.rules))
    assert len({(one.rule, one.round, one.step) for one in applied}) == len(applied)
    who = {seat.participant for seat in panel.panel(standing.begun(tale.state))}
    voters = {ballot.participant for tally in tallies for ballot in tally.ballots}
    assert not voters & ({"moderator", "observer", "devils_advocate"} - who)


@wild
@given(debates(), st.integers(0, 10**6), st.integers(1, 60))
def test_in_whatever_order_and_how_often_facts_are_heard_they_mean_the_same(tale: Tale, seed: int, things: int):
    tale = lived(tale, seed, things)
    chance = random.Random(seed)
    own = [heard for heard in tale.facts if heard.voice in ("workflow", "client")]
    others = [heard for heard in tale.facts if heard.voice not in ("workflow", "client")]
    mixed = own[:2] + sorted([*own[2:], *others, *others], key=lambda heard: _place(heard, own, chance))
    state = DECIDER.fold(mixed, DECIDER.initial(DEBATE))
    assert DECIDER.decide(state, len(tale.facts), tale.world) == []
    assert (state.ending is None) == (tale.state.ending is None)


def _place(heard: Recorded, own: list[Recorded], chance: random.Random) -> tuple[float, int]:
    """Own facts keep their order; the others come anywhere between them."""
    return (heard.seq, 0) if heard in own else (chance.uniform(2, own[-1].seq + 1), 1)


def _ended(tale: Tale, chance: random.Random) -> Fact:
    """The end, when all that is asked is answered as it always is, in some order."""
    for _ in range(MOST):
        if (state := tale.state).ending:
            return state.ending
        if (led_on := spoken_to(tale)) is not tale:
            tale = led_on
        elif open_ := unanswered(tale):
            question = chance.choice(open_)
            key = getattr(question, "turn", "") or getattr(question, "ruling", "")
            tale = tale.when(said_to(question, random.Random(key)))
        else:
            tale = left_alone(tale)
    pytest.fail("it comes to no end")


@wild
@given(debates(), st.integers(0, 10**6))
def test_in_whatever_order_answers_come_the_end_is_the_same(tale: Tale, seed: int):
    one, other = (_ended(tale, random.Random(n)) for n in (seed, seed + 1))
    assert type(one) is type(other)
    for name in ("decision", "choice", "winner", "stop_reason", "partial", "tally", "rounds"):
        assert getattr(one, name, None) == getattr(other, name, None)
