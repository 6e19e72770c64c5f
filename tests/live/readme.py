"""A Markdown file in parts: its fenced blocks, its tables, and the commands that it prints."""

from __future__ import annotations

import re
import shlex
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).parents[2]
README = ROOT / "README.md"
DEPLOY = ROOT / "deploy" / "README.md"
FILES = (README, DEPLOY, ROOT / "shared" / "README.md", *sorted((ROOT / "services").glob("*/README.md")))
FENCE = re.compile(r"^```(\w*)\n(.*?)^```$", re.MULTILINE | re.DOTALL)
QUOTED = re.compile(r"`([^`]+)`")
OPTIONAL = re.compile(r" \[([A-Z]+)(?: …)?\]")
PLACEHOLDER = re.compile(r"[A-Z]+|…")


@dataclass(frozen=True)
class Block:
    """What stands between two fences. `language` is "" where none is named."""

    file: Path
    line: int
    language: str
    text: str

    def __str__(self) -> str:
        return f"{self.file.relative_to(ROOT)}:{self.line}"

    def commands(self) -> list[str]:
        """The commands of a shell block: a line each, with the lines that a backslash or an open quote takes along."""
        found: list[str] = []
        for line in self.text.splitlines():
            if found and (found[-1].endswith("\\") or found[-1].count("'") % 2):
                found[-1] += f"\n{line}"
            elif line.strip():
                found.append(line)
        return found


def blocks(file: Path) -> list[Block]:
    """Every fenced block of a file, in order."""
    text = file.read_text(encoding="utf-8")
    return [Block(file, text.count("\n", 0, m.start()) + 1, m[1], m[2]) for m in FENCE.finditer(text)]


def section(heading: str, file: Path = README) -> str:
    """What stands under a heading of a file."""
    (_, found) = file.read_text(encoding="utf-8").split(f"\n## {heading}\n")
    return found.split("\n## ")[0]


def prose(file: Path) -> str:
    """A file without its fenced blocks."""
    return FENCE.sub("", file.read_text(encoding="utf-8"))


def table(text: str) -> list[list[str]]:
    """The rows of the one table in a text, without its head."""
    rows = [line.strip("|").split("|") for line in text.splitlines() if line.startswith("|")]
    return [[cell.strip() for cell in row] for row in rows[2:]]


def quoted(text: str) -> list[str]:
    """What stands between backticks."""
    return QUOTED.findall(text)


def words(command: str, **given: str) -> list[str]:
    """A printed command as words, with what was `given` for ID, FILE, FOLDER and the like, and a text for `…`.

    A part in brackets is left out unless its word is given. A placeholder that is left is an error.
    """
    printed = OPTIONAL.sub(lambda part: f" {part[1]}" if part[1] in given else "", command)
    parts = [given.get(part, "to try it" if part == "…" else part) for part in shlex.split(printed)]
    left = [part for part in parts if PLACEHOLDER.fullmatch(part) and part not in given.values()]
    assert not left, f"{command}: what is {', '.join(left)}?"
    return parts
