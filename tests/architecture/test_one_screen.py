"""One screen, one thought: how long a file and a function may be."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
FILES = sorted(path for folder in ("shared", "services", "tests") for path in (ROOT / folder).rglob("*.py"))
LINES_OF_A_FILE = 300
LINES_OF_A_FUNCTION = 45
LONGER_FILES = {
    "shared/zamaz/events/workflow.py": "every fact of one voice, a table to look things up in",
    "tests/contract/samples.py": "one sample of every fact",
    "tests/live/test_log.py": "stories of one room, each short",
    "tests/live/test_orchestrator_rungs.py": "stories of one room, each short",
    "tests/live/test_readme_commands.py": "a function for every row of the README's table",
    "tests/orchestrator/test_guards.py": "stories of one room, each short",
    "tests/orchestrator/test_kinds.py": "stories of one room, each short",
    "tests/workflow/test_coming_and_going.py": "stories of one room, each short",
    "tests/workflow/test_voting.py": "stories of one room, each short",
}


def name(path: Path) -> str:
    return path.relative_to(ROOT).as_posix()


def functions(path: Path) -> Iterator[tuple[str, int]]:
    """Each function of a file and its lines, decorators left out."""
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef) and node.end_lineno:
            yield f"{name(path)}: {node.name}", node.end_lineno - node.lineno + 1


def test_there_are_files():
    assert len(FILES) > 400


def test_a_file_is_no_longer_than_it_may_be():
    lines = {name(path): len(path.read_text(encoding="utf-8").splitlines()) for path in FILES}
    long = {file: count for file, count in lines.items() if count > LINES_OF_A_FILE and file not in LONGER_FILES}
    assert not long, "a room that gets crowded is redrawn into a package"


def test_a_function_is_one_screen():
    lines = (found for path in FILES for found in functions(path))
    long = [found for found in lines if found[1] > LINES_OF_A_FUNCTION]
    assert not long, "a function is one screen and one thought"


@pytest.mark.parametrize("file", LONGER_FILES)
def test_an_exception_is_for_a_file_that_there_is(file: str):
    assert (ROOT / file).is_file(), "take it off the list"
