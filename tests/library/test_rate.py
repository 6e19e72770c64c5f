"""Requests and tokens a minute, booked in turn."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from zamaz.service.rate import Level, Limit, book, give_back, spread


def booked(limit: Limit, calls: list[tuple[float, int]]) -> list[tuple[float, int]]:
    """When calls go that want to go after so many seconds each, of so many tokens."""
    level, now, made = Level(), 1000.0, []
    for pause, tokens in calls:
        now += pause
        level, wait = book(level, limit, 1, tokens, now, 1e9)
        made.append((now + wait.seconds, tokens))
    return made


def test_without_a_limit_nobody_waits() -> None:
    assert book(Level(), Limit(), 1, 10**9, 1000.0, 0.0)[1].seconds == 0.0


def test_calls_go_one_by_one_when_the_bucket_is_used_up() -> None:
    times = [at - 1000.0 for at, _ in booked(spread(60, 0), [(0, 1)] * 14)]
    assert times[:10] == [0.0] * 10
    assert times[10:] == pytest.approx([1.2, 2.4, 3.6, 4.8])


def test_a_call_that_is_larger_than_the_bucket_goes_when_it_is_full_and_holds_up_the_next() -> None:
    first, second = booked(spread(0, 6000), [(0, 3000), (0, 1000)])
    assert first[0] == 1000.0
    assert second[0] - 1000.0 == pytest.approx(3000 / (5000 / 60))


def test_what_waits_too_long_books_nothing() -> None:
    limit = spread(6, 0)
    level, _ = book(Level(), limit, 1, 1, 1000.0, 1e9)
    after, wait = book(level, limit, 1, 1, 1000.0, 5.0)
    assert wait.seconds > 5.0
    assert after == level


def test_a_clock_that_runs_behind_books_no_more() -> None:
    level, _ = book(Level(), spread(60, 0), 1, 1, 1000.0, 1e9)
    behind, _ = book(level, spread(60, 0), 1, 1, 900.0, 1e9)
    assert (behind.requests, behind.at) == (2.0, 1000.0)


@given(st.lists(st.tuples(st.floats(0, 20), st.integers(1, 100)), max_size=80))
def test_in_no_minute_goes_more_than_the_limit(calls: list[tuple[float, int]]) -> None:
    limit = spread(30, 600)
    made = sorted(booked(limit, calls))
    for at, _ in made:
        within = [tokens for when, tokens in made if at <= when < at + 60 - 1e-6]
        assert len(within) <= limit.requests
        assert sum(within) <= limit.tokens


def test_a_bucket_of_a_whole_minute_lets_that_go_at_once_and_no_more() -> None:
    level, most = Level(), Limit(requests=2)
    for _ in range(2):
        level, wait = book(level, most, 1, 10, 0.0, 0.0)
        assert wait.seconds == 0
    assert book(level, most, 1, 10, 0.0, 0.0) == (level, (30.0, "requests"))
    assert book(level, most, 1, 10, 30.0, 0.0)[1].seconds == 0


def test_tokens_that_were_not_used_come_back_and_more_than_expected_counts() -> None:
    most = Limit(tokens=100)
    level, _ = book(Level(), most, 1, 80, 0.0, 0.0)
    assert book(level, most, 1, 80, 0.0, 0.0)[1].of == "tokens"
    assert book(give_back(level, most, 0, 70, 0.0), most, 1, 80, 0.0, 0.0)[1].seconds == 0
    assert book(give_back(level, most, 0, -20, 0.0), most, 1, 1, 0.0, 0.0)[1].seconds


@given(st.lists(st.tuples(st.floats(0, 5), st.integers(1, 3)), max_size=80))
def test_a_minute_never_sees_more_than_twice_what_a_whole_bucket_holds(calls: list[tuple[float, int]]) -> None:
    level, most, now = Level(), Limit(requests=10), 0.0
    let: list[tuple[float, int]] = []
    for pause, some in calls:
        now += pause
        level, wait = book(level, most, some, 0, now, 0.0)
        let += [] if wait.seconds else [(now, some)]
    for at, _ in let:
        assert sum(some for then, some in let if at <= then < at + 60) <= 20


def test_a_clock_that_was_set_back_gives_nothing_back() -> None:
    level, _ = book(Level(), Limit(requests=1), 1, 0, 1000.0, 0.0)
    assert book(level, Limit(requests=1), 1, 0, 10.0, 0.0)[1].seconds
