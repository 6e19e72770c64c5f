"""The course of a debate: which round, which step, and whether it is time to decide."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from zamaz.events import Fact
from zamaz.events.course import RuleApplied
from zamaz.events.debater import ArgumentPresented
from zamaz.events.flow import Seat, Step
from zamaz.events.workflow import (
    ConsensusReached,
    DebateStarted,
    DebateTimeoutOccurred,
    RoundStarted,
    StepTimedOut,
    StopReason,
)
from zamaz_workflow import advice, effects, gates, panel, protocols, rounds, rules, rulings, summaries, turns
from zamaz_workflow.debate import Debate
from zamaz_workflow.gates import Passing
from zamaz_workflow.rules import Seam
from zamaz_workflow.rulings import Wanted
from zamaz_workflow.turns import Asking, Moment, Outcome

ASSESSING = Step(id="complexity", type="consensus_check", timeout_s=30.0)
"""How long the debate waits for a ruling on how complex its question is."""


@dataclass(frozen=True)
class Stop:
    """Why the arguing ends, whether anybody may still be asked (`asks`), and whether a decision that has to be new may
    still be held against earlier ones (`judges`): without money, or time to wait for it, it counts as new."""

    reason: StopReason
    detail: str = ""
    asks: bool = True
    judges: bool = True


def next_move(d: Debate, start: DebateStarted, moment: Moment) -> list[Fact] | Stop:
    """What is missing before the decision, or the reason to decide now."""
    if overdue := _overdue(d, start, moment.now):
        return overdue
    if not deciding(d, start) and (gone := turns.leavers(d, start)):
        return gone
    stop = stopped(d, start)
    if stop and (stop.reason != "consensus" or rounds.closing(d, start.flow)):
        return stop
    move = _opening(d, start, moment) if d.rounds == 0 else _round(d, start, moment)
    return move if move is not None else stopped(d, start, argued=True) or []


def stopped(d: Debate, start: DebateStarted, *, argued: bool = False) -> Stop | None:
    """Why the arguing is over. `argued`: all rounds that the definition allows are done."""
    if d.timeout:
        return Stop("deadline", f"the debate ran longer than {d.timeout.after_s:g} s", asks=False)
    if done := effects.final(d):
        return _final(d, done)
    if d.money.refused and start.spending:
        return Stop("budget", d.money.refused.why, asks=start.flow.on_budget == "shrink")
    if d.consensus:
        return Stop("consensus", f"score {d.consensus.score:.2f} in round {d.consensus.round}")
    if taken := advice.ending(d):
        return Stop("escalation" if taken.move == "escalate" else "rounds", advice.because(taken))
    if not rounds.turn_steps(start.flow):
        return Stop("rounds", "one answer, no debate")
    if gone := _judge_left(d, start):
        return Stop("failure", f"the judge cannot speak: {gone}")
    if not argued:
        return None
    if lacking := too_few(d, start):
        return Stop("failure", lacking)
    if not positions(d, start):
        return Stop("failure", "nobody took a position")
    allowed = max(d.rounds, start.flow.max_rounds)
    return Stop("rounds", f"no consensus after {d.rounds} of {allowed} rounds")


def _final(d: Debate, done: effects.Effect) -> Stop:
    """The reason that a rule or a gate has given to stop."""
    if done.action == "escalate_to_human":
        return Stop("escalation", effects.because(done))
    if d.consensus:
        return Stop("consensus", f"score {d.consensus.score:.2f} in round {d.consensus.round}")
    seen = done.seen if isinstance(done, RuleApplied) else {}
    failing = done.action == "complete_partial" and ("failures" in seen or "timeouts" in seen)
    reason: StopReason = "budget" if "cost_usd" in seen else "failure" if failing else "rounds"
    return Stop(reason, effects.because(done))


def too_few(d: Debate, start: DebateStarted) -> str:
    """Why those who are left are not enough to go on, "" where they are."""
    whys = "; ".join(left.why for left in d.left.values() if not left.dismissal)
    if required_left(d, start):
        return f"all participants are required, and one cannot speak: {whys}"
    return f"too few participants are left: {whys}" if len(panel.arguing(d, start)) < quorum(start) else ""


def required_left(d: Debate, start: DebateStarted) -> bool:
    """Whether a seat of the panel is gone that the definition does not do without."""
    waived = effects.has(d, "continue_with_available")
    return start.flow.all_required and not waived and len(panel.arguing(d, start)) < len(panel.panel(start))


def _judge_left(d: Debate, start: DebateStarted) -> str:
    """Why there is nobody left to rule, where that is a judge's alone; ""."""
    judge = panel.judge(start) if start.flow.protocol.name == "judge" else None
    return next((left.why for left in d.left.values() if judge and left.participant == judge.participant), "")


def _opening(d: Debate, start: DebateStarted, moment: Moment) -> list[Fact]:
    """What the first round waits for, and the round."""
    if start.flow.assess and start.complexity is None:
        wanted = Wanted("complexity", "complexity", 0, ASSESSING)
        outcome = rulings.ask(d, wanted, moment)
        over = rulings.given(d, wanted, d.complexities) or (0, ASSESSING.id) in d.timed_out
        if not over and (outcome.said or outcome.open):
            return list(outcome.said)
        if not over:
            late = tuple(asked.ruling for asked in rulings.asked(d, wanted))
            return [StepTimedOut(round=0, step=ASSESSING.id, turns=late)]
    return rules.apply(d, start, Seam(), moment) or [RoundStarted(round=1)]


def _round(d: Debate, start: DebateStarted, moment: Moment) -> list[Fact] | None:
    """What the current round still needs ([]: it waits); None when all rounds are argued."""
    if rounds.closing(d, start.flow):
        return None
    summed_up = summaries.ask(d, start, moment)
    if summed_up.said or summed_up.open:
        return list(summed_up.said)
    stations = rounds.stations(d, start.flow, d.rounds)
    last = max((n for n, step in enumerate(stations) if step in start.flow.steps), default=0)
    for n, step in enumerate(stations):
        passed = any(rounds.is_asked(d, later) for later in stations[n + 1 :])
        if passed and step.type == rounds.CHECK:
            continue
        needs = _station(d, start, step, moment, passed=passed)
        if needs.said or needs.open:
            return list(needs.said)
        if passed:
            continue
        over = n >= last or d.consensus is not None
        if (over or rounds.is_asked(d, step)) and (applied := _rules(d, start, step, moment, over=over)):
            return applied
        if d.consensus or too_few(d, start):
            return None
    held = positions(d, start)
    return advice.next_round(d, start, held, moment) if held and d.rounds < start.flow.max_rounds else None


def _station(d: Debate, start: DebateStarted, step: Step, moment: Moment, *, passed: bool) -> Outcome:
    """What a step of the current round still needs: its turns, then what is asked about their answers."""
    if step.type == rounds.CHECK:
        checked = _check(d, start, step, moment)
        if checked.said or checked.open or not gates.stand_behind(start, step):
            return checked
        answers = positions(d, start, round_=d.rounds).values()
        return gates.ask(d, start, Passing(step, d.rounds, tuple(answers)), moment)
    seats = panel.asked_in(d, start, step, d.rounds)
    if passed and step.type == "devils_advocate":  # nobody is drawn in the place of one who has gone since
        seats = tuple(seat for seat in seats if (d.rounds, step.id, seat.participant) in d.slots)
    again = effects.again(d, d.rounds, step.id)
    first = next((one for one in rounds.turn_steps(start.flow) if one.type not in panel.ASIDES), step)
    asking = Asking(
        d.rounds,
        step,
        seats,
        blind=d.rounds == 1 and step == first,
        again=again,
        revise=effects.revise(d, d.rounds, step.id) if again else "",
        inserted=step not in start.flow.steps,
        focus=d.focuses.get(d.rounds, ""),
        passed=passed,
    )
    return through(d, start, asking, moment)


def through(d: Debate, start: DebateStarted, asking: Asking, moment: Moment) -> Outcome:
    """A step's turns, what their answers lack, and the gates behind it. It is asked once more when all gates behind
    its first answers are closed."""
    if asking.again and not turns.has_begun(d, asking):
        before = _gates(d, start, asking, moment)
        if before.said or before.open:
            return before
    outcome = turns.ask(d, start, asking, moment)
    if outcome.said or outcome.open:
        return outcome
    if noted := turns.shortfalls(d, asking):
        return Outcome(tuple(noted))
    return _gates(d, start, asking, moment)


def _gates(d: Debate, start: DebateStarted, asking: Asking, moment: Moment) -> Outcome:
    if not gates.stand_behind(start, asking.step):
        return Outcome()
    said = (turns.answer(d, asking.round, asking.step, seat) for seat in asking.seats)
    held = tuple(one for one in said if one and one.position is not None)
    return gates.ask(d, start, Passing(asking.step, asking.round, held, asking.passed), moment)


def _rules(d: Debate, start: DebateStarted, step: Step, moment: Moment, *, over: bool) -> list[Fact]:
    """The rule that applies after a step of the current round, which it may have ended."""
    return rules.apply(d, start, Seam(d.rounds, step.id, d.rounds if over else d.rounds - 1), moment)


def deciding(d: Debate, start: DebateStarted) -> bool:
    """Whether the arguing is over and the deciding turn was asked: who fails now leaves no debate."""
    return any(step == start.flow.steps[-1].id for _, step, _ in d.slots)


def _overdue(d: Debate, start: DebateStarted, now: datetime) -> list[Fact]:
    end = turns.execution_deadline(d)
    if end is None or d.timeout or now < end:
        return []
    still_open = tuple(turn for turn in d.turns if turn not in d.answers and turn not in d.failures)
    unruled = tuple(ruling for ruling in d.rulings if rulings.answer(d, ruling) is None)
    return [DebateTimeoutOccurred(after_s=start.flow.max_execution_s or 0.0, turns=still_open + unruled)]


def quorum(start: DebateStarted) -> int:
    """How many seats must take part: half of them, unless the definition says another share; at least two."""
    return protocols.needed(start.flow.protocol, len(panel.panel(start)))


def positions(d: Debate, start: DebateStarted, *, round_: int | None = None) -> dict[str, ArgumentPresented]:
    """The newest position of every seat that has one, by participant: of one round, or of all."""
    numbers = (round_,) if round_ else range(d.rounds, 0, -1)
    asked = [(number, step) for number in numbers for step in reversed(rounds.positional(d, number))]
    held = ((seat, _latest(d, seat, asked)) for seat in panel.panel(start))
    return {seat.participant: found for seat, found in held if found}


def _latest(d: Debate, seat: Seat, asked: list[tuple[int, Step]]) -> ArgumentPresented | None:
    """A seat's first counted answer with a position in these steps of rounds."""
    answers = (turns.answer(d, number, step, seat) for number, step in asked)
    return next((found for found in answers if found and found.position is not None), None)


def _check(d: Debate, start: DebateStarted, step: Step, moment: Moment) -> Outcome:
    """The consensus check of the current round; nothing where too few spoke, or there is a consensus."""
    held = positions(d, start, round_=d.rounds)
    if d.consensus or len(held) < quorum(start) or (d.rounds, step.id) in d.timed_out:
        return Outcome()
    of = tuple(argument.turn for argument in held.values())
    wanted = Wanted("consensus", f"consensus/{d.rounds}", d.rounds, step, of)
    assessed = rulings.given(d, wanted, d.assessed)
    if assessed is None:
        outcome = rulings.ask(d, wanted, moment)
        if outcome.said or outcome.open:
            return outcome
        late = tuple(ruling.ruling for ruling in rulings.asked(d, wanted))
        return Outcome((StepTimedOut(round=d.rounds, step=step.id, turns=late),))
    threshold = start.flow.consensus_threshold if step.threshold is None else step.threshold
    if assessed.score >= threshold and d.rounds >= start.flow.min_rounds:
        return Outcome((ConsensusReached(round=d.rounds, score=assessed.score, ruling=assessed.ruling),))
    return Outcome()
