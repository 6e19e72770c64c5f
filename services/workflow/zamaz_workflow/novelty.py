"""A decision that must be new: it is held against those before it, and sent back once when it repeats one.

The orchestrator rules; GateClosed, of the gate NOVELTY behind the deciding step, is what comes of it. What is repeated
again, or when there is no time to think again, is done as the definition says (Flow.on_repeat). What nobody judged
counts as new.
"""

from __future__ import annotations

from zamaz.events import Fact
from zamaz.events.course import GateClosed
from zamaz.events.flow import Action
from zamaz.events.orchestration import NoveltyJudged
from zamaz.events.workflow import DebateCancelled, DebateStarted, DecisionMade
from zamaz_workflow import effects, rounds, rules, rulings
from zamaz_workflow.debate import Debate
from zamaz_workflow.gates import JUDGING
from zamaz_workflow.rulings import Wanted
from zamaz_workflow.turns import Moment

NOVELTY = "novelty"
QUOTED = 300
"""Characters of the decision that is repeated."""


def held_back(d: Debate, start: DebateStarted, facts: list[Fact], moment: Moment) -> list[Fact]:
    """The same facts, unless they are a decision that has to be new and is not known to be: then what that needs ([]:
    it waits)."""
    decision = next((fact for fact in facts if isinstance(fact, DecisionMade)), None)
    if decision is None or not start.flow.novel or not start.earlier:
        return facts
    wanted = _wanted(d, start, decision)
    before = rulings.asked(d, wanted)
    if closed := next((d.gates[ruling.ruling] for ruling in before if ruling.ruling in d.gates), None):
        in_vain = closed.action == "require_revision" and start.flow.on_repeat == "abort"
        return [DebateCancelled(by="the definition", why=effects.because(closed))] if in_vain else facts
    judged = rulings.given(d, wanted, d.novelties)
    outcome = rulings.ask(d, wanted, moment)
    if judged is None and (outcome.said or outcome.open):
        return list(outcome.said)
    return [_closed(d, start, judged, before[0].ruling)]


def repeated(d: Debate) -> str:
    """What the decision repeats that was taken all the same, in a clause; "". It may have been sent back, and nobody
    has written another."""
    rests_on = d.decided.rests_on if d.decided else ""
    unmet = (closed for closed in d.gates.values() if closed.gate == NOVELTY and not closed.met)
    return next((closed.why for closed in unmet if rests_on in d.rulings[closed.ruling].turns), "")


def _wanted(d: Debate, start: DebateStarted, decision: DecisionMade) -> Wanted:
    step = start.flow.steps[-1]
    again = effects.again(d, d.rounds, step.id)
    return Wanted(
        kind="novelty",
        name=f"novelty/{d.rounds}/{again}",
        round=d.rounds,
        step=rounds.check_step(start.flow) or JUDGING,
        turns=(decision.rests_on,),
        subject=NOVELTY,
    )


def _closed(d: Debate, start: DebateStarted, judged: NoveltyJudged | None, first: str) -> GateClosed:
    sure = judged is not None and judged.rung != rules.NOBODY
    repeats = judged.repeats if judged and sure and not judged.novel else ""
    step = start.flow.steps[-1]
    return GateClosed(
        ruling=judged.ruling if judged else first,
        gate=NOVELTY,
        round=d.rounds,
        step=step.id,
        again=effects.again(d, d.rounds, step.id),
        met=not repeats,
        judged=sure,
        unmet=(f"repeats what {repeats} decided",) if repeats else (),
        action=_action(d, start) if repeats else None,
        why=_why(start, repeats) if repeats else judged.why if judged else "nobody judged it in time",
    )


def _action(d: Debate, start: DebateStarted) -> Action:
    """It is sent back once, where there is time for it."""
    sent = any(closed.gate == NOVELTY and closed.action == "require_revision" for closed in d.gates.values())
    return start.flow.on_repeat if sent or d.timeout else "require_revision"


def _why(start: DebateStarted, repeats: str) -> str:
    """Which debate decided the same, and how, in words that the deciding speaker can follow too."""
    decided = next((earlier.decision for earlier in start.earlier if earlier.debate == repeats), "")
    return f"the decision repeats what debate {repeats} decided: {decided[:QUOTED]}"
