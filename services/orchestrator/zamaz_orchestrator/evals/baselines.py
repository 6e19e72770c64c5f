"""What anything has to beat: rules that do not read the answers, or hardly. Pure."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence

from zamaz.events.orchestration import Agreement
from zamaz_orchestrator.evals.readings import last_number
from zamaz_orchestrator.evals.rows import Labelled

FIRST_WORDS = 2
STRONG, SOME = 0.8, 0.6
_FOR = ("agree", "recommend", "support", "should", "benefi", "yes")
_AGAINST = ("disagree", "oppose", "avoid", "should not", "shouldn't", "problem", "no")


def majority(rows: Sequence[Labelled]) -> list[Agreement]:
    """The file's most frequent label, for everything."""
    most = _most([row.label for row in rows])
    return [most] * len(rows)


def first_words(rows: Sequence[Labelled]) -> list[Agreement]:
    """The most frequent label of the file's other questions that begin alike: the answers are not read at all."""
    return [_guess(n, rows) for n in range(len(rows))]


def _guess(place: int, rows: Sequence[Labelled]) -> Agreement:
    others = [row for n, row in enumerate(rows) if n != place]
    begins = _beginning(rows[place])
    return _most([row.label for row in others if _beginning(row) == begins] or [row.label for row in others])


def _beginning(row: Labelled) -> tuple[str, ...]:
    return tuple(row.question.casefold().split()[:FIRST_WORDS])


def _most(labels: Sequence[Agreement]) -> Agreement:
    return Counter(labels).most_common(1)[0][0] if labels else "none"


def keywords(rows: Sequence[Labelled]) -> list[Agreement]:
    """A stand-in for the detector of the existing system, after its idea and not its code: count which approving and
    which refusing words stand in the texts, and call it consensus where one kind prevails."""
    return [_counted(" ".join(row.texts)) for row in rows]


def _counted(text: str) -> Agreement:
    told = text.casefold()
    approving, refusing = (sum(word in told for word in words) for words in (_FOR, _AGAINST))
    prevails = max(approving, refusing) / (approving + refusing) if approving + refusing else 0.0
    return "full" if prevails >= STRONG else "partial" if prevails >= SOME else "none"


def last_numbers(rows: Sequence[Labelled]) -> list[Agreement]:
    """Whether both texts have the same last number in them."""
    found: list[Agreement] = []
    for row in rows:
        one, other = map(last_number, row.texts)
        found.append("full" if one is not None and one == other else "none")
    return found


def same_words(rows: Sequence[Labelled]) -> list[Agreement]:
    """Whether two texts share more than half of their words."""
    found: list[Agreement] = []
    for row in rows:
        one, other = (set(re.findall(r"\w+", text.casefold())) for text in row.texts)
        found.append("full" if 2 * len(one & other) > len(one | other) else "none")
    return found
