"""Latencies as a histogram of four buckets an octave: a percentile read from it is within 10 percent. Pure."""

from __future__ import annotations

from collections.abc import Iterable
from math import log2

A_OCTAVE = 4


def bucket(ms: float) -> int:
    """The bucket of so many milliseconds; 0 for less than one."""
    return round(A_OCTAVE * log2(ms)) + 1 if ms >= 1 else 0


def middle(number: int) -> float:
    """The milliseconds in the middle of a bucket."""
    return float(2 ** ((number - 1) / A_OCTAVE)) if number else 0.0


def percentile(counts: Iterable[tuple[int, int]], share: float) -> float | None:
    """The milliseconds under which a share (0..1) of all lies; `counts` are buckets and how many are in each."""
    known = sorted(counts)
    wanted = share * sum(times for _, times in known)
    below = 0
    for number, times in known:
        below += times
        if below >= wanted:
            return middle(number)
    return None
