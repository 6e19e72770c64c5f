"""What a document about a debate is made of, whatever it is written in. Every text in it may be a stranger's."""

from __future__ import annotations

from datetime import datetime
from typing import NamedTuple


class Section(NamedTuple):
    """A heading. `level` 2 parts the document, 3 parts a section."""

    title: str
    level: int = 2


class Sentence(NamedTuple):
    """One paragraph. `strong`: it is what the section is about."""

    text: str
    strong: bool = False


class Told(NamedTuple):
    """Things with a name each, as (name, value)."""

    pairs: tuple[tuple[str, str], ...]


class Prose(NamedTuple):
    """What a participant wrote, in markdown."""

    text: str


class Plain(NamedTuple):
    """A text of several lines that is shown as it is."""

    text: str


class Table(NamedTuple):
    """Rows of cells, as many as the head has."""

    head: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]


class Bar(NamedTuple):
    """One line of a chart: its parts, none below 0, in the order of the legend, and what they are in words."""

    name: str
    parts: tuple[float, ...]
    told: str


class Chart(NamedTuple):
    """Bars over the same scale. `legend` names their parts."""

    title: str
    bars: tuple[Bar, ...]
    legend: tuple[str, ...] = ("",)


Block = Section | Sentence | Told | Prose | Plain | Table | Chart


class Document(NamedTuple):
    """A title and what follows it."""

    title: str
    blocks: tuple[Block, ...]


def told(*pairs: tuple[str, object]) -> Told:
    """What there is something to say of."""
    return Told(tuple((name, str(value)) for name, value in pairs if value not in ("", None)))


def when(at: datetime | None) -> str:
    """A time of the log."""
    return f"{at:%Y-%m-%d %H:%M:%S} UTC" if at else ""
