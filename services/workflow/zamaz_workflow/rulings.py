"""A ruling that is wanted: asked for, asked for once more where a pause let its time run out, and waited for."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta
from typing import TypeVar

import msgspec

from zamaz import subjects
from zamaz.events.flow import Step
from zamaz.events.orchestration import Ruling
from zamaz.events.workflow import RulingKind, RulingRequested
from zamaz_workflow import turns
from zamaz_workflow.debate import Debate
from zamaz_workflow.turns import Moment, Outcome

R = TypeVar("R")


class Wanted(msgspec.Struct, frozen=True):
    """A ruling, and the step whose timeout is its own. `name` tells it from every other of its round."""

    kind: RulingKind
    name: str
    round: int
    step: Step
    turns: tuple[str, ...] = ()
    subject: str = ""
    criteria: tuple[str, ...] = ()


def asked(d: Debate, wanted: Wanted) -> list[RulingRequested]:
    """Those that were asked for, in their order. One on other answers than those that count now is of no use: a speaker
    has gone, has revised, or was not heard yet."""
    of = set(wanted.turns)
    return sorted((r for r in _alike(d, wanted) if set(r.turns) == of), key=lambda ruling: ruling.deadline)


def _alike(d: Debate, wanted: Wanted) -> list[RulingRequested]:
    what = (wanted.kind, wanted.round, wanted.subject, wanted.criteria)
    return [r for r in d.rulings.values() if (r.kind, r.round, r.subject, r.criteria) == what]


def given(d: Debate, wanted: Wanted, answers: Mapping[str, R]) -> R | None:
    """The first of the answers that is one to it, and did not come too late."""
    return next(
        (answers[r.ruling] for r in asked(d, wanted) if r.ruling in answers and r.ruling not in d.given_up), None
    )


def answer(d: Debate, ruling: str) -> Ruling | None:
    """What somebody has ruled, in time or not."""
    kinds: tuple[Mapping[str, Ruling], ...] = (
        d.assessed,
        d.complexities,
        d.judged,
        d.novelties,
        d.advised,
        d.selected,
    )
    return next((known[ruling] for known in kinds if ruling in known), None)


def ask(d: Debate, wanted: Wanted, moment: Moment) -> Outcome:
    """What it still needs; nothing is said and nothing waited for when its time is over."""
    before = asked(d, wanted)
    last = max((ruling.deadline for ruling in before), default=None)
    if last is None or turns.lapsed(d, wanted.step, last, moment.now):
        return Outcome((_request(d, wanted, len(_alike(d, wanted)), moment),))
    return Outcome(open=moment.now < turns.step_end(d, wanted.step, last))


def _request(d: Debate, wanted: Wanted, before: int, moment: Moment) -> RulingRequested:
    """`before` counts those that were asked for in vain."""
    again = f"/{before}" if before else ""
    return RulingRequested(
        ruling=subjects.made_id(d.id, f"ruling/{wanted.name}{again}"),
        kind=wanted.kind,
        round=wanted.round,
        sees=moment.sees,
        turns=wanted.turns,
        deadline=moment.now + timedelta(seconds=wanted.step.timeout_s),
        subject=wanted.subject,
        criteria=wanted.criteria,
    )
