"""Typed stances, choices and verdicts, counted. Replaying it gives the same number for ever. Pure.

Every ordered pair of seats that hold a position is worth agree 1, partly 0.5, disagree 0, and the score is their
mean. Where nobody has seen anybody, the same choice (or the same sentence, or the same number where one is asked for)
is worth 1 and another choice, or number, 0.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from itertools import permutations

from zamaz.events import Part
from zamaz.events.debater import Stance
from zamaz.events.workflow import Verdict
from zamaz_orchestrator.likeness import normal
from zamaz_orchestrator.reading.likeness import same_number

WORTH: Mapping[Stance, float] = {"agree": 1.0, "partly": 0.5, "disagree": 0.0}
CAP = WORTH["partly"]
"""Who would adopt and who would reject, or who chose another option, do not agree in full, whatever they say of each
other."""


class Held(Part, frozen=True, kw_only=True):
    """What one seat holds: its answer of the round, if that carries a position."""

    participant: str
    position: str
    choice: str | None = None
    verdict: Verdict | None = None
    confidence: float = 0.0


class Seen(Part, frozen=True, kw_only=True):
    """What one seat says of another's position."""

    of: str
    on: str
    stance: Stance


class Question(Part, frozen=True, kw_only=True):
    """How far do these positions agree? `silent` names the seats that gave none: they are no vote."""

    question: str
    options: tuple[str, ...] = ()
    held: tuple[Held, ...] = ()
    seen: tuple[Seen, ...] = ()
    silent: tuple[str, ...] = ()


@dataclass(frozen=True)
class Pair:
    """One seat's view of another. `worth` is None where there is no evidence; `cap` bounds whatever is put there."""

    of: str
    on: str
    worth: float | None
    cap: float = 1.0

    def score(self, guess: float) -> float:
        """What the pair counts, with `guess` where it is not known."""
        return min(guess if self.worth is None else self.worth, self.cap)


@dataclass(frozen=True)
class Tally:
    """All ordered pairs of a question. `blind`: nobody has seen anybody."""

    pairs: tuple[Pair, ...]
    blind: bool = False

    @property
    def unknown(self) -> int:
        """How many pairs have no evidence."""
        return sum(pair.worth is None for pair in self.pairs)

    def score(self, guess: float = 0.0) -> float:
        """The mean, 0..1, with `guess` for each pair that is not known; without pairs 0."""
        return sum(pair.score(guess) for pair in self.pairs) / len(self.pairs) if self.pairs else 0.0


def tally(question: Question) -> Tally:
    """The evidence of every ordered pair."""
    stances = {(seen.of, seen.on): WORTH[seen.stance] for seen in question.seen}
    pairs = []
    for one, other in permutations(question.held, 2):
        worth = stances.get((one.participant, other.participant)) if stances else _blind(question.question, one, other)
        pairs.append(Pair(one.participant, other.participant, worth, _cap(one, other)))
    return Tally(tuple(pairs), blind=not stances)


def _blind(question: str, one: Held, other: Held) -> float | None:
    """What two positions are worth to each other when neither has seen the other."""
    if one.choice and other.choice:
        return WORTH["agree"] if normal(one.choice) == normal(other.choice) else WORTH["disagree"]
    if normal(one.position) == normal(other.position):
        return WORTH["agree"]
    alike = same_number(question, one.position, other.position)
    return None if alike is None else WORTH["agree" if alike else "disagree"]


def _cap(one: Held, other: Held) -> float:
    return CAP if _apart(one.verdict, other.verdict) or _apart(one.choice, other.choice) else 1.0


def _apart(one: str | None, other: str | None) -> bool:
    return bool(one and other) and normal(one or "") != normal(other or "")


def groups(question: Question, counted: Tally) -> dict[str, int]:
    """Seats that say the same, numbered from 0: the same choice or sentence, or full agreement both ways."""
    worth = {(pair.of, pair.on): pair.score(0.0) for pair in counted.pairs}
    found: dict[str, int] = {}
    for seat in question.held:
        like = (h.participant for h in question.held if h.participant in found and _same(h, seat, worth))
        mate = next(like, None)
        found[seat.participant] = found[mate] if mate else len(set(found.values()))
    return found


def _same(one: Held, other: Held, worth: Mapping[tuple[str, str], float]) -> bool:
    names = one.participant, other.participant
    both = worth.get(names, 0.0), worth.get(names[::-1], 0.0)
    return min(both) == WORTH["agree"] or normal(one.position) == normal(other.position)


def areas(question: Question, counted: Tally) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Who agrees with whom and who does not, a line for each seat (or for each choice, where nobody saw anybody)."""
    if counted.blind:
        return _blind_areas(question)
    return _stances(question, counted)


def _blind_areas(question: Question) -> tuple[tuple[str, ...], tuple[str, ...]]:
    sides: dict[str, list[Held]] = {}
    for held in question.held:
        sides.setdefault(normal(held.choice or held.position), []).append(held)
    lines = [_side(side) for side in sides.values()]
    shared = tuple(_side(side) for side in sides.values() if len(side) > 1)
    apart = len(sides) > 1 and all(held.choice for held in question.held)
    return shared, ("; ".join(lines),) if apart else ()


def _side(seats: list[Held]) -> str:
    return f"{_names([seat.participant for seat in seats])}: {seats[0].choice or seats[0].position}"


def _stances(question: Question, counted: Tally) -> tuple[tuple[str, ...], tuple[str, ...]]:
    held = {h.participant: h for h in question.held}
    agreed, disagreed = [], []
    for seat, mine in held.items():
        seen = [pair for pair in counted.pairs if pair.of == seat]
        agreed += _line(seat, "agrees with", [p.on for p in seen if p.score(0.0) == WORTH["agree"]])
        disagreed += _capped(mine, [held[p.on] for p in seen if p.worth is not None and p.cap < p.worth])
        disagreed += _line(seat, "agrees in part with", [p.on for p in seen if p.worth == WORTH["partly"]])
        disagreed += _line(seat, "disagrees with", [p.on for p in seen if p.worth == WORTH["disagree"]])
    return tuple(agreed), tuple(disagreed)


def _capped(mine: Held, others: list[Held]) -> list[str]:
    """Whom a seat agrees with in words alone: they say something else of the question, or choose something else."""
    verdicts = [other for other in others if _apart(mine.verdict, other.verdict)]
    choices = [other for other in others if other not in verdicts]
    return [
        *_line(
            f"{mine.participant} ({mine.verdict})",
            "agrees in part, with another verdict, with",
            [f"{other.participant} ({other.verdict})" for other in verdicts],
        ),
        *_line(
            f"{mine.participant} ({mine.choice})",
            "agrees in part, with another choice, with",
            [f"{other.participant} ({other.choice})" for other in choices],
        ),
    ]


def _line(seat: str, verb: str, others: list[str]) -> list[str]:
    return [f"{seat} {verb} {_names(others)}"] if others else []


def _names(seats: list[str]) -> str:
    *most, last = seats
    return f"{', '.join(most)} and {last}" if most else last
