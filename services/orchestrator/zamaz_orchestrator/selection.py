"""How much debate a request deserves, and which definition serves it best, by rules that anybody can follow. Pure.

A definition says itself what it is for: its use cases, and the words in a question that speak for it. What the request
says outright wins; then those words; then its size. How sure a rule is, it says, so that a model can be asked where
words do not tell.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from decimal import Decimal
from typing import NamedTuple

from zamaz.events import Part
from zamaz.events.flow import Complexity, DecisionType
from zamaz_orchestrator.reading.words import subject

LEVELS: tuple[Complexity, ...] = ("simple", "moderate", "complex")
MANY_WORDS, LONG_CONTEXT, SOME_CONTEXT, MANY_OPTIONS = 120, 20_000, 2_000, 5
"""A question of so many words, a context of so many characters, so many options: no simple matter."""
FEW_WORDS, FEW_OPTIONS = 12, 2
"""And a small one."""
SAID, TOLD, HINTED, WEIGHED, GUESSED = 1.0, 0.8, 0.65, 0.5, 0.3
"""How sure: the request says so; several signs, or one that leaves no doubt; one sign; its form alone; none."""
USE_FROM = 0.6
"""The share of a use case's words that a question must hold to be one."""
_TYPED: Mapping[DecisionType, Complexity] = {
    "SIMPLE": "simple", "MODERATE": "moderate", "COMPLEX": "complex", "EVOLUTION": "complex",
}  # fmt: skip
_LOOKS_UP = re.compile(r"^\W*(?:what (?:is|are|does|was)|who|when|where|how (?:do|does|many|much|long)|define)\b", re.I)
_WEIGHS = re.compile(r"^\W*(?:should|shall|do we|would it|is it (?:worth|wise|better|time)|which|what should)\b", re.I)


class Card(Part, frozen=True, kw_only=True):
    """A definition as its file describes it. `calls` is the most that its own seats are asked; dollars and seconds are
    what the file estimates, where it does."""

    id: str
    description: str = ""
    decision_type: DecisionType = "MODERATE"
    use_cases: tuple[str, ...] = ()
    complexity_indicators: tuple[str, ...] = ()
    calls: int = 0
    cost_usd: Decimal | None = None
    duration_s: float | None = None

    @property
    def level(self) -> Complexity:
        """The complexity that it is made for."""
        return _TYPED[self.decision_type]


class Request(Part, frozen=True, kw_only=True):
    """A request, as far as the rules look at it. `context_length` counts all its characters, `said` is what its
    metadata calls its complexity."""

    question: str
    options: tuple[str, ...] = ()
    context_length: int = 0
    said: str = ""


class Assessed(NamedTuple):
    """A level, how sure the rules are of it (0..1), and why."""

    complexity: Complexity
    confidence: float
    why: str


class Selected(NamedTuple):
    """A definition, how sure the rules are of it (0..1), and why."""

    workflow: str
    confidence: float
    why: str


class _Fit(NamedTuple):
    """How much of what a definition says of itself is in the question."""

    card: Card
    use: str
    words: tuple[str, ...]

    @property
    def weight(self) -> int:
        return 2 * bool(self.use) + len(self.words)

    @property
    def told(self) -> str:
        parts = [f"its use case {self.use!r}"] * bool(self.use) + [f"its word {word!r}" for word in self.words]
        return f"{self.card.id}: {', '.join(parts)}"


def assess(request: Request, cards: Sequence[Card] = ()) -> Assessed:
    """How much debate the request deserves."""
    said = next((level for level in LEVELS if level == request.said), None)
    if said:
        return Assessed(said, SAID, "the request says so")
    size = _size(request)
    fits = _fits(request, cards)
    level, weight, told = _by_words(fits)
    if size and LEVELS.index(size[0]) > LEVELS.index(level or "simple"):
        return Assessed(size[0], TOLD if size[0] == "complex" else HINTED, size[1])
    if level:
        return Assessed(level, TOLD if weight > 1 else HINTED, told)
    if _LOOKS_UP.search(request.question) and not _WEIGHS.search(request.question):
        return Assessed("simple", HINTED, "the question looks something up, and no definition's words are in it")
    if (
        len(request.question.split()) <= FEW_WORDS
        and len(request.options) == FEW_OPTIONS
        and not request.context_length
    ):
        return Assessed("simple", HINTED, "few words, two options and no context")
    if _WEIGHS.search(request.question):
        return Assessed("moderate", WEIGHED, "the question weighs something, and no definition's words are in it")
    return Assessed("moderate", GUESSED, "neither its words nor its size tell")


def select(request: Request, cards: Sequence[Card], level: Assessed, otherwise: str) -> Selected:
    """The definition whose use case it is; else one that is made for the level: the one with most of its own words in
    the question, `otherwise` before others, and then the one with the fewest calls. `otherwise` is the default
    workflow, and is taken too where there is nothing else."""
    if len(cards) == 1:
        return Selected(cards[0].id, SAID, "there is no other definition")
    weights = {fit.card.id: fit.weight for fit in _fits(request, cards)}
    fits = sorted((fit for fit in _fits(request, cards) if fit.use), key=lambda fit: -fit.weight)
    if fits and (len(fits) == 1 or fits[0].weight > fits[1].weight):
        return Selected(fits[0].card.id, TOLD, fits[0].told)
    able = [card for card in cards if card.level == level.complexity]
    if not able:
        return Selected(otherwise, GUESSED, f"no definition is made for what is {level.complexity}")
    chosen = max(able, key=lambda card: (weights.get(card.id, 0), card.id == otherwise, -card.calls))
    why = f"made for what is {level.complexity} ({level.why})"
    return Selected(chosen.id, min(level.confidence, TOLD), why)


def _size(request: Request) -> tuple[Complexity, str] | None:
    """The least level that the request's size asks for."""
    words = len(request.question.split())
    large = {
        f"{words} words": words >= MANY_WORDS,
        f"a context of {request.context_length} characters": request.context_length >= LONG_CONTEXT,
        f"{len(request.options)} options": len(request.options) >= MANY_OPTIONS,
    }
    if told := [size for size, is_large in large.items() if is_large]:
        return "complex", "its size: " + ", ".join(told)
    if request.context_length >= SOME_CONTEXT:
        return "moderate", f"a context of {request.context_length} characters"
    return None


def _fits(request: Request, cards: Iterable[Card]) -> list[_Fit]:
    asked = subject(request.question)
    found = []
    for card in cards:
        used = max(card.use_cases, key=lambda use: _share(use, asked), default="")
        words = tuple(word for word in card.complexity_indicators if _stands(word, request.question))
        fit = _Fit(card, used if used and _share(used, asked) >= USE_FROM else "", words)
        if fit.weight:
            found.append(fit)
    return found


def _share(use: str, asked: frozenset[str]) -> float:
    wanted = subject(use)
    return len(wanted & asked) / len(wanted) if wanted else 0.0


def _stands(word: str, question: str) -> bool:
    """Whether an indicator stands in the question, as words of their own; a * at its end stands for any ending."""
    each = r"\s+".join(re.escape(part) for part in word.removesuffix("*").split())
    ending = "" if word.endswith("*") else r"(?!\w)"
    return bool(each) and re.search(rf"(?<!\w){each}{ending}", question, re.IGNORECASE) is not None


def _by_words(fits: Sequence[_Fit]) -> tuple[Complexity | None, int, str]:
    """The level that most of the words speak for (of as many, the higher), how many do, and which."""
    weights = {level: sum(fit.weight for fit in fits if fit.card.level == level) for level in LEVELS}
    best = max(LEVELS, key=lambda level: (weights[level], LEVELS.index(level)))
    told = "; ".join(fit.told for fit in fits if fit.card.level == best)
    return (best, weights[best], told) if weights[best] else (None, 0, "")
