"""Debates that nobody thought of: generated definitions, and whatever may happen to them."""

from __future__ import annotations

import random
from typing import Any, get_args

from hypothesis import strategies as st
from msgspec.structs import replace

from zamaz.events.client import (
    DebateAbortRequested,
    DebateRequested,
    DebateResumeRequested,
    HumanRulingGiven,
)
from zamaz.events.flow import (
    NEWEST,
    Action,
    Adaptation,
    Conditions,
    ContextSetting,
    Flow,
    Gate,
    Move,
    Response,
    Rule,
    Seat,
    Term,
)
from zamaz.events.orchestration import (
    ComplexityAssessed,
    ConsensusAssessed,
    CriterionJudged,
    NextMoveAdvised,
    Observation,
    QualityJudged,
)
from zamaz.events.voting import ProtocolSetting
from zamaz.events.workflow import DebateStarted, RulingRequested, TurnRequested
from zamaz_workflow import human
from zamaz_workflow.decide import DECIDER

from workflow.running import RULED, Tale, seats, step
from workflow.table import answer, failed, story

ROUND = ("counter_arguments", "clarification", "devils_advocate", "expert_review", "moderation", "custom")
ACTIONS: tuple[Action, ...] = get_args(Action)
MOVES: tuple[Move, ...] = get_args(Move)
RESPONSES: tuple[Response, ...] = get_args(Response)
OPTIONS = ("split", "keep")
FAILURES = ("provider_error", "refused", "timeout", "auth", "rate_limited")
NANO = Seat(participant="nano", provider="cheap", model="nano-1")
CONDITIONS = Conditions(min_length=20)


@st.composite
def terms(draw: Any) -> Term:
    of = draw(st.sampled_from(["rounds", "rounds_left", "score", "consensus", "failures", "timeouts", "elapsed_s"]))
    return Term(of=of, op=draw(st.sampled_from(["<", "<=", "==", ">=", ">"])), value=float(draw(st.integers(0, 3))))


@st.composite
def adaptations(draw: Any) -> Adaptation:
    return Adaptation(
        moves=tuple(draw(st.lists(st.sampled_from(MOVES[1:]), unique=True))),
        on_sycophancy=draw(st.sampled_from(RESPONSES)),
        on_drift=draw(st.sampled_from(RESPONSES)),
        tries=draw(st.integers(0, 2)),
    )


@st.composite
def flows(draw: Any) -> Flow:
    """A definition that a file could hold."""
    kinds = ["initial_arguments", *draw(st.lists(st.sampled_from(ROUND), max_size=3, unique=True))]
    order = draw(st.sampled_from(["parallel", "sequential"]))
    wanted = draw(st.sampled_from([Conditions(), CONDITIONS, Conditions(demands=("address_concerns",))]))
    arguing = [step(kind, order=order, conditions=wanted, max_retries=draw(st.integers(0, 1))) for kind in kinds]
    check = [step("consensus_check", timeout_s=10.0)] * draw(st.booleans())
    name = draw(st.sampled_from(["consensus", "majority", "unanimity", "approval", "ranked"]))
    tie = draw(st.sampled_from(["no_winner", "first_seat", "another_round"]))
    vote = [step("vote")] * (name in ("approval", "ranked") or (name != "consensus" and draw(st.booleans())))
    person = [step("human_ruling", timeout_s=draw(st.sampled_from([0.0, 200.0])))] * draw(st.booleans())
    made = [*arguing, *check, *[step("synthesis")] * draw(st.booleans()), *vote, *person]
    final = step("final_decision", needs_consensus=draw(st.booleans()))
    ids = [one.id for one in arguing]
    rules = [
        Rule(
            condition=f"rule {n}",
            terms=tuple(draw(st.lists(terms(), min_size=1, max_size=2))),
            action=draw(st.sampled_from(ACTIONS)),
            target=draw(st.sampled_from([*ids, ""])),
            most=draw(st.integers(1, 3)),
        )
        for n in range(draw(st.integers(0, 3)))
    ]
    behind = st.sampled_from([*ids, "final_decision"])
    gates = [
        Gate(name=f"gate {n}", criteria=("risks_named",), on_failure=draw(st.sampled_from(ACTIONS)), after=draw(behind))
        for n in range(draw(st.integers(0, 2)))
    ]
    return Flow(
        id="wild",
        steps=(*made, final),
        max_rounds=(most := draw(st.integers(1, 4))),
        min_rounds=draw(st.integers(1, most)),
        adaptation=draw(st.one_of(st.none(), adaptations())),
        context=draw(st.sampled_from([NEWEST, ContextSetting(mode="summary", by=NANO, timeout_s=50.0)])),
        protocol=ProtocolSetting(name=name, threshold=0.5, tie=tie),
        rules=tuple(rules),
        gates=tuple(gates),
        all_required=draw(st.booleans()),
        assess=draw(st.booleans()),
        max_execution_s=draw(st.sampled_from([None, None, 500.0])),
    )


@st.composite
def debates(draw: Any) -> Tale:
    """A debate that has just started."""
    roles = {
        role: role
        for role in draw(st.lists(st.sampled_from(["moderator", "observer", "devils_advocate"]), unique=True))
    }
    table = seats(*["ann", "bob", "eve"][: draw(st.integers(2, 3))], **roles)
    reserves = (Seat(participant="pro", provider="cheap", model="pro-1", role="expert"),) * draw(st.booleans())
    start = DebateStarted(workflow="wild", flow=draw(flows()), flow_digest="f", seats=table, reserves=reserves)
    request = DebateRequested(question="Split it?", options=OPTIONS if draw(st.booleans()) else ())
    return story().given(request, start).then()


def unanswered(tale: Tale) -> list[TurnRequested | RulingRequested]:
    """What was asked and may still be answered."""
    state = tale.state
    done = {
        *state.answers,
        *state.failures,
        *state.given_up,
        *state.assessed,
        *state.judged,
        *state.complexities,
        *state.advised,
    }
    turns = [turn for turn in state.turns.values() if turn.turn not in done]
    return [*turns, *(ruling for ruling in state.rulings.values() if ruling.ruling not in done)]


def said_to(question: TurnRequested | RulingRequested, chance: random.Random) -> Any:
    """An answer of any kind."""
    if isinstance(question, TurnRequested):
        if chance.random() < 0.15:
            return failed(question, chance.choice(FAILURES), retryable=chance.random() < 0.5)
        if question.sums_up:
            return answer(question, None, unparsed=chance.choice(("", "", "no JSON")))
        option = chance.choice(OPTIONS)
        said = answer(
            question, f"We {option}.", choice=option if question.choices in ((), OPTIONS) else question.choices[0]
        )
        return replace(said, position=None, unparsed="no JSON") if chance.random() < 0.1 else said
    if question.kind == "complexity":
        return ComplexityAssessed(ruling=question.ruling, complexity=chance.choice(("simple", "complex")), **RULED)
    if question.kind == "quality":
        met = chance.random() < 0.5
        judged = tuple(CriterionJudged(criterion=one, met=met) for one in question.criteria)
        more = {**RULED, "round": question.round, "subject": question.subject, "met": met, "criteria": judged}
        return QualityJudged(ruling=question.ruling, **more)
    if question.kind == "next_move":
        seen = Observation(of=chance.choice(("sycophancy", "repetition", "drift")), participant="ann")
        advice = {**RULED, "round": question.round, "move": chance.choice(MOVES), "focus": chance.choice(("", "costs"))}
        return NextMoveAdvised(ruling=question.ruling, observed=(seen,) * chance.choice((0, 0, 1)), **advice)
    score = chance.choice((0.0, 0.5, 1.0))
    return ConsensusAssessed(ruling=question.ruling, round=question.round, agreement="none", score=score, **RULED)


def happen(tale: Tale, chance: random.Random) -> Tale:
    """One thing that may happen to a debate."""
    luck = chance.random()
    if luck < 0.02:
        return tale.when(DebateAbortRequested(by="eve"))
    if luck < 0.08:
        return tale.when(HumanRulingGiven(ruling=f"h{len(tale.facts)}", decision="Wait.", by="eve"))
    if tale.state.paused and luck < 0.5:
        return tale.when(DebateResumeRequested(resume=f"r{len(tale.facts)}", requester="eve"))
    if luck < 0.2 or not (open_ := unanswered(tale)):
        return tale.later(chance.choice((1, 11, 61))).then()
    return tale.when(said_to(chance.choice(open_), chance))


def waits_for_a_person(tale: Tale) -> bool:
    """Whether nothing but a person's word leads on."""
    state = tale.state
    asked = state.escalation is not None and not state.escalation.over_at and state.ending is None
    return asked and state.started is not None and human.ends_at(state, state.started) is None and not state.decided


def spoken_to(tale: Tale) -> Tale:
    """Somebody's word, where nothing but that leads on."""
    if tale.state.paused and tale.state.ending is None:
        return tale.when(DebateResumeRequested(resume=f"r{len(tale.facts)}", requester="eve"))
    if waits_for_a_person(tale):
        return tale.when(HumanRulingGiven(ruling="last", decision="Wait.", by="eve"))
    return tale


def left_alone(tale: Tale) -> Tale:
    """Time passes, and nobody answers any more."""
    at = DECIDER.wake(tale.state, tale.world)
    assert at is not None
    return tale.later(max(0.001, (at - tale.at).total_seconds())).then()
