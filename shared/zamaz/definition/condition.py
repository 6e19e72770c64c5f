"""When a rule acts, as a file says it: a condition with a name, or comparisons joined by `and`, read into Terms."""

from __future__ import annotations

import difflib
import re
from collections.abc import Callable, Iterator, Mapping
from typing import get_args

from zamaz.definition.yamlfile import DURATION, seconds
from zamaz.events.flow import Comparison, Complexity, Quantity, Term

NAMED: Mapping[str, tuple[Term, ...]] = {
    "consensus_reached_early": (
        Term(of="consensus", op="==", value=1.0),
        Term(of="rounds_left", op=">", value=0.0),
    ),
    "no_consensus_after_max_rounds": (
        Term(of="consensus", op="==", value=0.0),
        Term(of="rounds_left", op="<=", value=0.0),
    ),
    "participant_timeout": (Term(of="timeouts", op=">", value=0.0),),
    "participant_failure": (Term(of="failures", op=">", value=0.0),),
    "high_complexity_detected": (Term(of="complexity", op=">=", value=3.0),),
}
"""What the names of conditions stand for."""
QUANTITIES: Mapping[str, Quantity] = {
    "rounds": "rounds",
    "rounds_left": "rounds_left",
    "consensus_score": "score",
    "score": "score",
    "consensus": "consensus",
    "cost_usd": "cost_usd",
    "elapsed": "elapsed_s",
    "failures": "failures",
    "timeouts": "timeouts",
    "complexity": "complexity",
}
"""What a comparison may look at, by the words for it."""
COMPLEXITIES: tuple[Complexity, ...] = get_args(Complexity)
"""From 1 on."""
_COMPARISONS: tuple[str, ...] = get_args(Comparison)
_NOT_OURS = {"=": "write ==", "&&": "write and", "||": "write a rule for each", "or": "write a rule for each"}
_TOKEN = re.compile(r"<=|>=|==|!=|&&|\|\||[<>=]|[^\s<>=!&|]+|\S")
_COUNT, _NUMBER, _PERCENT = r"\d{1,9}", r"\d{1,9}(?:\.\d{1,9})?", r"(?:100|\d{1,2})(?:\.\d{1,9})?%"


class NoCondition(ValueError):
    """The text is no condition; says at which column (from 1), and what would be."""

    def __init__(self, column: int, problem: str) -> None:
        super().__init__(f"column {column}: {problem}")


def terms(text: str) -> tuple[Term, ...]:
    """The comparisons that all must hold. Raises NoCondition."""
    found = list(_TOKEN.finditer(text))
    made: list[Term] = []
    at = 0
    while True:
        read, at = _term(text, found, at)
        made += read
        if at == len(found):
            return tuple(made)
        if found[at][0] != "and":
            raise _stranger(found[at], "and")
        at += 1


def pattern() -> str:
    """What a schema can say of a condition, as a regular expression (ECMA 262)."""
    comparison = "|".join(_COMPARISONS)
    compared = "|".join(f"{word}\\s*(?:{comparison})\\s*(?:{_VALUES[of][0]})" for word, of in QUANTITIES.items())
    term = f"(?:{'|'.join(NAMED)}|{compared})"
    return f"^\\s*{term}(?:\\s+and\\s+{term})*\\s*$"


def _term(text: str, found: list[re.Match[str]], at: int) -> tuple[tuple[Term, ...], int]:
    """What stands at token `at`, and where it goes on."""
    if at == len(found):
        raise NoCondition(len(text) + 1, f"a condition is missing: {_known()}")
    word = found[at][0]
    if word in NAMED:
        return NAMED[word], at + 1
    of = QUANTITIES.get(word)
    if of is None:
        raise _stranger(found[at], *NAMED, *QUANTITIES)
    op = found[at + 1] if at + 1 < len(found) else None
    if op is None or op[0] not in _COMPARISONS:
        column = op.start() + 1 if op else len(text) + 1
        remedy = _NOT_OURS.get(op[0], "") if op else ""
        raise NoCondition(column, f"{word} is compared by {' '.join(_COMPARISONS)}" + (f": {remedy}" if remedy else ""))
    if at + 2 == len(found):
        raise NoCondition(len(text) + 1, f"{word} {op[0]} what? Write {_VALUES[of][2]}")
    compared: Comparison = next(known for known in get_args(Comparison) if known == op[0])
    return (Term(of=of, op=compared, value=_value(of, word, found[at + 2])),), at + 3


def _value(of: Quantity, word: str, token: re.Match[str]) -> float:
    wanted, read, told = _VALUES[of]
    if not re.fullmatch(wanted, token[0]):
        raise NoCondition(token.start() + 1, f"{token[0]!r} is nothing that {word} can be: write {told}")
    return read(token[0])


def _stranger(token: re.Match[str], *known: str) -> NoCondition:
    word = token[0]
    if remedy := _NOT_OURS.get(word):
        return NoCondition(token.start() + 1, f"{word!r} is not understood: {remedy}")
    near = difflib.get_close_matches(word, known, n=1, cutoff=0.6)
    hint = f"did you mean {near[0]!r}?" if near else _known() if len(known) > 1 else f"write {known[0]!r} or end here"
    return NoCondition(token.start() + 1, f"{word!r} is not known: {hint}")


def _known() -> str:
    return f"known are {', '.join(NAMED)}; and comparisons of {', '.join(QUANTITIES)}"


def _share(text: str) -> float:
    return float(text[:-1]) / 100 if text.endswith("%") else float(text)


def _yes(text: str) -> float:
    return float(text in ("1", "yes"))


def _complexity(text: str) -> float:
    return 1.0 + next(n for n, known in enumerate(COMPLEXITIES) if known == text)


def _values() -> Iterator[tuple[Quantity, tuple[str, Callable[[str], float], str]]]:
    counts: tuple[Quantity, ...] = ("rounds", "rounds_left", "failures", "timeouts")
    for count in counts:
        yield count, (_COUNT, float, "a whole number from 0 on")
    yield "score", (rf"0(?:\.\d{{1,9}})?|1(?:\.0{{1,9}})?|{_PERCENT}", _share, "a number from 0 to 1, or a percentage")
    yield "consensus", ("[01]|yes|no", _yes, "yes or no")
    yield "cost_usd", (rf"\$?{_NUMBER}", lambda text: float(text.lstrip("$")), "dollars, like 1.50")
    yield "elapsed_s", (DURATION, seconds, "a duration, like 90s, 10m or 1h30m")
    yield "complexity", ("|".join(COMPLEXITIES), _complexity, ", ".join(COMPLEXITIES))


_VALUES = dict(_values())
"""What each quantity is compared with: as a pattern, as the number that it stands for, in words."""
