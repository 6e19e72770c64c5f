"""The same debates under several ways of ruling: what each costs a debate, and which endings it changes."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any, Literal, NamedTuple

from zamaz_orchestrator.evals.stopping import RULES, Answer, vote
from zamaz_orchestrator.reading.finals import final_number
from zamaz_orchestrator.reading.workings import working_of

from bench.cost.bill import NOTHING, Spent, Till
from bench.cost.debates import Debate
from bench.cost.rulings import Desk, Ruling

BOLD = "a majority agrees, each showing working that holds"
Ends = Callable[[Debate, Sequence[Ruling]], int]
"""After how many rounds a debate ends."""


class Way(NamedTuple):
    """A way of ruling: `everything` by a dear model, or (`rest`) what the free rules pass up, or (`nothing`) that by
    models of one's own, who send no bill and whose judgement is not measured here."""

    name: str
    dear: Literal["everything", "rest", "nothing"]
    ends: Ends


def to_the_end(debate: Debate, _: Sequence[Ruling]) -> int:
    """All rounds."""
    return len(debate.rounds)


def on_consensus(debate: Debate, rulings: Sequence[Ruling]) -> int:
    """After the first round whose consensus the rules see."""
    reached = (one.round for one in rulings if one.kind == "consensus" and one.full)
    return next(reached, len(debate.rounds))


def boldly(debate: Debate, rulings: Sequence[Ruling]) -> int:
    """After the first round where BOLD holds, too."""
    bold = debate.right is not None and RULES[BOLD](_answers(debate.rounds[0])) is not None
    return 1 if bold else on_consensus(debate, rulings)


def _answers(said: dict[str, str]) -> list[Answer]:
    return [Answer(final_number(text), working_of(text)) for text in said.values()]


def ways(judge: str) -> tuple[Way, ...]:
    """Everything by the dear model first: the others are held against it."""
    return (
        Way(f"every ruling by {judge}", "everything", to_the_end),
        Way(f"rules, then {judge}", "rest", to_the_end),
        Way("rules, then models of one's own", "nothing", to_the_end),
        Way(f"rules, then {judge}; ends on consensus", "rest", on_consensus),
        Way(f"rules, then {judge}; ends when {BOLD}", "rest", boldly),
    )


@dataclass
class Line:
    """What a way costs a debate, in dollars and tokens, and which endings it changes."""

    way: str
    debates: int = 0
    rulings: int = 0
    orchestration: Spent = NOTHING
    arguing: Spent = NOTHING
    changed: list[str] = field(default_factory=list)

    @property
    def all_usd(self) -> Decimal:
        """Of everything, in all debates."""
        return self.orchestration.usd + self.arguing.usd

    def add(
        self, way: Way, debate: Debate, rulings: Sequence[Ruling], till: Till, judge: str, seats: list[str]
    ) -> None:
        """One more debate."""
        rounds = way.ends(debate, rulings)
        asked = [one for one in rulings if one.round < rounds or (one.round == rounds and one.kind == "consensus")]
        self.debates += 1
        self.rulings += len(asked)
        paid = {"everything": asked, "rest": [one for one in asked if not one.ruled], "nothing": []}[way.dear]
        self.orchestration = self.orchestration.plus(till.rulings(judge, paid))
        self.arguing = self.arguing.plus(till.arguing(debate, seats, rounds))
        if way.dear != "everything" and (told := _changed(debate, rulings, rounds)):
            self.changed.append(told)

    def as_json(self, dear: Line) -> dict[str, Any]:
        """Every figure; shares are of what the dear way costs."""
        return {
            "way": self.way,
            "debates": self.debates,
            "rulings": self.rulings,
            "orchestration": {key: str(value) for key, value in self.orchestration._asdict().items()},
            "arguing": {key: str(value) for key, value in self.arguing._asdict().items()},
            "orchestration_usd_a_debate": float(self.orchestration.usd / self.debates),
            "all_usd_a_debate": float(self.all_usd / self.debates),
            "orchestration_saved": saved(self.orchestration.usd, dear.orchestration.usd),
            "all_saved": saved(self.all_usd, dear.all_usd),
            "changed_endings": self.changed,
        }


def saved(now: Decimal, before: Decimal) -> float:
    """The share (0..1) that is not paid any more."""
    return float(1 - now / before) if before else 0.0


def _changed(debate: Debate, rulings: Sequence[Ruling], rounds: int) -> str:
    """How the ending differs from that of the debate as it was held (numbers), or from what its readers say (prose);
    "" where it does not."""
    if debate.right is not None:
        was, now = vote(_answers(debate.rounds[-1])), vote(_answers(debate.rounds[rounds - 1]))
        return f"{debate.id}: {now} in the place of {was}, where {debate.right} is right" if was != now else ""
    ruled = next((one.full for one in rulings if one.kind == "consensus"), None)
    if ruled is None or ruled == (debate.label == "full"):
        return ""
    said = "a consensus" if ruled else "no consensus"
    return f"{debate.id}: {said}, where its readers say {debate.label}"


def account(
    debates: Sequence[Debate], desk: Desk, till: Till, judge: str, seats: list[str], *, auto: bool
) -> list[Line]:
    """A line for each way, over all debates."""
    known = ways(judge)
    lines = [Line(way.name) for way in known]
    for debate in debates:
        rulings = tuple(desk.rulings(debate, auto=auto))
        for way, line in zip(known, lines, strict=True):
            line.add(way, debate, rulings, till, judge, seats)
    return lines
