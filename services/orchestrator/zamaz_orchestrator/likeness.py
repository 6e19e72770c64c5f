"""How alike two sentences are in their words. Pure. It sees wording and no meaning."""

from __future__ import annotations

import re
import unicodedata
from collections import Counter
from functools import lru_cache

NOT = frozenset(
    [
        "not",
        "no",
        "never",
        "none",
        "neither",
        "nor",
        "without",
        "against",
        "reject",
        "rejects",
        "avoid",
        "cannot",
        "can't",
        "don't",
        "doesn't",
        "won't",
        "shouldn't",
    ]
)
FILLERS = frozenset(
    [
        "a",
        "an",
        "and",
        "are",
        "as",
        "at",
        "be",
        "by",
        "for",
        "from",
        "has",
        "have",
        "i",
        "in",
        "is",
        "it",
        "its",
        "of",
        "on",
        "or",
        "our",
        "should",
        "so",
        "that",
        "the",
        "their",
        "this",
        "to",
        "we",
        "will",
        "with",
        "would",
    ]
)
_WORD = re.compile(r"[^\W_]+(?:['\u2019][^\W_]+)?")
_BEFORE_WORDS = "\"'`([{*_\u201c\u2018\xab"
_AFTER_WORDS = ".,;:!?\"'`)]}*_\u201d\u2019\xbb\u2026"


def normal(text: str) -> str:
    """A sentence without case, spacing and the marks around its words: what is left must be the same."""
    words = unicodedata.normalize("NFKC", text).casefold().split()
    return " ".join(filter(None, (word.lstrip(_BEFORE_WORDS).rstrip(_AFTER_WORDS) for word in words)))


def words_of(text: str) -> list[str]:
    """The words of a text, without case, accents of typing and marks."""
    return [word.replace("\u2019", "'") for word in _WORD.findall(unicodedata.normalize("NFKC", text).casefold())]


def alike(one: str, other: str) -> float:
    """The share of words that two texts have in common, 0..1, each word as often as it stands; fillers do not count."""
    mine, theirs = _counted(one), _counted(other)
    whole = mine.total() + theirs.total()
    common = sum(min(times, theirs[word]) for word, times in mine.items() if word in theirs)
    return 2 * common / whole if whole else float(normal(one) == normal(other))


@lru_cache(maxsize=2048)
def _counted(text: str) -> Counter[str]:
    """The same decisions are held beside every proposal."""
    return Counter(word for word in words_of(text) if word not in FILLERS)


def turned(one: str, other: str) -> bool:
    """Whether one of two texts says no more often than the other: the same words then may say the opposite."""
    return sum(word in NOT for word in words_of(one)) != sum(word in NOT for word in words_of(other))
