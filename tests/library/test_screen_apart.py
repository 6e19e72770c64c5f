"""What people read where a debate leaves its plain course, and where it waits for one of them."""

from __future__ import annotations

from typing import Any

import pytest

from zamaz.cli.area import state
from zamaz.cli.look import status_of
from zamaz.events.client import DebateRequested, HumanRulingGiven
from zamaz.events.course import GateClosed, HumanRulingRequested, MoveTaken, RuleApplied, ShortfallNoted
from zamaz.events.flow import Step
from zamaz.events.operator import DebateErased
from zamaz.events.orchestration import NextMoveAdvised, Observation
from zamaz.events.workflow import (
    DebatePaused,
    DebateResumed,
    DecisionMade,
    RoundStarted,
    RulingRequested,
    StepTimedOut,
)
from zamaz.testing import START, record

from library.reading import Reader
from library.screens import printed, scene, started

OPENING = (DebateRequested(question="Split?"), started("ann", "bob"))
ASKED = HumanRulingRequested(number=1, why="no consensus after 3 rounds", round=3, deadline=START)
DECIDED = DecisionMade(
    decision_id="x", debate_id="d1", decision_type="MODERATE", question="Split?", recommendation="Wait.", ruling="h"
)


def test_a_debate_that_waits_for_a_human_says_so():
    assert state(scene(*OPENING, ASKED)) == "waits for a human: no consensus after 3 rounds"
    assert state(scene(*OPENING, ASKED, DECIDED)) == "running"
    assert state(scene(*OPENING, ASKED, StepTimedOut(round=3, step="human_ruling", turns=()))) == "running"


def test_the_list_says_so_until_the_wait_is_over():
    made = Reader(record(1, OPENING[0]), record(2, OPENING[1]), record(3, ASKED))
    (row,) = made.newest(10, "waiting")
    assert (status_of(row), row.why) == ("waits for a human", "no consensus after 3 rounds")
    made.take([record(4, StepTimedOut(round=3, step="human_ruling", turns=()))])
    assert [row.status for row in made.newest(10)] == ["running"]


@pytest.mark.parametrize("cut", [4, 5])
def test_a_debate_that_is_resumed_waits_for_its_human_again(cut: int):
    paused = DebatePaused(number=1, by="ann", why="lunch", since=START)
    facts = [record(n, fact) for n, fact in enumerate((*OPENING, ASKED, paused, DebateResumed(number=1, paused_s=1)))]
    made = Reader(*facts[:cut])
    made.take(facts[cut:])
    assert [(row.status, row.why) for row in made.newest(10)] == [("waiting", "no consensus after 3 rounds")]
    made.take([record(9, StepTimedOut(round=3, step="human_ruling", turns=()))])
    assert [(row.status, row.why) for row in made.newest(10)] == [("running", "")]


def test_of_an_erased_debate_nothing_is_kept_of_what_it_asked_people():
    erased = record(4, DebateErased(by="ann", why="a mistake"))
    made = Reader(record(1, OPENING[0]), record(2, OPENING[1]), record(3, ASKED), erased)
    assert "no consensus" not in str(made.dump())


def test_a_step_that_runs_out_of_time_changes_no_row():
    made = Reader(record(1, OPENING[0]), record(2, OPENING[1]), record(3, ASKED))
    made.take([record(4, StepTimedOut(round=3, step="final_decision", turns=("t1",)))])
    assert [row.status for row in made.newest(10)] == ["waiting"]


def test_what_was_asked_of_people_and_what_they_said_is_printed():
    text = printed(*OPENING, ASKED, HumanRulingGiven(ruling="h", decision="Wait.", by="eve", why="It is winter."))
    assert "waits for a human until 2026-01-01 00:00 UTC: no consensus after 3 rounds" in " ".join(text.split())
    assert "eve rules: Wait.: It is winter." in text


def test_rules_gates_and_shortfalls_are_printed():
    rule = RuleApplied(number=1, rule=0, condition="score < 0.5", action="extend_debate", round=1)
    void = RuleApplied(number=2, rule=1, condition="rounds > 1", action="add_expert_participant", round=1, void="none")
    gate = GateClosed(
        ruling="r", gate="risks", round=1, step="first", met=False, judged=True, unmet=("named",), action="abort"
    )
    short = ShortfallNoted(turn="t", round=1, step="first", participant="ann", missing=("it has no heading 'Risks'",))
    text = printed(*OPENING, rule, void, gate, short)
    assert "Rule: score < 0.5: extend debate." in text
    assert "add expert participant, in vain: none." in text
    assert "Gate risks: not met (named): abort." in text
    assert "ann's answer is kept as it is: it has no heading 'Risks'." in text


def test_a_move_what_was_observed_and_the_focus_of_a_round_are_printed():
    seen = Observation(of="sycophancy", participant="ann", why="it says nothing new")
    more: dict[str, Any] = {"rung": "rules", "confidence": 0.7, "inputs_digest": "", "latency_ms": 1}
    advised = NextMoveAdvised(ruling="r", round=1, move="redirect", focus="costs", observed=(seen,), **more)
    against = Step(id="against", type="devils_advocate")
    taken = MoveTaken(
        round=1, ruling="r", move="redirect", focus="costs", inserted=against, consensus_chance=0.25, why="apart"
    )
    text = " ".join(printed(*OPENING, advised, taken, RoundStarted(round=2, focus="costs")).split())
    assert "Observed of ann: sycophancy, it says nothing new." in text
    assert "Next move: redirect (apart), chance of a consensus 25%." in text
    assert "The next round begins with devils advocate." in text
    assert "about: costs" in text
    void = MoveTaken(round=1, ruling="r", move="pause", void="the definition does not allow it")
    assert "Next move: pause, in vain: the definition does not allow it." in " ".join(printed(*OPENING, void).split())


def test_a_debate_waits_for_advice_until_it_is_there_or_the_move_is_taken():
    wanted = RulingRequested(ruling="r", kind="next_move", round=1, sees=2, turns=(), deadline=START)
    assert scene(*OPENING, wanted).rulings
    taken = MoveTaken(round=1, ruling="r", move="continue", void="nobody advised in time")
    assert not scene(*OPENING, wanted, taken).rulings
