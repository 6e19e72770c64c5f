"""The tokens that each round of a debate took, out of its facts."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from zamaz.events import Recorded
from zamaz.events.debater import ArgumentPresented, CallDiscarded, TurnFailed, Usage
from zamaz.events.orchestration import Ruling, RulingDiscarded
from zamaz.events.workflow import RulingRequested, TurnRequested

NOTHING: Mapping[int, Usage] = {}
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


def rulings(facts: Iterable[Recorded]) -> dict[int, Usage]:
    """What the rulings on each round used, of those that asked a model; what was paid in vain is in it."""
    asked: dict[str, int] = {}
    used: dict[int, Usage] = {}
    for heard in facts:
        match heard.fact:
            case RulingRequested() as wanted:
                asked[wanted.ruling] = wanted.round
            case Ruling(usage=Usage() as usage) | RulingDiscarded(usage=Usage() as usage) as fact:
                _add(used, asked.get(fact.ruling, 0), usage)
    return used


def _add(used: dict[int, Usage], round_: int, usage: Usage) -> None:
    before = used.get(round_, Usage())
    sums = {kind: getattr(before, kind) + getattr(usage, kind) for kind in COUNTED}
    used[round_] = Usage(**sums, estimated=before.estimated or usage.estimated)


def told(used: Mapping[int, Usage], ruled: Mapping[int, Usage] = NOTHING) -> list[str]:
    """A line a round; what came before the first is round 0."""
    lines = []
    for round_ in sorted({*used, *ruled}):
        counted = [(kind, known[round_]) for kind, known in (("", used), ("rulings ", ruled)) if round_ in known]
        parts = [kind + _line(usage) for kind, usage in counted if usage.input]
        lines += [f"tokens of round {round_}: {'; '.join(parts)}"] if parts else []
    return lines


def _line(usage: Usage) -> str:
    cache = [
        f"{tokens:,} {word}" for tokens, word in ((usage.cached_input, "cached"), (usage.cache_write, "kept")) if tokens
    ]
    beside = f" ({', '.join(cache)})" if cache else ""
    thought = f" ({usage.reasoning:,} of it thought)" if usage.reasoning else ""
    return f"{usage.input:,} in{beside}, {usage.output:,} out{thought}" + (", partly estimated" * usage.estimated)
