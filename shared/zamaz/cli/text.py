"""Text of strangers on a terminal: no markup of ours, no control characters of theirs."""

from __future__ import annotations

import re
from typing import Any, TypeVar

import msgspec
from rich.text import Text

from zamaz.events import Fact, to_builtins

# All of C0 but tab and line feed, DEL, and C1: what a terminal could take for an order.
_ORDERS = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f]")
F = TypeVar("F", bound=Fact)


def clean(text: str) -> str:
    """`text` without control characters."""
    return _ORDERS.sub("", text)


def plain(text: str) -> Text:
    """`text` as it is, whatever markup it holds."""
    return Text(clean(text))


def harmless(fact: F) -> F:
    """The fact with every text in it cleaned."""
    return msgspec.convert(_cleaned(to_builtins(fact)), type(fact))


def _cleaned(value: Any) -> Any:
    if isinstance(value, str):
        return clean(value)
    if isinstance(value, dict):
        return {clean(str(key)): _cleaned(inner) for key, inner in value.items()}
    if isinstance(value, list):
        return [_cleaned(inner) for inner in value]
    return value
