"""Requests and tokens a minute, booked in turn."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from zamaz_debater.rate import Level, Limit, book


def booked(limit: Limit, calls: list[tuple[float, int]]) -> list[tuple[float, int]]:
    """When calls go that want to go after so many seconds each, of so many tokens."""
    level, now, made = Level(), 1000.0, []
    for pause, tokens in calls:
        now += pause
        level, wait = book(level, limit, tokens, now, 1e9)
        made.append((now + wait, tokens))
    return made


def test_without_a_limit_nobody_waits() -> None:
    assert book(Level(), Limit(), 10**9, 1000.0, 0.0)[1] == 0.0


def test_calls_go_one_by_one_when_the_bucket_is_used_up() -> None:
    times = [at - 1000.0 for at, _ in booked(Limit(requests=60), [(0, 1)] * 14)]
    assert times[:10] == [0.0] * 10
    assert times[10:] == pytest.approx([1.2, 2.4, 3.6, 4.8])


def test_a_call_that_is_larger_than_the_bucket_goes_when_it_is_full_and_holds_up_the_next() -> None:
    first, second = booked(Limit(tokens=6000), [(0, 3000), (0, 1000)])
    assert first[0] == 1000.0
    assert second[0] - 1000.0 == pytest.approx(3000 / (5000 / 60))


def test_what_waits_too_long_books_nothing() -> None:
    limit = Limit(requests=6)
    level, _ = book(Level(), limit, 1, 1000.0, 1e9)
    after, wait = book(level, limit, 1, 1000.0, 5.0)
    assert wait > 5.0
    assert after == level


def test_a_clock_that_runs_behind_books_no_more() -> None:
    level, _ = book(Level(), Limit(requests=60), 1, 1000.0, 1e9)
    behind, _ = book(level, Limit(requests=60), 1, 900.0, 1e9)
    assert (behind.requests, behind.at) == (2.0, 1000.0)


@given(st.lists(st.tuples(st.floats(0, 20), st.integers(1, 100)), max_size=80))
def test_in_no_minute_goes_more_than_the_limit(calls: list[tuple[float, int]]) -> None:
    limit = Limit(requests=30, tokens=600)
    made = sorted(booked(limit, calls))
    for at, _ in made:
        within = [tokens for when, tokens in made if at <= when < at + 60 - 1e-6]
        assert len(within) <= limit.requests
        assert sum(within) <= limit.tokens
