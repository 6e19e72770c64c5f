"""What `zamaz definitions explain` counts is what the workflow really asks, at its best and at its worst."""

from __future__ import annotations

from dataclasses import replace

import pytest

from zamaz.definition import parse
from zamaz.definition.explain import Plan, calls, plan_of
from zamaz.definition.workflow import WorkflowFile
from zamaz.events.client import DebateRequested
from zamaz.events.workflow import DebateStarted, DecisionMade, RulingRequested, TurnRequested
from zamaz.testing import Story
from zamaz_workflow.debate import Debate
from zamaz_workflow.seating import World

from workflow.table import WORKFLOWS, answer, catalog, failed, open_turns, ruled, story

ROLES = (
    """
id: roles
participants:
  - opus
  - mini
  - {model: nano, name: wise, role: expert}
  - {model: nano, name: chair, role: moderator}
  - {model: nano, name: owl, role: observer}
config: {max_rounds: 3, min_rounds: 2}
steps:
  - {type: initial_arguments, max_retries: 0, order: sequential}
  - {type: devils_advocate, max_retries: 2}
  - {type: moderation}
  - {type: counter_arguments}
  - {type: expert_review}
  - {type: consensus_check}
  - {type: synthesis}
  - {type: final_decision, required_participants: [chair]}
""",
    """
id: clarified
participants: [opus, mini, {model: nano, role: devils_advocate}, {model: nano, name: solomon, role: judge}]
config: {max_rounds: 2}
steps:
  - {type: initial_arguments}
  - {type: devils_advocate}
  - {type: clarification, required_participants: [opus]}
  - {type: consensus_check}
  - {type: final_decision}
""",
)
SUMMED_UP = """
id: summed_up
participants: [opus, mini, "opus (fallback)"]
config: {max_rounds: 4, min_rounds: 3, context: {mode: summary, by: nano}}
steps: [{type: initial_arguments}, {type: consensus_check}, {type: final_decision}]
"""
FILES = {found.id: found for text in (*WORKFLOWS, *ROLES, SUMMED_UP) if (found := parse(text, WorkflowFile, "w.yaml"))}
NAMES = list(FILES)


def plan(name: str) -> Plan:
    known = catalog()
    return plan_of(FILES[name], known.models, known.orchestration.ladder()["consensus"])


def play(name: str, *, score: float, failing: bool) -> Story[Debate, World]:
    """A whole debate: every ruling gives `score`; where it is `failing`, every try of a turn but the last fails."""
    tale = story()
    world = replace(tale.world, catalog=replace(tale.world.catalog, workflows=FILES))
    tale = replace(tale, world=world).when(DebateRequested(question="Split it?", workflow=name))
    while not tale.all(DecisionMade):
        if turns := open_turns(tale):
            last = not failing or turns[0].attempt + 1 == tries(tale, turns[0])
            tale = tale.when(answer(turns[0]) if last else failed(turns[0])).later(2).then()
        else:
            tale = ruled(tale, score)
    return tale


def tries(tale: Story[Debate, World], turn: TurnRequested) -> int:
    """The own model, its retries, and each reserve once."""
    start: DebateStarted = tale.all(DebateStarted)[0]
    if turn.sums_up:  # the reserves are for participants
        return 2
    step = next(step for step in start.flow.steps if step.id == turn.step)
    return 1 + step.max_retries + len(start.reserves)


@pytest.mark.parametrize("name", NAMES)
def test_the_calls_that_are_named_are_the_calls_that_are_made(name: str):
    count = calls(plan(name))
    quick, whole = play(name, score=1.0, failing=False), play(name, score=0.0, failing=False)
    assert len(quick.all(TurnRequested)) == count.fewest
    assert len(whole.all(TurnRequested)) == count.all_rounds
    assert len(whole.all(RulingRequested)) == count.rulings


@pytest.mark.parametrize("name", NAMES)
def test_no_debate_takes_more_calls_than_the_most_that_is_named(name: str):
    worst = play(name, score=0.0, failing=True)
    assert len(worst.all(TurnRequested)) == calls(plan(name)).most
