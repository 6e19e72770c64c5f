"""How far two answers in prose agree on one question. Pure: the same texts give the same for ever.

A question for a number: the numbers that the answers end on. A question for one of many (`which`, `what`): the words
of what each picks. Otherwise, whether to do it: do, do with care, wait, do not. Answers that are not about the same
subject agree on nothing.
"""

from __future__ import annotations

import math
import re
from collections import Counter
from typing import NamedTuple

from zamaz_orchestrator.reading import advice
from zamaz_orchestrator.reading.finals import final_number
from zamaz_orchestrator.reading.words import stems, subject

SAME_SUBJECT_FROM = 0.66
FULL, PARTIAL, NONE = 1.0, 0.6, 0.0
PICK_FULL_FROM, PICK_PARTIAL_FROM = 0.6, 0.3
FREQUENT, ASKED_MOST = 25, 50
PICK_LENGTH = 200
ONE_PICK_FROM, RELATED_FROM = 0.65, 0.35
"""From which nearness of meaning on two picks are one, and below which two texts have nothing to do with each other."""

_NUMERIC = re.compile(
    r"\A(?=.{0,400}\Z)(?:(?=.*\b(?:results?|what is|calculate|compute|evaluate|solve|equals?|value)\b).*"
    r"\d\s*[-+*/x\u00d7\u00f7]\s*\(?\d.*|.*\bhow (?:many|much|long|far|old)\b.*)\Z",
    re.IGNORECASE | re.DOTALL,
)
_FIGURE = re.compile(r"\d+(?:\.\d+)?")
_OPEN_QUESTION = re.compile(r"^\W*(?:which|what|who|where|when|how)\b", re.IGNORECASE)
_GENERAL = subject(
    """add adopt approach architecture pattern system improvement important implement implementing comprehensive
    recommend recommendation verdict decision proposed single critical robust strong primary strategy based given
    context choice best reason reasoning"""
)


class Likeness(NamedTuple):
    """`score` 0..1 (1: one decision that both would sign, 0.6: in part, 0: none), how sure (0..1), and why."""

    score: float
    confidence: float
    why: str


def likeness(question: str, one: str, other: str) -> Likeness:
    """How far two answers to `question` agree."""
    if one.split() == other.split() and one.strip():
        return Likeness(FULL, 1.0, "the same text")
    if _NUMERIC.search(question):
        return _numbers(question, one, other)
    kinship = same_subject(question, one, other)
    if kinship < SAME_SUBJECT_FROM:
        return Likeness(NONE, 0.7, "they are about different subjects")
    if _OPEN_QUESTION.search(question):
        return _picks(question, one, other)
    return _leanings(one, other)


def beside(question: str, one: str, other: str) -> tuple[str, str] | None:
    """What to hold beside each other in meaning: the picks, or the beginnings of both recommendations; None where a
    number is asked for."""
    if _NUMERIC.search(question):
        return None
    mine, theirs = advice.advice_of(one), advice.advice_of(other)
    open_question = _OPEN_QUESTION.search(question)
    return (mine.pick, theirs.pick) if open_question else (mine.headline, theirs.headline)


def seconded(question: str, one: str, other: str, nearness: float) -> Likeness:
    """The rules, with nearness of meaning (-1..1) in the place of what words alone tell: whether two picks are one, and
    whether two recommendations are about the same. What they say of it stays for the rules."""
    found = likeness(question, one, other)
    told = f"{found.why}; {nearness:.2f} near in meaning"
    if found.confidence == 1.0:
        return found
    if _OPEN_QUESTION.search(question):
        if nearness >= ONE_PICK_FROM:
            return Likeness(FULL, 0.6, told)
        return Likeness(NONE, 0.6, told) if nearness < RELATED_FROM else found._replace(why=told)
    if nearness < RELATED_FROM:
        return Likeness(NONE, 0.7, told)
    return found._replace(why=told)


def same_number(question: str, one: str, other: str) -> bool | None:
    """Whether two answers to a question for a number end on the same; None where no number is asked for or given."""
    if not _NUMERIC.search(question):
        return None
    mine, theirs = final_number(one), final_number(other)
    return None if mine is None or theirs is None else mine == theirs


def same_subject(question: str, one: str, other: str) -> float:
    """How near the two are in their words (cosine, 0..1) and to those of the question (share, 0..1), summed."""
    mine, theirs = Counter(stems(one)), Counter(stems(other))
    asked = subject(question)
    nearness = _cosine(mine, theirs)
    if len(asked) > ASKED_MOST:  # a question of many words holds those of every answer
        return 2 * nearness
    return nearness + min(_told(asked, mine), _told(asked, theirs))


def _told(asked: frozenset[str], said: Counter[str]) -> float:
    frequent = {word for word, _ in said.most_common(FREQUENT)}
    return len(asked & frequent) / max(1, len(asked))


def _cosine(one: Counter[str], other: Counter[str]) -> float:
    shared = sum(math.log1p(n) * math.log1p(other[word]) for word, n in one.items() if word in other)
    lengths = math.prod(math.sqrt(sum(math.log1p(n) ** 2 for n in said.values())) for said in (one, other))
    return shared / lengths if lengths else 0.0


def _numbers(question: str, one: str, other: str) -> Likeness:
    mine, theirs = final_number(one), final_number(other)
    if mine is None or theirs is None:
        return Likeness(NONE, 0.6, "one of them settles on no number")
    if mine != theirs:
        return Likeness(NONE, 0.95, f"they end on {mine} and {theirs}")
    if any(_reckons_otherwise(question, text) for text in (one, other)):
        return Likeness(NONE, 0.7, "one of them reckons with other numbers than the question's")
    return Likeness(FULL, 0.95, f"both end on {mine}")


def _reckons_otherwise(question: str, answer: str) -> bool:
    """Whether the working of an answer holds none of the numbers that the question gives."""
    asked, said = set(_FIGURE.findall(question)), set(_FIGURE.findall(answer))
    return len(said) > 2 and bool(asked) and not asked & said


def _picks(question: str, one: str, other: str) -> Likeness:
    """The words of what each picks, less those of the question and those of every recommendation."""
    known = subject(question) | _GENERAL
    mine, theirs = (subject(advice.advice_of(text).pick[:PICK_LENGTH]) - known for text in (one, other))
    if not mine or not theirs:
        return Likeness(NONE, 0.3, "one of them picks nothing that can be read")
    share = len(mine & theirs) / min(len(mine), len(theirs))
    told = f"what they pick shares {share:.0%} of its words"
    if share >= PICK_FULL_FROM:
        return Likeness(FULL, 0.6, told)
    return Likeness(PARTIAL, 0.6, told) if share >= PICK_PARTIAL_FROM else Likeness(NONE, 0.7, told)


_NAMES = {advice.DO: "do", advice.CARE: "do with care", advice.WAIT: "wait", advice.REFUSE: "do not"}


def _leanings(one: str, other: str) -> Likeness:
    mine, theirs = (advice.advice_of(text).leaning for text in (one, other))
    told = f"{_NAMES[mine]}, and {_NAMES[theirs]}"
    if mine == theirs or max(mine, theirs) < 0:
        return Likeness(FULL, 0.7, told)
    if abs(mine - theirs) <= 1:
        return Likeness(PARTIAL, 0.6, told)
    return Likeness(NONE, 0.7, told)
