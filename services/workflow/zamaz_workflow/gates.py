"""Quality: what the orchestrator is asked about the answers of a step, and what is done where they are not enough.

Two things ask: the gates that the definition sets behind a step, and the step's own demands, of which it is only
noted whether they are met. What nobody judged in time, or nobody was sure of, is held against nobody.
"""

from __future__ import annotations

import msgspec

from zamaz.events import Fact
from zamaz.events.course import GateClosed
from zamaz.events.debater import ArgumentPresented
from zamaz.events.flow import Action, Gate, Step
from zamaz.events.orchestration import QualityJudged
from zamaz.events.workflow import DebateStarted
from zamaz_workflow import effects, rules, rulings
from zamaz_workflow.debate import Debate
from zamaz_workflow.rulings import Wanted
from zamaz_workflow.turns import Moment, Outcome

JUDGING = Step(id="quality", type="consensus_check", timeout_s=60.0)
"""How long a quality ruling is waited for, where the definition has no consensus check to go by."""


class _Behind(msgspec.Struct, frozen=True):
    """Criteria behind a step: a gate's, or the step's own demands, which have no gate."""

    name: str
    criteria: tuple[str, ...]
    gate: Gate | None = None


class Passing(msgspec.Struct, frozen=True):
    """The answers of one step of one round, on their way through its gates. Where the round has `passed` the step, a
    gate that was closed behind it stays closed, whoever of its speakers has gone since."""

    step: Step
    round: int
    answers: tuple[ArgumentPresented, ...]
    passed: bool = False


def stand_behind(start: DebateStarted, step: Step) -> bool:
    """Whether a step's answers are asked about at all."""
    return bool(step.conditions.demands) or any(gate.after == step.id for gate in start.flow.gates)


def ask(d: Debate, start: DebateStarted, passing: Passing, moment: Moment) -> Outcome:
    """What the gates behind a step still need. A step without answers is behind no gate."""
    said: list[Fact] = []
    waits = False
    for behind in _behind(start, passing) if not _is_over(d) else ():
        wanted = _wanted(start, passing, behind)
        before = rulings.asked(d, wanted)
        if any(ruling.ruling in d.gates for ruling in before) or _stays_closed(d, passing, behind):
            continue
        judged = rulings.given(d, wanted, d.judged)
        outcome = rulings.ask(d, wanted, moment)
        # In the file's order, whichever ruling came first: one gate may leave the next without an effect.
        if not (said or waits) and (judged or not (outcome.said or outcome.open)):
            return Outcome((_closed(d, passing, behind, judged, before[0].ruling),))
        said += [] if judged else outcome.said
        waits = waits or outcome.open or judged is not None
    return Outcome(tuple(said), open=waits)


def _is_over(d: Debate) -> bool:
    """Whether a rule or a gate has ended the debate. One that only cuts the arguing short leaves what follows it to its
    gates."""
    done = effects.final(d)
    return done is not None and done.action != "skip_to_final_decision"


def _behind(start: DebateStarted, passing: Passing) -> list[_Behind]:
    if not passing.answers:
        return []
    step = passing.step
    gates = [_Behind(gate.name, gate.criteria, gate) for gate in start.flow.gates if gate.after == step.id]
    demands = step.conditions.demands
    return [*gates, _Behind(step.id, demands)] if demands else gates


def _wanted(start: DebateStarted, passing: Passing, behind: _Behind) -> Wanted:
    what = "gate" if behind.gate else "demands"
    return Wanted(
        kind="quality",
        name=f"quality/{what}/{behind.name}/{passing.round}",
        round=passing.round,
        step=next((step for step in start.flow.steps if step.type == JUDGING.type), JUDGING),
        turns=tuple(answer.turn for answer in passing.answers),
        subject=behind.name,
        criteria=behind.criteria,
    )


def _stays_closed(d: Debate, passing: Passing, behind: _Behind) -> bool:
    is_it = (behind.name, passing.round, passing.step.id, _again(d, passing))
    return passing.passed and any((one.gate, one.round, one.step, one.again) == is_it for one in d.gates.values())


def _again(d: Debate, passing: Passing) -> int:
    """How often the step was asked once more before it came to these answers."""
    return max((d.turns[answer.turn].again for answer in passing.answers if answer.turn in d.turns), default=0)


def _closed(d: Debate, passing: Passing, behind: _Behind, judged: QualityJudged | None, first: str) -> GateClosed:
    sure = judged is not None and judged.rung != rules.NOBODY
    met = judged is None or not sure or judged.met
    return GateClosed(
        ruling=judged.ruling if judged else first,
        gate=behind.name,
        round=passing.round,
        step=passing.step.id,
        again=_again(d, passing),
        met=met,
        judged=sure,
        unmet=() if met or judged is None else _unmet(behind, judged),
        action=None if met else _action(d, behind.gate),
        why=_why(judged, met=met),
    )


def _unmet(behind: _Behind, judged: QualityJudged) -> tuple[str, ...]:
    """The criteria that failed, each once; all of them where the ruling names none."""
    return tuple(dict.fromkeys(one.criterion for one in judged.criteria if not one.met)) or behind.criteria


def _action(d: Debate, gate: Gate | None) -> Action | None:
    """What is done about it, unless it was done as often as the definition says."""
    if gate is None:
        return None
    done = sum(1 for closed in d.gates.values() if closed.gate == gate.name and closed.action is not None)
    return gate.on_failure if done < gate.most else None


def _why(judged: QualityJudged | None, *, met: bool) -> str:
    if judged is None:
        return "nobody judged it in time"
    if met:
        return judged.why
    whys = (f"{one.criterion}: {one.why}" if one.why else one.criterion for one in judged.criteria if not one.met)
    return "; ".join(dict.fromkeys(whys)) or judged.why
