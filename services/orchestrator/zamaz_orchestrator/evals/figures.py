"""How good a list of answers is beside the right ones, and how far chance reaches into it. Pure: the draws come in."""

from __future__ import annotations

import statistics
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

Draw = Callable[[int], Sequence[int]]
"""That many places out of as many, with repetitions."""
DRAWS = 500
LOWEST, HIGHEST = 0.025, 0.975


@dataclass(frozen=True)
class Scored:
    """Shares 0..1. `intervals` hold 95 % of what other samples of this size would have given (bootstrap)."""

    n: int
    accuracy: float
    balanced: float
    macro_f1: float
    per_class: Mapping[str, Mapping[str, float]]
    intervals: Mapping[str, tuple[float, float]] = field(default_factory=dict)

    def as_json(self) -> dict[str, Any]:
        """Every figure, rounded to four places."""
        rounded = {name: {key: round(x, 4) for key, x in one.items()} for name, one in self.per_class.items()}
        return {
            "n": self.n,
            "accuracy": round(self.accuracy, 4),
            "balanced_accuracy": round(self.balanced, 4),
            "macro_f1": round(self.macro_f1, 4),
            "per_class": rounded,
            "intervals": {name: [round(x, 4) for x in ends] for name, ends in self.intervals.items()},
        }


def scored(right: Sequence[str], said: Sequence[str], draw: Draw | None = None) -> Scored:
    """The figures of `said`, answer by answer beside `right`; with intervals where `draw` is given."""
    found = _scored(right, said)
    if draw is None or not right:
        return found
    samples = []
    for _ in range(DRAWS):
        places = draw(len(right))
        samples.append(_scored([right[n] for n in places], [said[n] for n in places]))
    ends = {name: _ends([getattr(sample, name) for sample in samples]) for name in ("accuracy", "balanced", "macro_f1")}
    return Scored(found.n, found.accuracy, found.balanced, found.macro_f1, found.per_class, ends)


def _scored(right: Sequence[str], said: Sequence[str]) -> Scored:
    """Classes are those that are right or said somewhere; balanced accuracy is the mean recall of the right ones."""
    hits = list(zip(right, said, strict=True))
    classes = {name: _class(name, hits) for name in sorted({*right, *said})}
    recalls = [one["recall"] for one in classes.values() if one["n"]]
    return Scored(
        n=len(hits),
        accuracy=sum(a == b for a, b in hits) / len(hits) if hits else 0.0,
        balanced=statistics.fmean(recalls) if recalls else 0.0,
        macro_f1=statistics.fmean(one["f1"] for one in classes.values()) if classes else 0.0,
        per_class=classes,
    )


def _class(name: str, hits: Sequence[tuple[str, str]]) -> dict[str, float]:
    true = sum(a == b == name for a, b in hits)
    wanted, given = sum(a == name for a, _ in hits), sum(b == name for _, b in hits)
    return {
        "n": wanted,
        "said": given,
        "precision": true / given if given else 0.0,
        "recall": true / wanted if wanted else 0.0,
        "f1": 2 * true / (wanted + given) if wanted + given else 0.0,
    }


def _ends(values: list[float]) -> tuple[float, float]:
    ordered = sorted(values)
    return ordered[int(LOWEST * (len(ordered) - 1))], ordered[int(HIGHEST * (len(ordered) - 1))]


def percentile(values: Sequence[float], share: float) -> float:
    """The value below which `share` (0..1) of them lie; 0 for none."""
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, int(share * len(ordered)))] if ordered else 0.0
