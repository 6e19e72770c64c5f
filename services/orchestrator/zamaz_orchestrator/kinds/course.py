"""The course of a debate as a ruling on its next move reads it: what was held and said, what more rounds promise."""

from __future__ import annotations

from zamaz.events import Part
from zamaz.events.workflow import Verdict
from zamaz_orchestrator.likeness import alike, turned

SAME_WORDS, SAME_CONFIDENCE = 0.8, 0.1
"""From which likeness of words on, and up to which change of confidence, a position counts as held."""
STUBBORN = 0.1
"""How likely who has not moved is to move all the same."""


class Stand(Part, frozen=True, kw_only=True):
    """What a seat held at the end of a round."""

    participant: str
    round: int
    position: str
    choice: str | None = None
    verdict: Verdict | None = None
    confidence: float = 0.0


class Heard(Part, frozen=True, kw_only=True):
    """One answer, in the order of the log. `knew` counts the answers that stood when its speaker was asked: it could
    read those of `reads` (None: of everybody), and where it is `brief` their positions alone; all that is `beside`, no
    position of a seat's own (a devil's advocate's, a moderator's), it could read. `agrees` are with whom it agrees."""

    participant: str
    round: int
    argument: str
    position: str = ""
    choice: str | None = None
    knew: int = 0
    agrees: tuple[str, ...] = ()
    beside: bool = False
    reads: tuple[str, ...] | None = None
    brief: bool = False


class Course(Part, frozen=True, kw_only=True):
    """The debate up to a round: `stands` of this one and the one before, the scores of all that were measured, and all
    that was `heard`. Another round may follow."""

    question: str
    round: int
    max_rounds: int
    min_rounds: int
    threshold: float
    stands: tuple[Stand, ...] = ()
    scores: dict[str, float] = {}
    context: str = ""
    options: tuple[str, ...] = ()
    heard: tuple[Heard, ...] = ()

    def of(self, round_: int) -> dict[str, Stand]:
        """Who held what at the end of a round."""
        return {stand.participant: stand for stand in self.stands if stand.round == round_}

    def score(self, round_: int) -> float | None:
        """The consensus of a round, where it was measured."""
        return self.scores.get(str(round_))

    def moved(self) -> tuple[str, ...] | None:
        """Who holds something else than in the round before, or the same less or more surely; None where there is no
        such round, or others sat in it."""
        now, before = self.of(self.round), self.of(self.round - 1)
        if not before or now.keys() != before.keys():
            return None
        return tuple(name for name in now if not _holds(before[name], now[name]))


def chance(course: Course) -> float:
    """How likely one more round brings a consensus, 0..1.

    Halfway to certain with no agreement at all, and certain with enough of it, as far as the seats move: the score that
    one more round like this one would reach, as a share of what is wanted, lifts it from 1/2 to 1; of the seats, those
    that moved count whole, and the others a tenth. In the first round nobody could move yet, and all count. It never
    falls with a higher score, a faster rise, or more seats that move. A score that nobody measured counts 0.
    """
    now, before = course.score(course.round), course.score(course.round - 1)
    if now is not None and now >= course.threshold:
        return 1.0
    rise = max(0.0, now - before) if now is not None and before is not None else 0.0
    reached = min(((now or 0.0) + rise) / course.threshold, 1.0) if course.threshold > 0 else 1.0
    moved, seats = course.moved(), len(course.of(course.round))
    share = len(moved) / seats if moved is not None and seats else 1.0
    return round((1 + reached) / 2 * (STUBBORN + (1 - STUBBORN) * share), 4)


def same(one: Stand | Heard, other: Stand | Heard) -> bool:
    """Whether two say the same, in the same choice or nearly the same words."""
    if one.choice or other.choice:
        return one.choice == other.choice
    return alike(one.position, other.position) >= SAME_WORDS and not turned(one.position, other.position)


def _holds(before: Stand, now: Stand) -> bool:
    """Whether a seat says the same as in the round before, as surely."""
    if (before.choice, before.verdict) != (now.choice, now.verdict):
        return False
    if abs(before.confidence - now.confidence) > SAME_CONFIDENCE:
        return False
    return alike(before.position, now.position) >= SAME_WORDS and not turned(before.position, now.position)
