"""The tokens of each round, as `zamaz show` tells them."""

from __future__ import annotations

from zamaz.cli import spent
from zamaz.events.debater import ArgumentPresented, CallDiscarded, TurnFailed, Usage
from zamaz.events.orchestration import ConsensusAssessed, RulingDiscarded
from zamaz.events.workflow import RulingRequested, TurnRequested
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


def test_what_rulings_read_is_told_beside_it() -> None:
    asked = RulingRequested(ruling="r", kind="consensus", round=1, sees=2, turns=(), deadline=START)
    made = ConsensusAssessed(
        ruling="r", round=1, agreement="none", score=0.0, rung="cloud", confidence=1.0, inputs_digest="x",
        latency_ms=1, usage=Usage(input=300, output=20),
    )  # fmt: skip
    vain = RulingDiscarded(discard="d", ruling="r", rung="cloud", usage=Usage(input=100))
    facts = [turn("a", 1), answered("a", 1, Usage(input=1000, output=50)), asked, made, vain]
    heard = [record(n, fact) for n, fact in enumerate(facts, 1)]
    assert spent.told(spent.rounds(heard), spent.rulings(heard)) == [
        "tokens of round 1: 1,000 in, 50 out; rulings 400 in, 20 out"
    ]
    assert spent.told({}, spent.rulings(heard)) == ["tokens of round 1: rulings 400 in, 20 out"]
