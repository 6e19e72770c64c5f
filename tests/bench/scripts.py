"""The null debate's models: scripts that answer about 1 kB at once, each with words of its own."""

from __future__ import annotations

import json
import random
from pathlib import Path
from typing import Any

from bench.words import prose

CALLS = 7
"""Model calls of one null debate: two seats in two rounds, two consensus checks, one final decision."""
ANSWER_BYTES = 1024
VARIANTS = 48
"""Debates before a text comes again: further apart than s2 looks back (1 MiB), so that the log's compression
is that of different texts."""
QUESTION = "A question of the usual length, to be debated?"
OPTIONS = ("the first way", "the second way")


def _answer(chance: random.Random, when: dict[str, Any], way: int, **more: Any) -> dict[str, Any]:
    position = f"Take {OPTIONS[way]}: {prose(chance, 80)}"
    said = {"argument": prose(chance, ANSWER_BYTES - len(position)), "position": position, "choice": OPTIONS[way]}
    return {**when, **said, "verdict": "adopt" if way == 0 else "reject", **more}


def script(name: str, delay: float) -> dict[str, Any]:
    """Two seats that differ in round 1 and agree in round 2. `delay` is each call's time in seconds."""
    chance = random.Random(name)
    first = {"participant": f"script/{name}"}
    apart: dict[str, Any] = {"on_others": "disagree", "confidence": 0.5, "delay": delay}
    agreed: dict[str, Any] = {"on_others": "agree", "confidence": 0.9, "delay": delay}
    return {
        "answers": [
            _answer(chance, {"step": "final_decision"}, 0, **agreed),
            _answer(chance, {"round": 1, **first}, 0, **apart),
            _answer(chance, {"round": 1}, 1, **apart),
            _answer(chance, first, 0, **agreed),
            _answer(chance, {}, 0, **agreed),
        ]
    }


def write(folder: Path, variants: int, delay: float = 0.0) -> list[str]:
    """Put the scripts into `folder` (made here); their names. JSON is YAML, and quickly read."""
    folder.mkdir()
    names = [f"null-{n:02}" for n in range(variants)]
    for name in names:
        (folder / f"{name}.yaml").write_text(json.dumps(script(name, delay)), encoding="utf-8")
    return names


def seats(name: str) -> tuple[str, str]:
    """A debate's participants: two seats of one script."""
    return (f"script/{name}", f"script/{name}")
