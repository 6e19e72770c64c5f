"""A chart as SVG inside a page: bars that are read without a script, in a light page and in a dark one. Pure."""

from __future__ import annotations

from collections.abc import Iterator
from html import escape

from zamaz.cli.document import Bar, Chart

WIDTH, LINE, THICK = 800, 26, 16
LEFT, RIGHT = 230, 190
COLOURS = ("#3b76d6", "#e0912f", "#7a5cc9", "#2f9e77")
LONGEST_NAME = 32


def drawn(chart: Chart) -> str:
    """The figure. Every bar has its name before it and its figures behind it, so that nothing hangs on a colour."""
    most = max((sum(bar.parts) for bar in chart.bars), default=0.0) or 1.0
    named = any(chart.legend)
    top = LINE if named else 0
    height = top + LINE * len(chart.bars)
    lines = [*(_legend(chart) if named else ())]
    for n, bar in enumerate(chart.bars):
        lines += _bar(bar, top + n * LINE, most)
    told = escape("; ".join(f"{bar.name}: {bar.told}" for bar in chart.bars), quote=True)
    return (
        f"<figure><figcaption>{escape(chart.title)}</figcaption>"
        f'<svg viewBox="0 0 {WIDTH} {height}" role="img" aria-label="{told}">{"".join(lines)}</svg></figure>'
    )


def _legend(chart: Chart) -> Iterator[str]:
    at = LEFT
    for name, colour in zip(chart.legend, COLOURS, strict=False):
        yield f'<rect x="{at}" y="6" width="12" height="12" fill="{colour}"/>'
        yield f'<text x="{at + 18}" y="17" fill="currentColor">{escape(name)}</text>'
        at += 40 + 8 * len(name)


def _bar(bar: Bar, top: int, most: float) -> Iterator[str]:
    middle = top + LINE / 2 + 5
    name = bar.name if len(bar.name) <= LONGEST_NAME else bar.name[: LONGEST_NAME - 1] + "…"
    yield f'<text x="{LEFT - 10}" y="{middle:g}" text-anchor="end" fill="currentColor">{escape(name)}</text>'
    at = float(LEFT)
    for part, colour in zip(bar.parts, COLOURS, strict=False):
        wide = (WIDTH - LEFT - RIGHT) * part / most
        yield f'<rect x="{at:.1f}" y="{top + 5}" width="{wide:.1f}" height="{THICK}" fill="{colour}"/>'
        at += wide
    yield f'<text x="{at + 8:.1f}" y="{middle:g}" fill="currentColor">{escape(bar.told)}</text>'
