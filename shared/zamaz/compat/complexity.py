"""Which question is simple, moderate or complex: the existing application's rule, by words and length.

It stands in for a ruling of the orchestrator, and is to go when there is one.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import lru_cache
from typing import Literal

Level = Literal["simple", "moderate", "complex"]


@dataclass(frozen=True)
class Rule:
    """Words and phrases of each level; a * at the end stands for any ending. `longest_simple` counts characters."""

    simple: tuple[str, ...] = ()
    moderate: tuple[str, ...] = ()
    complex: tuple[str, ...] = ()
    longest_simple: int = 300


def complexity(question: str, context: str, rule: Rule) -> Level:
    """The level of a question: complex before moderate before simple, and moderate where no word tells.

    Only the question's own words count: a context is material, and mentions everything. Its length counts.
    """
    if _has(question, rule.complex):
        return "complex"
    if _has(question, rule.moderate) or not _has(question, rule.simple):
        return "moderate"
    return "simple" if len(question) + len(context) <= rule.longest_simple else "moderate"


def _has(question: str, words: tuple[str, ...]) -> bool:
    return bool(words) and _pattern(words).search(question) is not None


@lru_cache(maxsize=64)
def _pattern(words: tuple[str, ...]) -> re.Pattern[str]:
    each = (re.escape(word.removesuffix("*")).replace(r"\ ", r"\s+") + r"\w*" * word.endswith("*") for word in words)
    return re.compile(rf"(?<!\w)(?:{'|'.join(each)})(?!\w)", re.IGNORECASE)
