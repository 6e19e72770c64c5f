"""People: when one has to rule, the wait for it, and what becomes of what was said.

A person is asked where a rule or a gate escalates, where the definition has a step `human_ruling`, and where a final
decision needs a consensus that there is not. Then nothing is asked of any model, and the debate's own time stands
still: a ruling ends the wait, or an abort, or the step's own timeout (none: 0).

The first ruling after the question that can be taken is taken. Whatever else people say is refused, with the reason.
"""

from __future__ import annotations

from datetime import datetime, timedelta

from zamaz import subjects
from zamaz.events import Fact
from zamaz.events.client import DebateRequested, HumanRulingGiven
from zamaz.events.course import HumanRulingRequested
from zamaz.events.flow import Flow, Step
from zamaz.events.voting import Tally
from zamaz.events.workflow import DebateStarted, DecisionMade, RequestRefused, StepTimedOut
from zamaz_workflow import course, kept, turns
from zamaz_workflow.course import Stop
from zamaz_workflow.debate import Debate
from zamaz_workflow.kept import Word

ASKED = HumanRulingGiven.__name__


def ruling_step(flow: Flow) -> Step | None:
    """The step in which a person rules, where the definition has one."""
    return next((step for step in flow.steps if step.type == "human_ruling"), None)


def is_wanted(d: Debate, start: DebateStarted, stop: Stop, tally: Tally | None) -> bool:
    """Whether a person has to rule before anything is decided, and was not asked yet."""
    if d.escalation or stop.reason == "deadline":
        return False
    return stop.reason == "escalation" or ruling_step(start.flow) is not None or lacks_consensus(d, start, tally)


def lacks_consensus(d: Debate, start: DebateStarted, tally: Tally | None) -> bool:
    """Whether the final decision needs a consensus, and there is none, nor a vote that adopted something."""
    return start.flow.steps[-1].needs_consensus and d.consensus is None and not (tally and tally.adopted)


def request(d: Debate, start: DebateStarted, stop: Stop, now: datetime) -> HumanRulingRequested:
    """The question, with the positions at stake."""
    step = ruling_step(start.flow)
    ends = now + timedelta(seconds=step.timeout_s) if step and step.timeout_s > 0 else None
    why = stop.detail or stop.reason
    return HumanRulingRequested(
        number=1,
        why=why if stop.reason == "escalation" or step else f"{why}, and it is not decided without one",
        round=d.rounds,
        turns=tuple(argument.turn for argument in course.positions(d, start).values()),
        options=_options(d),
        deadline=ends,
    )


def wait(d: Debate, start: DebateStarted, now: datetime) -> list[Fact] | None:
    """What a debate that waits for a person does next ([]: it waits on); None where nobody waits."""
    asked = d.escalation
    if asked is None:
        return None
    # Also one that came while the end of the wait was being written: it stands before that.
    if word := taken(d):
        return [_decision(d, start, word)]
    if asked.over_at:
        return None
    end = _end(d, start)
    if end is None or now < end:
        return []
    step = ruling_step(start.flow)
    return [StepTimedOut(round=asked.fact.round, step=step.id if step else "", turns=())]


def ends_at(d: Debate, start: DebateStarted) -> datetime | None:
    """When the wait ends by itself; None: never, or nobody waits."""
    return None if d.escalation is None or d.escalation.over_at or taken(d) else _end(d, start)


def _end(d: Debate, start: DebateStarted) -> datetime | None:
    step, deadline = ruling_step(start.flow), d.escalation.fact.deadline if d.escalation else None
    return turns.step_end(d, step, deadline) if step and deadline else deadline


def taken(d: Debate) -> Word | None:
    """The ruling that counts."""
    return kept.taken(d.escalation, d.words, _options(d))


def refused(d: Debate) -> list[Fact]:
    """What people said and cannot be taken, where they were not told yet."""
    if not d.words:
        return []
    counts = taken(d)
    found: dict[str, Fact] = {}
    for word in d.words:
        why = kept.why_not(d.escalation, word, _options(d))
        if not why and counts and word.seq != counts.seq and word.key != counts.key:
            why = f"{counts.fact.by or 'somebody'} has ruled already"
        if not why and d.decided and not d.decided.ruling:
            why = "it came too late: the decision is made"
        if why and (ASKED, word.key) not in d.answered:
            found.setdefault(word.key, RequestRefused(request=word.key, asked=ASKED, why=why))
    return list(found.values())


def _options(d: Debate) -> tuple[str, ...]:
    return d.request.options if isinstance(d.request, DebateRequested) else ()


def _decision(d: Debate, start: DebateStarted, word: Word) -> DecisionMade:
    return DecisionMade(
        decision_id=subjects.made_id(d.id, "decision"),
        debate_id=d.id,
        decision_type=start.flow.decision_type,
        question=d.request.question if isinstance(d.request, DebateRequested) else "",
        recommendation=word.fact.decision.strip() or word.fact.choice,
        confidence=1.0,
        ruling=word.key,
        ruled_by=word.fact.by or "somebody",
    )
