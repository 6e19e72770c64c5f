"""Debates that run under a flow of the story's own, without a file: what a step, a rule or a gate does."""

from __future__ import annotations

from typing import Any

from zamaz.events.client import DebateRequested, HumanRulingGiven
from zamaz.events.flow import Flow, Gate, Rule, Seat, Step, Term
from zamaz.events.orchestration import ComplexityAssessed, CriterionJudged, NextMoveAdvised, Observation, QualityJudged
from zamaz.events.workflow import DebateStarted, RulingRequested
from zamaz.testing import Story
from zamaz_workflow.debate import Debate
from zamaz_workflow.seating import World

from workflow.table import all_answer, story

Tale = Story[Debate, World]

INITIAL = Step(id="initial_arguments", type="initial_arguments", timeout_s=60.0)
COUNTER = Step(id="counter_arguments", type="counter_arguments", timeout_s=60.0)
CHECK = Step(id="consensus_check", type="consensus_check", timeout_s=10.0)
FINAL = Step(id="final_decision", type="final_decision", timeout_s=60.0)


def step(kind: Any, **more: Any) -> Step:
    return Step(**{"id": kind, "type": kind, "timeout_s": 60.0, **more})


def rule(action: Any, *terms: tuple[Any, Any, float], **more: Any) -> Rule:
    made = tuple(Term(of=of, op=op, value=value) for of, op, value in terms)
    said = " and ".join(f"{of} {op} {value:g}" for of, op, value in terms)
    return Rule(condition=said, terms=made, action=action, **more)


def gate(action: Any, after: str = "initial_arguments", **more: Any) -> Gate:
    return Gate(**{"name": "risks", "criteria": ("risks_named",), "on_failure": action, "after": after, **more})


def seats(*names: str, **roles: str) -> tuple[Seat, ...]:
    """`seats("ann", "bob", carl="moderator")`."""
    held = [(name, "participant") for name in names] + list(roles.items())
    return tuple(
        Seat(participant=name, provider="dear", model=f"{name}-1", role=role, max_output_tokens=100)
        for name, role in held
    )


def running(*steps: Step, table: tuple[Seat, ...] = (), request: dict[str, Any] | None = None, **flow: Any) -> Tale:
    """A debate of these steps that was just started."""
    reserves = flow.pop("reserves", ())
    extra = {name: flow.pop(name) for name in ("complexity", "ladder", "spending") if name in flow}
    made = Flow(id="own", steps=steps or (INITIAL, CHECK, FINAL), **{"max_rounds": 2, **flow})
    start = DebateStarted(
        workflow="own",
        flow=made,
        flow_digest="f" * 64,
        seats=table or seats("ann", "bob"),
        reserves=reserves,
        **extra,
    )
    return story().given(DebateRequested(**{"question": "Split it?", **(request or {})}), start).then()


def wanted(tale: Tale, kind: str) -> list[RulingRequested]:
    """The rulings of a kind that nobody has given."""
    rulings = (*tale.all(QualityJudged), *tale.all(ComplexityAssessed), *tale.all(NextMoveAdvised))
    given = {fact.ruling for fact in rulings}
    return [ask for ask in tale.all(RulingRequested) if ask.kind == kind and ask.ruling not in given]


RULED: dict[str, Any] = {"rung": "rules", "confidence": 1.0, "inputs_digest": "x", "latency_ms": 0}


def judge(tale: Tale, *, met: bool, **more: Any) -> Tale:
    """The orchestrator answers every open quality ruling."""
    for ask in wanted(tale, "quality"):
        criteria = tuple(CriterionJudged(criterion=one, met=met, why="none is") for one in ask.criteria)
        said = {**RULED, "round": ask.round, "subject": ask.subject, "met": met, "criteria": criteria, **more}
        tale = tale.when(QualityJudged(ruling=ask.ruling, **said))
    return tale


def assess(tale: Tale, complexity: Any) -> Tale:
    (ask,) = wanted(tale, "complexity")
    return tale.when(ComplexityAssessed(ruling=ask.ruling, complexity=complexity, **RULED))


def advise(tale: Tale, move: Any, *observed: Observation, **more: Any) -> Tale:
    """The orchestrator answers the newest question how to go on."""
    ask = wanted(tale, "next_move")[-1]
    said = {**RULED, "round": ask.round, "move": move, "observed": observed, "why": "so it is", **more}
    return tale.when(NextMoveAdvised(ruling=ask.ruling, **said))


def rules_on(tale: Tale, decision: str = "Wait.", key: str = "h1", **more: Any) -> Tale:
    """A person rules."""
    return tale.when(HumanRulingGiven(ruling=key, decision=decision, by="eve", why="I say so.", **more))


def answered(tale: Tale, times: int = 1) -> Tale:
    for _ in range(times):
        tale = all_answer(tale)
    return tale
