"""The number that an answer ends on. Pure.

A number counts as stated where something says that it is the outcome: `the answer is 42`, `= 42`, `42 is the result`.
What an answer says of others (`not 42`, `142 is incorrect`) is not its own, and two numbers that it leaves open
(`either 7 or 9`) are none.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from decimal import Decimal
from typing import NamedTuple

from zamaz_orchestrator.reading.words import closed_up

_NUMBER = r"[-+\u2212]?\$?(?:\d{1,3}(?:,\d{3})+|\d+)(?:\.\d+)?"
_UNIT = r"(?:\s?(?:%|percent|degrees?|dollars?|euros?|[a-z]{1,3})\b)?"
_OPERAND = r"\(?[-\u2212]?\d+(?:\.\d+)?\)?"
_EXPRESSION = re.compile(rf"{_OPERAND}(?: ?(?:[-+*/x\u00d7\u00b7\u00f7\u2212]|\\times|\\div) ?{_OPERAND}){{1,40}}")
_SENTENCE = re.compile(r"\n+|(?<=[.!?])\s+(?=[A-Z(*\"'$\\-])")
_BOXED = re.compile(rf"\\boxed\{{\s*({_NUMBER})[^}}]*\}}")
_OPEN = re.compile(rf"\b(?:either\b[^.]{{0,40}}?({_NUMBER})|({_NUMBER}))\s+or\s+({_NUMBER})\b", re.IGNORECASE)
_OTHERS = re.compile(
    rf"\b(?:not|never|instead of|rather than|incorrect\w*|wrong\w*|mistaken\w*)\b(?:\s+\w+){{0,4}}?\s+({_NUMBER})"
    rf"|({_NUMBER})[^\w;]+(?:[a-z]+\s+){{0,3}}?(?:incorrect|wrong|not correct|mistaken)\b",
    re.IGNORECASE,
)
_STATED = re.compile(
    r"(?:=|:|\u2248|\b(?:is|be|are|was|equals?|gives?|get|yields?|becomes?|of|to|at|as|answer|result|total)\b)"
    rf"(?:\s+(?:indeed|still|also|now|therefore|thus|then|us|about|exactly|equal to|a total of|an? answer of))*"
    rf"[\s*_`\"'$\\(\[{{]*({_NUMBER})",
    re.IGNORECASE,
)
_AFTERWARDS = re.compile(
    rf"({_NUMBER}){_UNIT}[\s*_`]*(?:would be|is|was|as)\s+(?:the|our|my)\s+(?:\w+\s+)?(?:result|answer|total|solution)",
    re.IGNORECASE,
)
_LINE = re.compile(rf"^[\s*_`$]*({_NUMBER})[\s*_`$.]*$")
_CONCLUDES = re.compile(r"\b(?:answer|result|solution|total|final|conclusion|conclude)\b", re.IGNORECASE)
_THEREFORE = re.compile(r"\b(?:therefore|thus|hence|so|finally|overall)\b", re.IGNORECASE)
_A_STEP = re.compile(r"\b(?:first|next|then)\b", re.IGNORECASE)


class _Stated(NamedTuple):
    """A number that is said to be an outcome (None: two are left open), in the n-th sentence. `concludes`: of the
    whole, not of a step."""

    value: Decimal | None
    sentence: int
    concludes: bool


def final_number(text: str) -> Decimal | None:
    """The number that the answer settles on; None where it settles on none, or leaves two open."""
    told = closed_up(text)
    boxed = _BOXED.findall(told)
    if boxed:
        return _value(boxed[-1])
    stated = [found for n, part in enumerate(_SENTENCE.split(told)) for found in _stated(n, part)]
    if stated:
        return _settled(stated)
    mentioned = re.findall(_NUMBER, _EXPRESSION.sub(" ", told))
    return _value(mentioned[-1]) if mentioned else None


def _settled(stated: list[_Stated]) -> Decimal | None:
    """The last conclusion; the end of the working where the only conclusion stands before all of it."""
    concluded = [found for found in stated if found.concludes]
    before_the_working = concluded and concluded[-1].sentence == 0 < stated[-1].sentence
    return stated[-1].value if before_the_working or not concluded else concluded[-1].value


def _stated(n: int, sentence: str) -> Iterator[_Stated]:
    told = _EXPRESSION.sub(" ", sentence)
    concludes = bool(_CONCLUDES.search(told) or (_THEREFORE.search(told) and not _A_STEP.search(told)))
    if _left_open(told):
        yield _Stated(None, n, concludes)
        return
    others = {_value(a or b) for a, b in _OTHERS.findall(told)}
    found = sorted(
        (m.start(1), _value(m.group(1))) for rule in (_STATED, _AFTERWARDS, _LINE) for m in rule.finditer(told)
    )
    yield from (_Stated(value, n, concludes) for _, value in found if value not in others)


def _left_open(told: str) -> bool:
    found = _OPEN.search(told)
    return found is not None and len({_value(part) for part in found.groups() if part}) > 1


def _value(written: str) -> Decimal:
    return Decimal(re.sub(r"[\s,$]", "", written).replace("\u2212", "-"))
