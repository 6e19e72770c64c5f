"""Other terms for a debate that runs: rounds, threshold and time hold at once, a definition from the next round on.

Another definition brings its steps, rules, gates and protocol, and who decides. Rounds, threshold and time stay those
of the debate, unless the same request changes them. Where no round follows, its steps after the arguing decide.
"""

from __future__ import annotations

from decimal import Decimal

from zamaz.definition import digest
from zamaz.events.client import DebateChangeRequested
from zamaz.events.flow import Flow
from zamaz.events.voting import JUDGE_ROLE
from zamaz.events.workflow import DebateChanged
from zamaz.inflight import CLOSING
from zamaz_workflow import allowance, pausing, rounds
from zamaz_workflow.changing.table import Refusal, Table

MOST_ROUNDS = 20
"""As many as a definition may name."""
MOST_SECONDS = 366 * 24 * 3600.0


def changed(table: Table, asked: DebateChangeRequested) -> DebateChanged:
    """What a request for other terms comes to. Raises Refusal."""
    course_changes = (asked.max_rounds, asked.min_rounds, asked.consensus_threshold, asked.workflow or None)
    if all(new is None for new in (*course_changes, asked.max_execution_s, asked.budget_usd)):
        raise Refusal("it changes nothing: name rounds, a threshold, a time, a budget or a workflow")
    if any(new is not None for new in course_changes):
        table.must_argue()
        _check_rounds(table, asked)
    tail = _tail(table, asked) if asked.workflow else None
    return DebateChanged(
        number=len(table.d.changes) + 1,
        change=asked.change,
        round=table.d.rounds,
        max_rounds=asked.max_rounds,
        min_rounds=asked.min_rounds,
        consensus_threshold=asked.consensus_threshold,
        max_execution_s=_time(table, asked.max_execution_s),
        budget_usd=_budget(table, asked.budget_usd),
        workflow=asked.workflow,
        tail=tail,
        tail_digest=digest(tail) if tail else "",
        by=asked.requester,
        why=asked.why,
    )


def _check_rounds(table: Table, asked: DebateChangeRequested) -> None:
    flow, argued = table.start.flow, table.d.rounds
    most = flow.max_rounds if asked.max_rounds is None else asked.max_rounds
    least = flow.min_rounds if asked.min_rounds is None else asked.min_rounds
    if not 1 <= least <= most <= MOST_ROUNDS:
        raise Refusal(f"min_rounds {least} and max_rounds {most} do not fit: 1 <= min <= max <= {MOST_ROUNDS}")
    if asked.max_rounds is not None and most < argued:
        raise Refusal(f"round {argued} has begun, so max_rounds {most} is too few")
    if asked.consensus_threshold is not None and not 0 <= asked.consensus_threshold <= 1:
        raise Refusal(f"consensus_threshold {asked.consensus_threshold:g} is not between 0 and 1")


def _time(table: Table, most: float | None) -> float | None:
    """The seconds that the debate may run. Raises Refusal where they are over."""
    d, now = table.d, table.world.now
    if most is None:
        return None
    if d.timeout:
        raise Refusal("the debate's time is over, and it is being decided")
    ran = pausing.ran_s(d, now)
    if not ran < most <= MOST_SECONDS:
        raise Refusal(f"max_execution_s {most:g} must be more than the {ran:.0f} s that it has run, and at most a year")
    return most


def _budget(table: Table, asked: str | float | None) -> Decimal | None:
    """The debate's own budget from now on: what is spent already is spent. Raises Refusal."""
    if asked is None:
        return None
    if table.d.money.refused:
        raise Refusal("money was refused already, and the debate is being decided on what stands")
    try:
        return allowance.limit(asked, table.world.catalog)
    except ValueError as error:
        raise Refusal(str(error)) from error


def _tail(table: Table, asked: DebateChangeRequested) -> Flow:
    """The other definition, resolved. Raises Refusal where it does not fit those who have a seat."""
    workflows, flow, name = table.world.catalog.workflows, table.start.flow, asked.workflow
    if name not in workflows:
        raise Refusal(f"there is no workflow {name[:64]!r}; known are: {', '.join(sorted(workflows))}")
    tail = workflows[name].flow()
    if not rounds.turn_steps(tail):
        raise Refusal(f"workflow {name} is one answer: a debate cannot go on as one")
    threshold = flow.consensus_threshold if asked.consensus_threshold is None else asked.consensus_threshold
    if tail.protocol.name == "unanimity" and threshold < 1:
        raise Refusal(f"workflow {name} decides by unanimity: ask for consensus_threshold 1 as well")
    judges = [seat for seat in table.start.seats if seat.role == JUDGE_ROLE]
    if tail.protocol.has_judge != flow.protocol.has_judge or (tail.protocol.has_judge and len(judges) != 1):
        raise Refusal(f"workflow {name} and this debate differ in having a judge: a judge can neither come nor go")
    seated = {seat.participant for seat in table.start.seats}
    named = {who for who in (tail.decided_by, *(who for step in tail.steps for who in step.who)) if who}
    if lacking := sorted(named - seated):
        raise Refusal(f"workflow {name} needs {', '.join(lacking)}, who have no seat: invite them first, by that name")
    closing = {step.id for step in tail.steps if step.type in CLOSING}
    if shared := sorted(closing & {step.id for step in flow.steps if step.type not in CLOSING}):
        raise Refusal(f"workflow {name} ends with {', '.join(shared)}, which is a step of the arguing here")
    return tail
