"""What an answer ends on, where nobody has read it: two plain rules, the last number and the last number behind
`answer` or `result`. Where they do not give the same, the answer is not read. Pure.
"""

from __future__ import annotations

import re
from decimal import Decimal

_NUMBER = r"-?\d[\d,]*(?:\.\d+)?"
_LAST = re.compile(_NUMBER)
_BEHIND = re.compile(rf"(?:answer|result)[^.\n]{{0,80}}?(?:is|=|:)\s*[*$\\]*(?:boxed{{)?({_NUMBER})", re.IGNORECASE)


def last_number(text: str) -> Decimal | None:
    """The last number of a text, whatever it is there for."""
    found = _LAST.findall(text)
    return _value(found[-1]) if found else None


def read_alike(text: str) -> Decimal | None:
    """The number that both readings find; None where they differ."""
    behind = _BEHIND.findall(text)
    last = last_number(text)
    return last if behind and _value(behind[-1]) == last else None


def _value(written: str) -> Decimal:
    return Decimal(written.replace(",", ""))
