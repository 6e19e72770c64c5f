"""A file in the shape of the existing system, from its request to its decision."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

from msgspec import structs

from zamaz.alive import Reach
from zamaz.definition import WorkflowFile, default_folder, load, read
from zamaz.events.client import DebateRequested
from zamaz.events.course import GateClosed, HumanRulingRequested, RuleApplied
from zamaz.events.workflow import DebateCompleted, DebateStarted, DecisionMade, RoundStarted, TurnRequested

from workflow.running import answered, assess, judge, rules_on, wanted
from workflow.table import answer, open_turns, ruled, story

FILE = Path(__file__).parents[1] / "library" / "legacy" / "platform_choice.yaml"
WHOLE = "## Choice\nBuy it.\n\n## Assumptions\nWe stay small.\n\n## Price\n" + "It costs what it costs. " * 12


def started(complexity: Any = "moderate") -> Any:
    tale = story(dict.fromkeys(("anthropic", "google", "openai"), Reach(True)))
    found, shipped = read(FILE, WorkflowFile), load(default_folder())
    catalog = replace(tale.world.catalog, workflows={found.id: found}, models=shipped.models)
    tale = replace(tale, world=replace(tale.world, catalog=catalog))
    return assess(tale.when(DebateRequested(question="Buy or build?", workflow=found.id)), complexity)


def said(tale: Any) -> Any:
    """Every open turn is answered with all that is wanted of it, and the orchestrator finds it good."""
    for turn in open_turns(tale):
        tale = tale.when(structs.replace(answer(turn), argument=WHOLE))
    return judge(tale, met=True)


def argued(tale: Any, steps: int) -> Any:
    for _ in range(steps):
        tale = said(tale)
    return tale


def steps_of(tale: Any) -> list[str]:
    """The steps that were asked, each once, in order."""
    return list(dict.fromkeys(f"{turn.round}/{turn.step}" for turn in tale.all(TurnRequested)))


def test_its_seats_are_those_that_its_steps_require_and_its_expert_comes_when_it_is_hard():
    (start,) = started().all(DebateStarted)
    assert [seat.participant for seat in start.seats] == ["claude-opus-4", "gemini-2.5-pro"]
    assert [seat.participant for seat in start.reserves] == ["gpt-4o"]
    hard = started("complex")
    assert [applied.action for applied in hard.all(RuleApplied)] == ["add_expert_participant"]
    assert "gpt-4o" in {turn.participant for turn in open_turns(hard)}


def test_what_an_answer_lacks_is_asked_for_again():
    tale = answered(started())
    assert {turn.attempt for turn in open_turns(tale)} == {1}
    assert all("no heading 'choice'" in turn.revise for turn in open_turns(tale))


def test_it_goes_its_way_to_a_decision_by_consensus():
    tale = ruled(argued(started(), 3), 1.0)
    assert len(tale.all(RoundStarted)) == 2, "an earlier consensus does not count before round two"
    tale = ruled(argued(tale, 2), 0.9)
    assert [applied.condition for applied in tale.all(RuleApplied)] == ["consensus_reached_early"]
    assert [(turn.step, turn.participant) for turn in open_turns(tale)] == [("one_plan", "gemini-2.5-pro")]
    tale = argued(tale, 2)
    assert steps_of(tale) == [
        "1/opening",
        "1/replies",
        "1/open_points",
        "2/replies",
        "2/open_points",
        "2/one_plan",
        "2/verdict",
    ]
    (made,) = tale.all(DecisionMade)
    (done,) = tale.later(3).then().all(DebateCompleted)
    assert (made.recommendation, done.stop_reason, done.consensus, done.partial) == (
        "Split it.",
        "consensus",
        True,
        False,
    )
    gates = {closed.gate for closed in tale.all(GateClosed)}
    assert gates >= {"argument_quality", "opening", "decision_quality", "replies", "one_plan", "verdict"}


def test_without_a_consensus_a_person_decides():
    tale = ruled(argued(started(), 3), 0.2)
    for _ in range(3):
        tale = ruled(argued(tale, 2), 0.2)
    assert tale.all(HumanRulingRequested) == [], "first the synthesis, which the person reads too"
    tale = said(tale)
    assert len(tale.all(HumanRulingRequested)) == 1
    (done,) = rules_on(tale, "Buy it.").later(3).then().all(DebateCompleted)
    assert (done.decision, done.stop_reason) == ("Buy it.", "escalation")


def test_a_decision_that_is_not_good_enough_is_asked_for_once_more():
    tale = ruled(argued(ruled(argued(started(), 3), 1.0), 2), 0.9)
    tale = said(tale)
    for turn in open_turns(tale):
        tale = tale.when(structs.replace(answer(turn), argument=WHOLE))
    assert {ask.subject for ask in wanted(tale, "quality")} == {"decision_quality", "verdict"}
    (again,) = open_turns(judge(tale, met=False))
    assert (again.step, again.again) == ("verdict", 1)
