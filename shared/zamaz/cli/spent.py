"""The tokens that each round of a debate took, out of its facts."""

from __future__ import annotations

from collections.abc import Iterable

from zamaz.events import Recorded
from zamaz.events.debater import ArgumentPresented, CallDiscarded, TurnFailed, Usage
from zamaz.events.workflow import TurnRequested

COUNTED = ("input", "cached_input", "cache_write", "output", "reasoning")


def rounds(facts: Iterable[Recorded]) -> dict[int, Usage]:
    """What the turns of each round used, as far as it was counted or estimated; retries and calls in vain are in it."""
    asked: dict[str, int] = {}
    used: dict[int, Usage] = {}
    for heard in facts:
        match heard.fact:
            case TurnRequested() as turn:
                asked[turn.turn] = turn.round
            case ArgumentPresented(usage=Usage() as usage) | TurnFailed(usage=Usage() as usage) as fact:
                _add(used, asked.get(fact.turn, 0), usage)
            case CallDiscarded(usage=Usage() as usage) as fact:
                _add(used, asked.get(fact.turn, 0), usage)
    return used


def _add(used: dict[int, Usage], round_: int, usage: Usage) -> None:
    before = used.get(round_, Usage())
    sums = {kind: getattr(before, kind) + getattr(usage, kind) for kind in COUNTED}
    used[round_] = Usage(**sums, estimated=before.estimated or usage.estimated)


def told(used: dict[int, Usage]) -> list[str]:
    """A line a round."""
    return [f"tokens of round {round_}: {_line(usage)}" for round_, usage in sorted(used.items()) if usage.input]


def _line(usage: Usage) -> str:
    cache = [
        f"{tokens:,} {word}" for tokens, word in ((usage.cached_input, "cached"), (usage.cache_write, "kept")) if tokens
    ]
    beside = f" ({', '.join(cache)})" if cache else ""
    thought = f" ({usage.reasoning:,} of it thought)" if usage.reasoning else ""
    return f"{usage.input:,} in{beside}, {usage.output:,} out{thought}" + (", partly estimated" * usage.estimated)
