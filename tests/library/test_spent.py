"""The tokens of each round, as `zamaz show` tells them."""

from __future__ import annotations

from zamaz.cli import spent
from zamaz.events.debater import ArgumentPresented, CallDiscarded, TurnFailed, Usage
from zamaz.events.workflow import TurnRequested
from zamaz.testing import START, record


def turn(name: str, round_: int) -> TurnRequested:
    return TurnRequested(turn=name, round=round_, step="s", participant="ann", provider="p", model="m", deadline=START)


def answered(name: str, round_: int, usage: Usage) -> ArgumentPresented:
    return ArgumentPresented(
        turn=name, call=f"{name}-1", round=round_, participant="ann", argument="A.", provider="p", model="m",
        latency_ms=1, usage=usage,
    )  # fmt: skip


def test_all_that_a_round_took_is_summed_retries_and_vain_calls_too() -> None:
    facts = [
        turn("a", 1),
        turn("b", 2),
        answered("a", 1, Usage(input=1000, cached_input=200, output=50)),
        TurnFailed(turn="b", kind="timeout", why="slow", retryable=True, usage=Usage(input=500, estimated=True)),
        CallDiscarded(call="b-2", turn="b", provider="p", model="m", usage=Usage(input=700, cache_write=600, output=9)),
        answered("b", 2, Usage(input=1000, output=80, reasoning=30)),
    ]
    used = spent.rounds(record(n, fact) for n, fact in enumerate(facts, 1))
    assert used[2] == Usage(input=2200, cache_write=600, output=89, reasoning=30, estimated=True)
    assert spent.told(used) == [
        "tokens of round 1: 1,000 in (200 cached), 50 out",
        "tokens of round 2: 2,200 in (600 kept), 89 out (30 of it thought), partly estimated",
    ]


def test_what_counts_no_tokens_has_no_line() -> None:
    used = spent.rounds([record(1, turn("a", 1)), record(2, answered("a", 1, Usage()))])
    assert spent.told(used) == []
