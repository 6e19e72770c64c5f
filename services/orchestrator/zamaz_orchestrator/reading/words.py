"""Words that carry a text's subject: folded, cut to their stems, without those that every text has. Pure."""

from __future__ import annotations

import re
from functools import lru_cache
from itertools import chain

_WORD = re.compile(r"[a-z][a-z0-9+#]*(?:['\u2019][a-z]+)?")
_MARKUP = re.compile(r"[*_`#>|\u2502]+")
_ENDINGS = re.compile(
    r"(?:ations?|ingly|ments?|nesses|ness|izing|ising|ings?|ized|ised|edly|ies|ally|ions?|ers?|ed|es|s|ly|y|e)$"
)
SHORTEST_STEM = 3
LONGEST = 20_000
"""Characters of an answer's end that are read."""
LONGEST_KEPT = 40
"""Characters of what stands between two spaces, up to which its stems are kept."""
_SPACES, _LINES = re.compile(r"[^\S\n]+"), re.compile(r"\s*\n\s*")
_FREQUENT = """
    a about above after again all also although an and any are as at be because been before being between both but
    by can cannot could did do does doing done down each either else etc even ever every few first for from further get
    give given go had has have having he her here hers him his how however i if in instead into is it its itself just
    let like made make many may me might more most much must my need needs new next no nor not now of off on one once
    only onto or other our out over own per rather really said same say see she should since so some still such take
    than that the their them then there these they this those through to too two under until up upon us use used using
    very want was way we well were what when where whether which while who whom whose why will with within without
    would yes yet you your
"""
_COMMON = frozenset(_FREQUENT.split())


def closed_up(text: str) -> str:
    """The end of a text, without spaces and empty lines in a row: what patterns with gaps can read in good time."""
    return _LINES.sub("\n", _SPACES.sub(" ", text[-LONGEST:]))


def plain(text: str) -> str:
    """The text without the marks of Markdown."""
    return _MARKUP.sub("", text)


@lru_cache(maxsize=16384)
def stem(word: str) -> str:
    """What a word has in common with its other forms, roughly."""
    cut = _ENDINGS.sub("", word)
    return cut if len(cut) >= SHORTEST_STEM else word


def stems(text: str) -> list[str]:
    """The stems of the words that carry meaning, in their order."""
    found = _WORD.findall(plain(text).casefold())
    return [stem(word) for word in found if word not in _COMMON and len(word) > 1]


def subject(text: str) -> frozenset[str]:
    """What a text is about: its stems, each once."""
    pieces = set(text.casefold().split())  # no word goes over a space, and most pieces are in many texts
    if max(map(len, pieces), default=0) > LONGEST_KEPT:
        return frozenset(stems(text))
    return frozenset(chain.from_iterable(map(_stems_of, pieces)))


@lru_cache(maxsize=16384)
def _stems_of(piece: str) -> tuple[str, ...]:
    return tuple(stems(piece))
