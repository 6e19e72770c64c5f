"""What each kind makes of its question: for nothing, by a model, and when nobody could say."""

from __future__ import annotations

from typing import Any

import pytest

from zamaz.events import Fact
from zamaz.events.client import DebateRequested
from zamaz.events.debater import ArgumentPresented
from zamaz.events.flow import Earlier, Flow
from zamaz.events.orchestration import ComplexityAssessed, ConsensusAssessed
from zamaz.events.workflow import DebateStarted, RulingRequested, TurnRequested
from zamaz_orchestrator.kinds import Card, kinds
from zamaz_orchestrator.kinds.kind import Kind
from zamaz_orchestrator.kinds.quality import Given, measured
from zamaz_orchestrator.ladder import Climbed

from orchestrator.panel import CUTOFFS, DEADLINE, OLLAMA, RULES, Says, case, climb, debate, said

CARDS = (Card(id="direct", description="One answer."), Card(id="simple_debate", description="Two argue."))
KINDS = kinds(CUTOFFS, CARDS, "simple_debate")
TEMPLATES = {
    "complexity": "Judge.\n$answer\n<q>\n$question\n$options\n$context\n</q>",
    "workflow": "Choose.\n<q>\n$workflows\n$question\n$options\n$context\n</q>\n$answer",
    "next_move": "Advise.\n$answer\n<q>\n$question\n$course\n$positions\n</q>",
    "quality": "Check.\n$answer\n<q>\n$question\n$criterion\n$answers\n</q>",
    "novelty": "Compare.\n<q>\n$earlier\n$proposal\n</q>\n$answer",
}


def wanted(kind: Any, *turns: str, round_: int = 1, criteria: tuple[str, ...] = (), sees: int = 0) -> RulingRequested:
    return RulingRequested(
        ruling="r1",
        kind=kind,
        round=round_,
        sees=sees,
        turns=turns,
        deadline=DEADLINE,
        subject="gate",
        criteria=criteria,
    )


async def ruled(asked: RulingRequested, *facts: Fact, judge: Says | None = None) -> Climbed:
    kind: Kind[Any, Any] = KINDS[asked.kind]
    made = case(kind, kind.question(debate(*facts), asked), template=TEMPLATES[asked.kind])
    return await climb(made, RULES, OLLAMA, **({"ollama": judge} if judge else {}))


def start(earlier: tuple[Earlier, ...] = (), **fields: Any) -> DebateStarted:
    flow = Flow(id="f", steps=(), **fields)
    return DebateStarted(workflow="f", flow=flow, flow_digest="d", seats=(), earlier=earlier)


def spoke(turn: str, who: str, position: str, *, round_: int = 1, argument: str = "", **more: Any) -> tuple[Fact, Fact]:
    asked = TurnRequested(
        turn=turn, round=round_, step="a", participant=who, provider="script", model="m", deadline=DEADLINE
    )
    answer = ArgumentPresented(
        turn=turn,
        call=f"{turn}-1",
        round=round_,
        participant=who,
        argument=argument,
        position=position,
        provider="script",
        model="m",
        latency_ms=1,
        **more,
    )
    return asked, answer


def request(question: str, **more: Any) -> DebateRequested:
    return DebateRequested(question=question, **more)


# complexity and workflow


@pytest.mark.parametrize(
    ("asked", "level"),
    [
        (request("Tabs or spaces?", options=("tabs", "spaces")), "simple"),
        (request("What now?", context="x" * 30_000), "complex"),
        (request("Which one?", options=tuple("abcdef")), "complex"),
    ],
)
async def test_sizes_tell_the_extremes(asked: DebateRequested, level: str) -> None:
    made = await ruled(wanted("complexity"), asked)
    assert (made.opinion.rung, made.opinion.said.complexity) == ("rules", level)


async def test_a_model_tells_what_lies_between() -> None:
    made = await ruled(wanted("complexity"), request("Should we split?"), judge=Says(said("complex")))
    assert (made.opinion.rung, made.opinion.said.complexity, made.opinion.why) == ("ollama", "complex", "so it is")


async def test_where_nobody_can_say_it_is_moderate() -> None:
    made = await ruled(wanted("complexity"), request("Should we split?"))
    assert (made.opinion.rung, made.opinion.said.complexity, made.opinion.confidence) == ("default", "moderate", 0.0)


async def test_a_model_chooses_among_the_definitions_there_are() -> None:
    judge = Says(said("direct"))
    made = await ruled(wanted("workflow"), request("What is DNS?"), judge=judge)
    assert made.opinion.said.workflow == "direct"
    assert judge.asked[0].options == ("direct", "simple_debate")


def assessed(rung: str, confidence: float = 0.8) -> ComplexityAssessed:
    return ComplexityAssessed(
        ruling="r0", rung=rung, complexity="moderate", confidence=confidence, inputs_digest="d", latency_ms=1
    )


async def test_the_workflow_follows_from_a_level_that_a_model_gave() -> None:
    judge = Says(said("direct"))
    made = await ruled(wanted("workflow"), request("Should we split?"), assessed("cloud"), judge=judge)
    assert (made.opinion.rung, made.opinion.said.workflow, made.opinion.confidence) == ("rules", "simple_debate", 0.8)
    assert "so cloud ruled" in made.opinion.why
    assert judge.asked == []


@pytest.mark.parametrize("known", [assessed("default", 0.0), assessed("local", 0.5)])
async def test_a_level_that_nobody_gave_or_that_is_not_sure_settles_no_workflow(known: ComplexityAssessed) -> None:
    judge = Says(said("simple_debate"))
    made = await ruled(wanted("workflow"), request("Should we split?"), known, judge=judge)
    assert (made.opinion.rung, made.opinion.said.workflow) == ("ollama", "simple_debate")


def test_a_level_that_came_after_the_workflow_looked_is_none() -> None:
    kind = KINDS["workflow"]
    facts = (request("Should we split?"), assessed("cloud"))
    early, late = (kind.question(debate(*facts), wanted("workflow", sees=sees)) for sees in (1, 2))
    assert early.level is None
    assert late.level is not None


async def test_a_definition_that_is_none_breaks_the_schema_and_the_default_is_taken() -> None:
    made = await ruled(wanted("workflow"), request("What is DNS?"), judge=Says(said("the_best_one")))
    assert (made.passed[1].reason, made.opinion.said.workflow) == ("schema", "simple_debate")


# next_move


def rounds(second: str, **more: Any) -> tuple[Fact, ...]:
    first = (*spoke("t1", "ann", "Split the monolith now"), *spoke("t2", "bob", "Keep the monolith whole"))
    return (
        *first,
        *spoke("t3", "ann", second, round_=2, **more),
        *spoke("t4", "bob", "Keep the monolith whole", round_=2),
    )


def score(round_: int, value: float) -> ConsensusAssessed:
    return ConsensusAssessed(
        ruling=f"c{round_}",
        round=round_,
        agreement="none",
        score=value,
        rung="rules",
        confidence=1,
        inputs_digest="",
        latency_ms=0,
    )


LONG = start(max_rounds=5, min_rounds=1, consensus_threshold=0.75)


async def test_where_nobody_moves_another_round_changes_nothing() -> None:
    made = await ruled(wanted("next_move", round_=2), LONG, *rounds("Split the monolith, now!"))
    assert (made.opinion.said.move, made.opinion.said.consensus_chance) == ("complete", 0.05)


@pytest.mark.parametrize(
    ("position", "more"),
    [
        ("Keep it, with module borders", {}),
        ("Do not split the monolith now", {}),
        ("Split the monolith now", {"verdict": "reject"}),
        ("Split the monolith now", {"choice": "keep"}),
        ("Split the monolith now", {"confidence": 0.9}),
    ],
)
async def test_where_somebody_moves_the_rules_pass_up(position: str, more: dict[str, Any]) -> None:
    made = await ruled(wanted("next_move", round_=2), LONG, *rounds(position, **more))
    assert made.passed[0].why.startswith("ann moved")
    assert (made.opinion.rung, made.opinion.said.move) == ("default", "continue")


async def test_a_score_that_is_enough_completes_and_rounds_that_were_added_go_on() -> None:
    enough = await ruled(wanted("next_move", round_=2), LONG, *rounds("Keep it"), score(2, 0.8))
    last = await ruled(wanted("next_move", round_=2), start(max_rounds=2), *rounds("Keep it"))
    assert (enough.opinion.said.move, last.opinion.said.move) == ("complete", "continue")
    assert (enough.opinion.said.consensus_chance, last.opinion.said.consensus_chance) == (1.0, 0.275)


async def test_a_model_redirects_with_a_focus_and_the_trend_is_told() -> None:
    judge = Says(said("redirect", focus="What would a rollback cost?", off_question="ann, nobody"))
    facts = (LONG, *rounds("Keep it, with module borders"), score(1, 0.2), score(2, 0.4))
    made = (await ruled(wanted("next_move", round_=2), *facts, judge=judge)).opinion.said
    assert (made.move, made.focus) == ("redirect", "What would a rollback cost?")
    assert [(one.of, one.participant) for one in made.observed] == [("drift", "ann")]
    # A rise by 0.2 would reach 0.6 of 0.75, and one of two moved.
    assert made.consensus_chance == pytest.approx((1 + 0.8) / 2 * (0.1 + 0.9 / 2))


async def test_a_model_cannot_redirect_to_nothing_nor_end_before_its_rounds() -> None:
    moved = rounds("Keep it, with module borders")
    nowhere = await ruled(
        wanted("next_move", round_=2), LONG, *moved, judge=Says(said("redirect", focus=" ", off_question=""))
    )
    early = start(max_rounds=5, min_rounds=3)
    ended = await ruled(
        wanted("next_move", round_=2), early, *moved, judge=Says(said("complete", focus="", off_question=""))
    )
    assert [made.opinion.said.move for made in (nowhere, ended)] == ["continue", "continue"]
    assert ended.passed[1].why == "it would end the debate before round 3"


async def test_only_what_stood_when_the_workflow_looked_counts() -> None:
    late = await ruled(wanted("next_move", round_=2, sees=5), LONG, *rounds("Split the monolith now"))
    assert late.opinion.rung == "default"


# quality


@pytest.mark.parametrize(
    ("criterion", "argument", "met"),
    [
        ("at least 3 words", "one two three", True),
        ("at least 3 words", "one two", False),
        ("has at most 5 characters", "12345", True),
        ("max_length: 5", "123456", False),
        ("min_length 2", "12", True),
        ("sections: Risks, Costs", "## Risks\nnone\n**Costs:**\nnone", True),
        ("has a section Risks", "I see no Risks: none", False),
        ("section Risks", "Risks:\nnone", True),
    ],
)
def test_what_can_be_counted_is_counted(criterion: str, argument: str, met: bool) -> None:
    found = measured(criterion, [Given(participant="ann", argument=argument)])
    assert found is not None
    assert (found.met, found.participant) == (met, "" if met else "ann")


@pytest.mark.parametrize("criterion", ["names its risks", "at least one risk", "long enough", ""])
def test_what_cannot_be_counted_is_not_guessed(criterion: str) -> None:
    assert measured(criterion, [Given(participant="ann", argument="x")]) is None


async def test_each_criterion_that_no_rule_measures_is_asked_about_by_itself() -> None:
    judge = Says(said("met", 0.9, participant=""), said("unmet", 0.8, participant="ann"))
    asked = wanted("quality", "t1", criteria=("names risks", "at least 3 words", "answers the question"))
    made = (await ruled(asked, *spoke("t1", "ann", "Go", argument="only two"), judge=judge)).opinion
    assert [(c.met, c.participant) for c in made.said.criteria] == [(True, ""), (False, "ann"), (False, "ann")]
    assert made.confidence == 0.8
    assert made.usage is not None and made.usage.input == 20
    assert made.said.met is False


async def test_a_model_blames_nobody_who_did_not_speak() -> None:
    judge = Says(said("unmet", participant="the system"))
    made = await ruled(wanted("quality", "t1", criteria=("names risks",)), *spoke("t1", "ann", "Go"), judge=judge)
    assert made.opinion.said.criteria[0].participant == ""


async def test_what_nobody_judged_is_not_held_against_anybody_and_what_was_counted_stays() -> None:
    asked = wanted("quality", "t1", criteria=("names risks", "at least 30 words"))
    made = (await ruled(asked, *spoke("t1", "ann", "Go", argument="short"))).opinion
    assert (made.rung, [c.met for c in made.said.criteria]) == ("default", [True, False])
    assert made.said.criteria[0].why == "nobody judged it"


# novelty

BEFORE = (
    Earlier(debate="d7", decision="Cache the answers of the price table."),
    Earlier(debate="d8", decision="Use gRPC."),
)


async def proposed(position: str, judge: Says | None = None, earlier: tuple[Earlier, ...] = BEFORE) -> Climbed:
    return await ruled(wanted("novelty", "t1"), start(earlier), *spoke("t1", "ann", position), judge=judge)


async def test_the_same_words_are_a_repetition() -> None:
    made = await proposed("Cache the answers of the price table!")
    assert (made.opinion.rung, made.opinion.said.repeats, made.opinion.confidence) == ("rules", "d7", 1.0)


async def test_nothing_before_and_nothing_in_common_are_new() -> None:
    assert (await proposed("Anything", earlier=())).opinion.said.repeats == ""
    made = await proposed("Hire two testers")
    assert (made.opinion.rung, made.opinion.said.repeats) == ("rules", "")


async def test_the_same_words_with_a_not_are_for_a_model() -> None:
    made = await proposed("Do not cache the answers of the price table.", Says(said("new")))
    assert (made.opinion.rung, made.opinion.said.repeats) == ("ollama", "")


async def test_a_model_names_which_of_those_it_was_shown() -> None:
    made = await proposed("Keep the price table's answers for a day", Says(said("e1")))
    assert made.opinion.said.repeats == "d7"


async def test_where_nobody_compares_a_proposal_counts_as_new() -> None:
    made = await proposed("Keep the price table's answers for a day")
    assert (made.opinion.rung, made.opinion.said.repeats) == ("default", "")
    assert made.opinion.why.startswith("nobody compared it")


# all of them


def test_every_kind_has_its_own_fact_and_word() -> None:
    assert len({kind.fact for kind in KINDS.values()}) == len(KINDS) == 6


@pytest.mark.parametrize("name", sorted(TEMPLATES))
def test_a_ruling_in_the_log_gives_back_its_opinion(name: str) -> None:
    kind = KINDS[name]
    facts = (request("Should we?"), LONG, *spoke("t1", "ann", "Go", argument="Because."))
    asked = wanted(name, "t1", criteria=("names risks",))
    question = kind.question(debate(*facts), asked)
    opinion = kind.default(question)
    fact = kind.fact_of(asked, question, opinion, (), 3)
    assert kind.opinion_of(question, fact) == opinion
    assert kind.regret(opinion.said, opinion.said) == 0.0
