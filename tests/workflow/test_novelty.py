"""A decision that must be new: it is held against those before it, named where it repeats one, and sent back once."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from zamaz.definition import WorkflowFile, parse
from zamaz.events.client import DebateRequested
from zamaz.events.course import GateClosed
from zamaz.events.flow import Earlier
from zamaz.events.orchestration import NoveltyJudged
from zamaz.events.workflow import (
    DebateCancelled,
    DebateCompleted,
    DebateStarted,
    DecisionMade,
    RulingRequested,
    TurnRequested,
)
from zamaz.testing import Story

from workflow.table import all_answer, failed, open_turns, ruled, story

BEFORE = (Earlier(debate="old-1", decision="Split it."), Earlier(debate="old-2", decision="Add a cache."))
EVOLVING = """
id: evolving
decision_type: EVOLUTION
participants: [opus, mini]
config: {max_rounds: 1, max_execution_time: 10m, novelty: {earlier: 2, on_repeat: REPEAT}}
steps:
  - {type: initial_arguments}
  - {type: consensus_check}
  - {type: final_decision}
"""


def evolving(on_repeat: str = "complete_partial", before: Any = BEFORE) -> Story[Any, Any]:
    """A debate about the next improvement is requested."""
    tale = story()
    found = parse(EVOLVING.replace("REPEAT", on_repeat), WorkflowFile, "w.yaml")
    catalog = replace(tale.world.catalog, workflows={found.id: found})
    known: Any = None if before is None else {"EVOLUTION": before, "MODERATE": (Earlier(debate="x", decision="y"),)}
    world = replace(tale.world, catalog=catalog, before=known)
    return replace(tale, world=world).when(DebateRequested(question="What next?", workflow="evolving"))


def decided(**more: Any) -> Story[Any, Any]:
    """The deciding turn has answered."""
    tale = ruled(all_answer(evolving(**more)), 1.0)
    return all_answer(tale, position="Split it.")


def judged(tale: Story[Any, Any], repeats: str = "", **more: Any) -> Story[Any, Any]:
    wanted: RulingRequested = next(r for r in reversed(tale.all(RulingRequested)) if r.kind == "novelty")
    known: dict[str, Any] = {"rung": "rules", "confidence": 1.0, "inputs_digest": "x", "latency_ms": 0, "why": "told"}
    known |= more
    return tale.when(NoveltyJudged(ruling=wanted.ruling, round=1, novel=not repeats, repeats=repeats, **known))


def test_it_starts_with_the_newest_decisions_of_its_own_type_on_record():
    more = (Earlier(debate="old-0", decision="Older."), *BEFORE)
    (started,) = evolving(before=more).all(DebateStarted)
    assert started.earlier == BEFORE


def test_it_waits_until_it_is_known_what_was_decided_before():
    tale = evolving(before=None)
    assert tale.all(DebateStarted) == []
    known = replace(tale, world=replace(tale.world, before={})).then()
    assert [started.earlier for started in known.all(DebateStarted)] == [()]


def test_the_answer_of_the_deciding_turn_is_held_against_them():
    tale = decided()
    (wanted,) = [ruling for ruling in tale.all(RulingRequested) if ruling.kind == "novelty"]
    assert wanted.turns == (tale.all(TurnRequested)[-1].turn,)
    assert tale.all(DecisionMade) == []


def test_what_is_new_is_decided():
    tale = judged(decided())
    assert [made.recommendation for made in tale.all(DecisionMade)] == ["Split it."]
    (done,) = tale.later(3).then().all(DebateCompleted)
    assert (done.partial, done.decision_type) == (False, "EVOLUTION")


def test_nothing_is_asked_where_nothing_was_decided_before():
    assert decided(before=()).all(DecisionMade)


def test_what_repeats_an_earlier_decision_is_sent_back_and_told_which():
    tale = judged(decided(), "old-1")
    (closed,) = tale.all(GateClosed)
    assert (closed.gate, closed.met, closed.action) == ("novelty", False, "require_revision")
    (again,) = open_turns(tale)
    assert (again.step, again.again) == ("final_decision", 1)
    assert again.revise == "the decision repeats what debate old-1 decided: Split it."


def test_another_decision_is_judged_anew_and_taken():
    tale = all_answer(judged(decided(), "old-1"), position="Write it down.")
    assert len([ruling for ruling in tale.all(RulingRequested) if ruling.kind == "novelty"]) == 2
    (made,) = judged(tale).all(DecisionMade)
    assert made.recommendation == "Write it down."


def repeated_twice(**more: Any) -> Story[Any, Any]:
    tale = all_answer(judged(decided(**more), "old-1"), position="Split it, please.")
    return judged(tale, "old-1").later(3).then()


def test_what_is_repeated_again_is_decided_as_partial_and_says_what_it_repeats():
    tale = repeated_twice()
    (done,) = tale.all(DebateCompleted)
    assert done.partial
    assert "repeats what debate old-1 decided: Split it." in done.stop_detail
    assert [closed.action for closed in tale.all(GateClosed)] == ["require_revision", "complete_partial"]


def test_or_it_ends_without_a_decision_where_the_definition_says_so():
    tale = repeated_twice(on_repeat="abort")
    (gone,) = tale.all(DebateCancelled)
    assert (gone.by, "repeats what old-1 decided" in gone.why) == ("the definition", True)
    assert tale.all(DecisionMade) == []


def sent_back_in_vain(**more: Any) -> Story[Any, Any]:
    """The deciding turn is to think again, and fails."""
    tale = judged(decided(**more), "old-1")
    (again,) = open_turns(tale)
    return tale.when(failed(again, "refused", retryable=False)).later(3).then()


def test_what_is_sent_back_and_not_written_anew_is_decided_as_partial_too():
    (done,) = sent_back_in_vain().all(DebateCompleted)
    assert (done.partial, done.decision) == (True, "Split it.")
    assert "repeats what debate old-1 decided: Split it." in done.stop_detail


def test_or_it_ends_then_without_a_decision_where_the_definition_says_so():
    tale = sent_back_in_vain(on_repeat="abort")
    assert tale.all(DecisionMade) == []
    assert [(end.by, end.why) for end in tale.all(DebateCancelled)] == [
        ("the definition", "gate novelty: repeats what old-1 decided")
    ]


def test_what_nobody_judged_counts_as_new_and_it_is_said():
    silent = decided().later(181).then()
    (closed,) = silent.all(GateClosed)
    assert (closed.met, closed.judged, closed.why) == (True, False, "nobody judged it in time")
    assert silent.all(DecisionMade)


def test_what_nobody_was_sure_of_counts_as_new():
    tale = judged(decided(), "old-1", rung="default", confidence=0.0)
    (closed,) = tale.all(GateClosed)
    assert (closed.met, closed.judged) == (True, False)
    assert tale.all(DecisionMade)


@pytest.mark.parametrize("late", [600, 700])
def test_where_there_is_no_time_to_think_again_it_is_not_sent_back(late: float):
    tale = ruled(all_answer(evolving()), 1.0).later(late).then()
    assert tale.all(DecisionMade) == [], "the arguing is over and its best position is held against those before"
    tale = judged(tale, "old-1").later(3).then()
    (done,) = tale.all(DebateCompleted)
    assert (done.partial, done.stop_reason) == (True, "deadline")
    assert "repeats what debate old-1 decided" in done.stop_detail
