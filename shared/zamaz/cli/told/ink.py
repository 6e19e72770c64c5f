"""What all that a screen says is made of: colours that can be read on light and on dark alike, notes, prose."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Any

from rich.console import RenderableType
from rich.markdown import Markdown
from rich.padding import Padding
from rich.text import Text
from rich.theme import Theme

from zamaz.cli.scene import Scene
from zamaz.events import Fact

WARNING, GOOD, BAD, SPEAKER = "magenta", "bold green", "bold red", "bold cyan"
THEME = Theme({"markdown.code": "bold", "markdown.code_block": "none", "markdown.kbd": "bold"})
Lines = Iterator[RenderableType]
Told = Mapping[type[Fact], Callable[[Any, Scene], Lines]]
"""What is said of each fact; the scene has it folded in already."""


def note(text: str, style: str = "dim", indent: int = 0) -> RenderableType:
    """A line that steps back behind the others."""
    return Padding(Text(text, style), (0, 0, 0, indent), expand=False)


def prose(text: str, above_and_below: int = 0) -> RenderableType:
    """What a model wrote."""
    # A link is printed with its address: its words are a model's.
    return Padding(Markdown(text, hyperlinks=False), (above_and_below, 2))
