"""Figures beside their floors and aims: as a table, and as JSON."""

from __future__ import annotations

import statistics
from dataclasses import asdict, dataclass, field
from typing import Any, Literal

HEAD = ("figure", "ours", "spread", "floor", "ratio", "accept", "stretch", "")


@dataclass(frozen=True)
class Aim:
    """What is good enough and what would be fine. `of` says what is held against it."""

    accept: float
    stretch: float
    of: Literal["ours", "ratio"] = "ours"
    better: Literal["more", "less"] = "less"

    def verdict(self, found: float) -> str:
        """`stretch`, `ok` or `below`."""
        sign = 1 if self.better == "more" else -1
        if sign * found >= sign * self.stretch:
            return "stretch"
        return "ok" if sign * found >= sign * self.accept else "below"


@dataclass
class Row:
    """One figure: a sample a run, and the floor's samples of the same runs. The medians are shown."""

    figure: str
    unit: str
    ours: list[float]
    floor: list[float] = field(default_factory=list)
    aim: Aim | None = None

    @property
    def value(self) -> float:
        return statistics.median(self.ours)

    @property
    def ratio(self) -> float | None:
        """Ours over the floor's; None without a floor."""
        floor = statistics.median(self.floor) if self.floor else 0.0
        return self.value / floor if floor else None

    @property
    def verdict(self) -> str:
        found = self.ratio if self.aim and self.aim.of == "ratio" else self.value
        return self.aim.verdict(found) if self.aim and found is not None else ""

    def cells(self) -> tuple[str, ...]:
        """As in HEAD."""
        spread = f"{_short(min(self.ours))} - {_short(max(self.ours))}" if len(self.ours) > 1 else ""
        floor = _short(statistics.median(self.floor)) if self.floor else ""
        ratio = f"{self.ratio:.2f}" if self.ratio is not None else ""
        held = "x" if self.aim and self.aim.of == "ratio" else ""
        aims = (f"{_short(self.aim.accept)}{held}", f"{_short(self.aim.stretch)}{held}") if self.aim else ("", "")
        return (f"{self.figure} [{self.unit}]", _short(self.value), spread, floor, ratio, *aims, self.verdict)

    def as_json(self) -> dict[str, Any]:
        """Everything, samples included."""
        derived = {"value": self.value, "ratio": self.ratio, "verdict": self.verdict}
        return {**asdict(self), **derived}


@dataclass
class Section:
    """What one part of the bench found. `details` are lines and numbers that have no aim of their own."""

    name: str
    title: str
    rows: list[Row] = field(default_factory=list)
    details: dict[str, dict[str, float]] = field(default_factory=dict)

    def as_json(self) -> dict[str, Any]:
        return {"title": self.title, "rows": [row.as_json() for row in self.rows], "details": self.details}


def _short(number: float) -> str:
    if number == 0:
        return "0"
    return f"{number:,.0f}" if abs(number) >= 1000 else f"{number:.3g}" if abs(number) < 100 else f"{number:.0f}"


def heading(machine: dict[str, Any]) -> str:
    """What was measured on, and a warning where other work takes part in the figures."""
    told = ", ".join(f"{name} {value}" for name, value in machine.items())
    if machine["load_1m"] <= machine["cores"] / 2:
        return told
    return f"{told}\nOther work is running: times say little, compare CPU, bytes and counts."


def table(section: Section) -> str:
    """A section for the screen."""
    lines = [HEAD, *(row.cells() for row in section.rows)]
    widths = [max(len(line[n]) for line in lines) for n in range(len(HEAD))]
    told = [section.title]
    for line in lines:
        cells = [
            cell.ljust(w) if n == 0 else cell.rjust(w) for n, (cell, w) in enumerate(zip(line, widths, strict=True))
        ]
        told.append("  " + "  ".join(cells).rstrip())
    for name, numbers in section.details.items():
        told.append(f"  {name}: " + ", ".join(f"{what} {_short(number)}" for what, number in numbers.items()))
    return "\n".join(told)
