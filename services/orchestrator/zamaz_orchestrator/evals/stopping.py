"""`zamaz eval stopping`: what a debate costs that stops after its first round, and what it gets wrong by that.

The debates of the file are over; each rule looks at the first round alone and says on which answer to stop, or that the
debate goes on. A debate that goes on ends as it did: with the last round's vote.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Sequence
from decimal import Decimal
from typing import Any, NamedTuple

from zamaz.evals import Asked, Report, Table
from zamaz_orchestrator.evals import rows
from zamaz_orchestrator.evals.rows import Stored
from zamaz_orchestrator.reading.finals import final_number
from zamaz_orchestrator.reading.workings import Working, working_of


class Answer(NamedTuple):
    """What one participant ends on, and the working that it shows."""

    final: Decimal | None
    working: Working


Rule = Callable[[Sequence[Answer]], Decimal | None]
Fit = Callable[[Sequence[Answer]], bool]


def vote(answers: Sequence[Answer]) -> Decimal | None:
    """The answer of more than half of all participants; None without one."""
    counted = Counter(one.final for one in answers if one.final is not None).most_common(1)
    return counted[0][0] if counted and 2 * counted[0][1] > len(answers) else None


def unanimous(answers: Sequence[Answer]) -> Decimal | None:
    """Everybody ends on the same."""
    finals = {one.final for one in answers}
    return answers[0].final if len(finals) == 1 else None


def _majority_that(fits: Fit) -> Rule:
    """Everybody ends on the same, or the majority does and what it shows `fits`."""

    def rule(answers: Sequence[Answer]) -> Decimal | None:
        most = vote(answers)
        agreed = [one for one in answers if one.final == most]
        return most if most is not None and (len(agreed) == len(answers) or fits(agreed)) else None

    return rule


def _all_show(agreed: Sequence[Answer]) -> bool:
    return all(one.working.steps for one in agreed)


def _all_hold(agreed: Sequence[Answer]) -> bool:
    return all(one.working.holds and not one.working.fails for one in agreed)


def _one_holds(agreed: Sequence[Answer]) -> bool:
    return any(one.working.holds and not one.working.fails for one in agreed)


RULES: dict[str, Rule] = {
    "all agree": unanimous,
    "a majority agrees, each showing its working": _majority_that(_all_show),
    "a majority agrees, each showing working that holds": _majority_that(_all_hold),
    "a majority agrees, one showing working that holds": _majority_that(_one_holds),
    "a majority agrees (control)": _majority_that(lambda _: True),
}


class Ledger(NamedTuple):
    """What a rule saves and what it changes. `prevented`: it stopped on the right answer, which the debate then lost;
    `lost`: it stopped on a wrong one, which the debate then corrected. `endings` names every changed one."""

    stopped: int
    saved: int
    right: int
    changed: int
    prevented: int
    lost: int
    endings: tuple[dict[str, Any], ...]


async def stopping(asked: Asked) -> Report:
    """Measure the rules on stored debates. Raises Unread."""
    debates = rows.stored(asked)
    read = [tuple(_answers(said) for said in debate.rounds) for debate in debates]
    ledgers = {name: _ledger(rule, debates, read) for name, rule in RULES.items()}
    calls = sum(len(said) for debate in debates for said in debate.rounds)
    return _report(asked, debates, ledgers, _controls(debates, read), calls)


def _answers(said: dict[str, str]) -> tuple[Answer, ...]:
    return tuple(Answer(final_number(text), working_of(text)) for text in said.values())


def _ledger(rule: Rule, debates: Sequence[Stored], read: Sequence[tuple[tuple[Answer, ...], ...]]) -> Ledger:
    stopped = saved = right = prevented = lost = 0
    endings = []
    for debate, rounds in zip(debates, read, strict=True):
        ended = vote(rounds[-1])
        stops = rule(rounds[0]) if len(rounds) > 1 else None
        now = ended if stops is None else stops
        right += now == debate.right
        if stops is None:
            continue
        stopped += 1
        saved += sum(len(said) for said in rounds[1:])
        prevented += stops == debate.right != ended
        lost += ended == debate.right != stops
        if stops != ended:
            endings.append(
                {"id": debate.id, "stopped_on": _told(stops), "was": _told(ended), "right": _told(debate.right)}
            )
    return Ledger(stopped, saved, right, len(endings), prevented, lost, tuple(endings))


def _told(number: Decimal | None) -> str | None:
    return None if number is None else str(number)


def _controls(debates: Sequence[Stored], read: Sequence[tuple[tuple[Answer, ...], ...]]) -> dict[str, float]:
    """How often each is right: one participant alone (the mean over all), the first round's vote, the last one's."""
    first = [(debate.right, one.final) for debate, rounds in zip(debates, read, strict=True) for one in rounds[0]]
    ends = [(debate.right, vote(rounds[0]), vote(rounds[-1])) for debate, rounds in zip(debates, read, strict=True)]
    return {
        "one participant alone": sum(right == said for right, said in first) / len(first),
        "the first round's vote": sum(right == early for right, early, _ in ends) / len(ends),
        "the last round's vote": sum(right == late for right, _, late in ends) / len(ends),
    }


def _report(
    asked: Asked, debates: Sequence[Stored], ledgers: dict[str, Ledger], controls: dict[str, float], calls: int
) -> Report:
    head = ("stop after the first round when", "debates", "calls saved", "right", "changed", "prevented", "lost")
    lines = [(name, *_line(one, len(debates), calls)) for name, one in ledgers.items()]
    beside = [(name, f"{share:.3f}") for name, share in controls.items()]
    changed = [
        (name, ending["id"], f"{ending['stopped_on']}", f"{ending['was']}", f"{ending['right']}")
        for name, one in ledgers.items()
        for ending in one.endings
    ]
    tables = (
        Table(f"{asked.file}: {len(debates)} debates, {calls} calls", head, tuple(lines)),
        Table("controls: how often right", ("", "share"), tuple(beside)),
        Table("endings that change", ("rule", "debate", "stopped on", "was", "right"), tuple(changed)),
    )
    notes = (
        "prevented: it stopped on the right answer, and the debate would have lost it; lost: the debate would have "
        "corrected what it stopped on",
    )
    figures = {
        "file": asked.file,
        "debates": len(debates),
        "calls": calls,
        "rules": {name: {**one._asdict(), "saved_share": round(one.saved / calls, 4)} for name, one in ledgers.items()},
        "controls": {name: round(share, 4) for name, share in controls.items()},
    }
    return Report(tables, notes, figures)


def _line(one: Ledger, debates: int, calls: int) -> tuple[str, ...]:
    return (
        str(one.stopped),
        f"{one.saved} ({one.saved / calls:.1%})",
        f"{one.right} of {debates}",
        str(one.changed),
        str(one.prevented),
        str(one.lost),
    )
