"""Borders that no import can show: where names are spelled, and where models and thresholds stand."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
SOURCES = sorted(path for folder in ("shared", "services") for path in (ROOT / folder).rglob("*.py"))
SPELLS_SUBJECTS = {"subjects.py", "provision.py"}
PURE = [
    path
    for path in SOURCES
    if path.parent.name.startswith("zamaz_")
    and path.name in {"debate.py", "durations.py", "course.py", "ending.py", "pausing.py", "seating.py", "turns.py",
                      "ballots.py", "panel.py", "result.py", "voting.py",
                      "voices.py", "turn.py", "prompts.py", "answer.py", "ruling.py", "rules.py", "ledger.py"}
]  # fmt: skip
MODEL_NAMES = re.compile(r"claude|gpt-|gemini|grok-|llama3|qwen|smollm", re.IGNORECASE)


def strings(path: Path) -> Iterator[tuple[int, str]]:
    """The string literals of a file that are no docstrings."""
    tree = ast.parse(path.read_text(encoding="utf-8"))
    docs = {
        id(node.body[0].value)
        for node in ast.walk(tree)
        if isinstance(node, ast.Module | ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef)
        and node.body
        and isinstance(node.body[0], ast.Expr)
    }
    for node in ast.walk(tree):
        if isinstance(node, ast.Constant) and isinstance(node.value, str) and id(node) not in docs:
            yield node.lineno, node.value


@pytest.mark.parametrize(
    "path", [p for p in SOURCES if p.name not in SPELLS_SUBJECTS], ids=lambda p: str(p.relative_to(ROOT))
)
def test_subjects_are_spelled_in_one_place(path: Path):
    spelled = [(line, text) for line, text in strings(path) if re.match(r"(evt|tmr)\.[a-z*]", text)]
    assert spelled == []


@pytest.mark.parametrize("path", PURE, ids=lambda p: str(p.relative_to(ROOT)))
def test_pure_rooms_name_no_model(path: Path):
    assert [(line, text) for line, text in strings(path) if MODEL_NAMES.search(text)] == []


def test_there_are_pure_rooms():
    assert len(PURE) >= 10


def test_no_lock_or_build_file_names_an_address():
    files = [
        "requirements.lock",
        "requirements.in",
        "pyproject.toml",
        *(str(p) for p in ROOT.glob("s*/**/pyproject.toml")),
    ]
    for name in files:
        assert not re.search(r"https?://", (ROOT / name).read_text(encoding="utf-8")), name
