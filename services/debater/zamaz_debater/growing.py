"""An answer that is still being written: what of its argument can be read already."""

from __future__ import annotations

import json
from typing import Any

import jiter

_DECODER = json.JSONDecoder(strict=False)


def grown(text: str) -> str:
    """The argument, or summary, in an answer as far as that has come: out of its JSON object, or else the words before
    one."""
    start = text.find("{")
    if start < 0:
        return text
    thing = _begun(text[start:])
    argument = thing.get("argument", thing.get("summary"))
    return argument if isinstance(argument, str) else text[:start].removesuffix("```json\n").strip()


def _begun(text: str) -> dict[str, Any]:
    """The object that a text begins with, whole or not."""
    thing: Any = None
    try:
        thing = jiter.from_json(text.encode("utf-8", "replace"), partial_mode="trailing-strings")
    except ValueError:
        try:
            thing, _ = _DECODER.raw_decode(text)
        except (ValueError, RecursionError):
            return {}
    return thing if isinstance(thing, dict) else {}
