"""No money is left, or nobody says whether there is, when a debate is being decided: it is decided all the same."""

from __future__ import annotations

from dataclasses import replace

from zamaz.definition import BudgetsFile, OrchestrationFile, WorkflowFile, parse
from zamaz.events.client import DebateRequested
from zamaz.events.flow import Earlier
from zamaz.events.orchestration import NoveltyJudged
from zamaz.events.workflow import DebateCompleted, RulingRequested, SpendRequested, TurnRequested

from workflow.running import RULED
from workflow.table import all_answer, open_turns, ruled, story
from workflow.test_envelope import Tale, granted, one_round, refused, wanted, worst

NOVEL = """
id: own
decision_type: EVOLUTION
participants: [opus, mini]
config: {max_rounds: 1, max_execution_time: 10m, novelty: {earlier: 2}}
steps: [{type: initial_arguments}, {type: consensus_check}, {type: final_decision}]
"""
LADDERS = """
consensus: [{rung: rules, threshold: 0.6}]
novelty: [{rung: rules, threshold: 0.6}, {rung: cloud, model: nano}]
"""
VOTE = """
id: own
participants: [opus, mini]
config: {max_rounds: 2, protocol: majority}
steps: [{type: initial_arguments}, {type: consensus_check}, {type: vote}, {type: final_decision}]
rules: [{condition: "rounds >= 1", action: skip_to_final_decision}]
"""


def under(text: str, ladders: str = "consensus: [{rung: rules, threshold: 0.6}]") -> Tale:
    """A debate by this definition that was requested under a budget."""
    tale = story()
    catalog = replace(
        tale.world.catalog,
        workflows={"own": parse(text, WorkflowFile, "own.yaml")},
        orchestration=parse(ladders, OrchestrationFile, "orchestration.yaml"),
        budgets=BudgetsFile(),
    )
    world = replace(tale.world, catalog=catalog, before={"EVOLUTION": (Earlier(debate="old", decision="Split it."),)})
    request = DebateRequested(question="What next?", workflow="own", budget_usd="5")
    return replace(tale, world=world).when(request)


def unjudged() -> Tale:
    """The deciding turn has answered, and there is no money to hold that against what was decided before."""
    tale = all_answer(ruled(all_answer(granted(under(NOVEL, LADDERS))), 1.0))
    assert [call.output_tokens for call in wanted(tale).calls if call.model == "nano-1"] == [1500]
    return tale


def done(tale: Tale) -> DebateCompleted:
    (one,) = tale.later(3).then().all(DebateCompleted)
    found: DebateCompleted = one
    return found


def test_what_there_is_no_money_to_judge_counts_as_new():
    end = done(refused(unjudged()))
    assert (end.decision, end.partial, end.stop_reason) == ("Split it.", True, "budget")


def test_the_deadline_ends_the_wait_for_money_then_too():
    tale = unjudged().later(600).then()
    assert len(tale.all(SpendRequested)) == 2
    assert [ask.kind for ask in tale.all(RulingRequested)] == ["consensus"]
    assert done(tale).stop_reason == "deadline"


def test_ballots_that_cannot_be_paid_are_not_asked_for_and_the_positions_are_counted():
    tale = refused(one_round(under(VOTE), "0.1"))
    assert {turn.step for turn in tale.all(TurnRequested)} == {"initial_arguments"}
    end = done(tale)
    assert (end.decision, end.partial) == ("Split it.", True)
    assert end.tally
    assert end.tally.cast == 2


def test_the_money_for_a_ruling_that_cost_nothing_is_there_for_the_next_call():
    tale = unjudged()
    tale = granted(tale, worst(call for call in wanted(tale).calls if call.model == "nano-1"))
    ruling = tale.all(RulingRequested)[-1].ruling
    tale = tale.when(NoveltyJudged(ruling=ruling, round=1, novel=False, repeats="old", **RULED))
    assert [(turn.step, turn.again) for turn in open_turns(tale)] == [("final_decision", 1)]
    assert len(tale.all(SpendRequested)) == 2
