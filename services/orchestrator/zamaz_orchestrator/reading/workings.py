"""The working that an answer shows: its equations, and whether they hold. Pure."""

from __future__ import annotations

import re
from fractions import Fraction
from typing import NamedTuple

from zamaz_orchestrator.reading.words import closed_up

_TERM = r"\(?[-\u2212]?\d+(?:\.\d+)?\)?"
_EQUATION = re.compile(
    rf"((?:{_TERM} ?[-+*/x\u00d7\u00f7\u2212] ?){{1,40}}{_TERM})\s?=\s?([-\u2212]?\d+(?:\.\d+)?)"
    r"(?![\d.]|\s?[-+*/x\u00d7\u00f7] ?\d)"
)
_STEP = re.compile(r"=\s?[-\u2212]?\(?\d")
_MARKS = {0x2212: "-", 0xD7: "*", 0xF7: "/", ord("x"): "*"}
_BRACKETED = re.compile(r"\(([-+]?\d+(?:\.\d+)?)\)")
_PRODUCT = re.compile(r"[-+]?\d+(?:\.\d+)?(?:[*/]-?\d+(?:\.\d+)?)*")
_FACTOR = re.compile(r"[-+]?\d+(?:\.\d+)?|[*/]-?\d+(?:\.\d+)?")


class Working(NamedTuple):
    """How many steps an answer shows, how many of its equations hold, and how many do not."""

    steps: int
    holds: int
    fails: int


def working_of(text: str) -> Working:
    """What the answer shows of its way. Only sums and products that stand before their `=` are checked."""
    held = failed = 0
    for left, right in _EQUATION.findall(closed_up(text)):
        value = _worth(left)
        if value is not None:
            good = value == Fraction(right.replace("\u2212", "-"))
            held, failed = held + good, failed + (not good)
    return Working(len(_STEP.findall(closed_up(text))), held, failed)


def _worth(written: str) -> Fraction | None:
    """The value of a sum of products; None where it is none (a bracket around a sum, a mark too many)."""
    plain = _BRACKETED.sub(r"\1", re.sub(r"\s", "", written.translate(_MARKS)))
    products = _PRODUCT.findall(plain)
    if "".join(products) != plain:
        return None
    try:
        return sum((_product(one) for one in products), start=Fraction(0))
    except ZeroDivisionError:
        return None


def _product(written: str) -> Fraction:
    first, *others = _FACTOR.findall(written)
    worth = Fraction(first)
    for factor in others:
        worth = worth / Fraction(factor[1:]) if factor[0] == "/" else worth * Fraction(factor[1:])
    return worth
