"""Lines of a screen: notes, and what models wrote."""

from __future__ import annotations

from collections.abc import Iterator

from rich.console import RenderableType
from rich.markdown import Markdown
from rich.padding import Padding
from rich.text import Text

# Colours that can be read on light and on dark alike.
WARNING, GOOD, BAD, SPEAKER = "magenta", "bold green", "bold red", "bold cyan"
Lines = Iterator[RenderableType]


def note(text: str, style: str = "dim", indent: int = 0) -> RenderableType:
    """A line beside the matter."""
    return Padding(Text(text, style), (0, 0, 0, indent), expand=False)


def prose(text: str, above_and_below: int = 0) -> RenderableType:
    """Markdown of a model's. A link is printed with its address: its words are a model's too."""
    return Padding(Markdown(text, hyperlinks=False), (above_and_below, 2))
