"""The course of a debate: which round, which step, and whether it is time to decide."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from zamaz import subjects
from zamaz.events import Fact
from zamaz.events.debater import ArgumentPresented
from zamaz.events.flow import Flow, Seat, Step
from zamaz.events.workflow import (
    ConsensusReached,
    DebateStarted,
    DebateTimeoutOccurred,
    RoundStarted,
    RulingRequested,
    StepTimedOut,
    StopReason,
)
from zamaz_workflow import panel, protocols, standing, turns
from zamaz_workflow.debate import Debate
from zamaz_workflow.turns import Asking, Moment, Outcome

INITIAL, COUNTER, CHECK = "initial_arguments", "counter_arguments", "consensus_check"


@dataclass(frozen=True)
class Stop:
    """Why the arguing ends."""

    reason: StopReason
    detail: str = ""


def next_move(d: Debate, start: DebateStarted, moment: Moment) -> list[Fact] | Stop:
    """What is missing before the decision, or the reason to decide now."""
    if overdue := _overdue(d, start, moment.now):
        return overdue
    if not deciding(d, start) and (gone := turns.leavers(d, start)):
        return gone
    if stop := stopped(d, start):
        return stop
    if d.rounds == 0:
        return [RoundStarted(round=1)]
    move = _round(d, start, moment)
    return move if move is not None else stopped(d, start, argued=True) or []


def stopped(d: Debate, start: DebateStarted, *, argued: bool = False) -> Stop | None:
    """Why the arguing is over. `argued`: all rounds that the definition allows are done."""
    if d.timeout:
        return Stop("deadline", f"the debate ran longer than {d.timeout.after_s:g} s")
    if d.consensus:
        return Stop("consensus", f"score {d.consensus.score:.2f} in round {d.consensus.round}")
    if not turn_steps(start.flow):
        return Stop("rounds", "one answer, no debate")
    if gone := _judge_left(d, start):
        return Stop("failure", f"the judge cannot speak: {gone}")
    if not argued:
        return None
    if len(panel.arguing(d, start)) < quorum(start):
        return Stop("failure", "too few participants are left: " + "; ".join(left.why for left in d.left.values()))
    if not positions(d, start):
        return Stop("failure", "nobody took a position")
    allowed = max(d.rounds, start.flow.max_rounds)
    return Stop("rounds", f"no consensus after {d.rounds} of {allowed} rounds")


def _judge_left(d: Debate, start: DebateStarted) -> str:
    """Why there is nobody left to rule, where that is a judge's alone; ""."""
    judge = panel.judge(start) if start.flow.protocol.name == "judge" else None
    return next((left.why for left in d.left.values() if judge and left.participant == judge.participant), "")


def _round(d: Debate, start: DebateStarted, moment: Moment) -> list[Fact] | None:
    """What the current round still needs ([]: it waits); None when all rounds are argued."""
    for step in steps_of_round(start.flow, d.rounds):
        blind = d.rounds == 1 and step == turn_steps(start.flow)[0]
        outcome = turns.ask(d, start, Asking(d.rounds, step, panel.arguing(d, start), blind), moment)
        if outcome.said or outcome.open:
            return list(outcome.said)
        if len(panel.arguing(d, start)) < quorum(start):
            return None
    if not positions(d, start):
        return None
    check = _check(d, start, moment)
    if check.said or check.open:
        return list(check.said)
    return [RoundStarted(round=d.rounds + 1)] if d.rounds < start.flow.max_rounds else None


def deciding(d: Debate, start: DebateStarted) -> bool:
    """Whether the arguing is over and the deciding turn was asked: who fails now leaves no debate."""
    return any(step == start.flow.steps[-1].id for _, step, _ in d.slots)


def _overdue(d: Debate, start: DebateStarted, now: datetime) -> list[Fact]:
    end = turns.execution_deadline(d)
    if end is None or d.timeout or now < end:
        return []
    still_open = tuple(turn for turn in d.turns if turn not in d.answers and turn not in d.failures)
    return [DebateTimeoutOccurred(after_s=start.flow.max_execution_s or 0.0, turns=still_open)]


def turn_steps(flow: Flow) -> list[Step]:
    """The steps in which everybody argues."""
    return [step for step in flow.steps if step.type in (INITIAL, COUNTER)]


def steps_of_round(flow: Flow, round_: int) -> list[Step]:
    """From the second round on, initial arguments are left out where another turn step exists."""
    steps = turn_steps(flow)
    later = [step for step in steps if step.type != INITIAL]
    return later if round_ > 1 and later else steps


def quorum(start: DebateStarted) -> int:
    """How many seats must take part: half of them, unless the definition says another share; at least two."""
    return protocols.needed(start.flow.protocol, len(panel.panel(start)))


def latest(d: Debate, seat: Seat, *, round_: int | None = None) -> ArgumentPresented | None:
    """A seat's newest counted answer with a position: of one round, or of all."""
    for number in (round_,) if round_ else range(d.rounds, 0, -1):
        for step in reversed(steps_of_round(standing.flow_of(d, number), number)):
            found = turns.answer(d, number, step, seat)
            if found and found.position is not None:
                return found
    return None


def positions(d: Debate, start: DebateStarted, *, round_: int | None = None) -> dict[str, ArgumentPresented]:
    """The newest position of every seat that has one, by participant."""
    return {seat.participant: found for seat in start.seats if (found := latest(d, seat, round_=round_))}


def check_step(flow: Flow) -> Step | None:
    """The step that measures consensus, where the definition has one."""
    return next((step for step in flow.steps if step.type == CHECK), None)


def _ruling(d: Debate, step: Step, held: dict[str, ArgumentPresented], before: int, moment: Moment) -> RulingRequested:
    """A ruling on the current round; `before` counts those that were asked for in vain."""
    again = f"/{before}" if before else ""
    return RulingRequested(
        ruling=subjects.made_id(d.id, f"ruling/consensus/{d.rounds}{again}"),
        kind="consensus",
        round=d.rounds,
        sees=moment.sees,
        turns=tuple(argument.turn for argument in held.values()),
        deadline=moment.now + timedelta(seconds=step.timeout_s),
    )


def _check(d: Debate, start: DebateStarted, moment: Moment) -> Outcome:
    """The consensus check of the current round; nothing where the definition has none or too few spoke."""
    step = check_step(start.flow)
    held = positions(d, start, round_=d.rounds)
    if step is None or len(held) < quorum(start) or (d.rounds, step.id) in d.timed_out:
        return Outcome()
    wanted = [ruling for ruling in d.rulings.values() if ruling.round == d.rounds]
    # One that was asked for with the answer of somebody who has gone meanwhile is of no use.
    asked = [ruling for ruling in wanted if set(ruling.turns) <= {argument.turn for argument in held.values()}]
    assessed = next((d.assessed[ruling.ruling] for ruling in asked if ruling.ruling in d.assessed), None)
    if assessed is None:
        last = max((ruling.deadline for ruling in asked), default=None)
        if last is None or turns.lapsed(d, step, last, moment.now):
            return Outcome((_ruling(d, step, held, len(wanted), moment),))
        if moment.now < turns.step_end(d, step, last):
            return Outcome(open=True)
        late = tuple(ruling.ruling for ruling in asked)
        return Outcome((StepTimedOut(round=d.rounds, step=step.id, turns=late),))
    if assessed.score >= start.flow.consensus_threshold and d.rounds >= start.flow.min_rounds:
        return Outcome((ConsensusReached(round=d.rounds, score=assessed.score, ruling=assessed.ruling),))
    return Outcome()
