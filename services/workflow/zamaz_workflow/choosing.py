"""Which workflow serves a request that leaves the choice open (`workflow: auto`): asked of the orchestrator.

How complex the request is, is asked first, and which definition serves it, with that known: most definitions say for
which level they are made, so that the second answer follows from the first by rules. What has not come by its deadline
is not waited for: the default workflow then, and the reason is told.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import NamedTuple

from zamaz import subjects
from zamaz.definition import WorkflowFile
from zamaz.definition.steps import ARGUED
from zamaz.events import Fact
from zamaz.events.client import DebateRequested
from zamaz.events.flow import Complexity
from zamaz.events.workflow import RulingKind, RulingRequested
from zamaz.selecting import AUTO
from zamaz_workflow.debate import Debate

PATIENCE = timedelta(seconds=30)
"""How long a choice may take. Small models on a slow machine need some of it."""
AT_LEAST = timedelta(seconds=10)
"""Which of it the second question gets, however long the first one took."""
KINDS: tuple[RulingKind, ...] = ("complexity", "workflow")
NOBODY = "default"
"""The rung of a ruling that nobody gave."""


class Choice(NamedTuple):
    """The workflow's id, and why it is this one."""

    workflow: str
    because: str


def is_open(request: DebateRequested) -> bool:
    """Whether the request leaves the choice to us."""
    return request.workflow == AUTO


def ruling(d: Debate, kind: RulingKind) -> str:
    """What the ruling is called."""
    return subjects.made_id(d.id, f"ruling/{kind}")


def questions(d: Debate, sees: int, now: datetime) -> list[Fact]:
    """The ruling that is to be asked for now, if any."""
    level, workflow = (ruling(d, kind) for kind in KINDS)
    if level not in d.rulings:
        return [_question(level, "complexity", sees, now + PATIENCE)]
    if workflow in d.rulings or level not in d.complexities:
        return []
    return [_question(workflow, "workflow", sees, max(d.rulings[level].deadline, now + AT_LEAST))]


def _question(name: str, kind: RulingKind, sees: int, deadline: datetime) -> RulingRequested:
    return RulingRequested(ruling=name, kind=kind, round=0, sees=sees, turns=(), deadline=deadline)


def waits(d: Debate, now: datetime) -> bool:
    """Whether one of them may still be answered in time."""
    answered = d.complexities.keys() | d.selected.keys()
    names = (ruling(d, kind) for kind in KINDS)
    return any(now < d.rulings[name].deadline for name in names if name in d.rulings and name not in answered)


def complexity(d: Debate) -> Complexity | None:
    """What the question was assessed as; None where nobody could say."""
    found = d.complexities.get(ruling(d, "complexity"))
    return found.complexity if found and found.rung != NOBODY else None


def chosen(d: Debate, request: DebateRequested, known: dict[str, WorkflowFile], otherwise: str) -> Choice:
    """The workflow that was selected, where it is one of the `known` and the request's participants can hold it."""
    found = d.selected.get(ruling(d, "workflow"))
    if found is None:
        return Choice(otherwise, f"{otherwise}, for nobody chose a workflow in time")
    if found.workflow not in known:
        return Choice(otherwise, f"{otherwise}, for {found.workflow!r} was chosen, which is not known here")
    if len(request.participants) > 1 and not any(step.type in ARGUED for step in known[found.workflow].steps):
        return Choice(otherwise, f"{otherwise}, for {found.workflow} was chosen, and several participants are named")
    return Choice(found.workflow, f"{found.workflow} was chosen by {found.rung}: {found.why}")
