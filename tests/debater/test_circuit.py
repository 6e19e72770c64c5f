"""When a provider in trouble is left alone, and how it comes back."""

from __future__ import annotations

import pytest

from zamaz.definition.models import CircuitSpec
from zamaz.events.debater import FailureKind, TurnFailed
from zamaz_debater.circuit import PROBE_S, Circuit, admit, ended

from debater.table import argued

SPEC = CircuitSpec(failures=3, pause=10, longest=60)
NOW = 1000.0
CLOSED = Circuit()


def fails(kind: FailureKind = "provider_error", call: str = "t1-1", after: float | None = None) -> TurnFailed:
    return TurnFailed(turn="t1", call=call, kind=kind, why="w", retryable=True, retry_after_s=after)


def after(*made: TurnFailed, begun: Circuit = CLOSED, now: float = NOW) -> Circuit:
    for one in made:
        begun = ended(begun, one, SPEC, now)
    return begun


def test_failures_in_a_row_open_it_and_an_answer_between_them_does_not_count() -> None:
    assert after(fails(), fails()).until == 0
    assert after(fails(), fails(), fails()).until == NOW + 10
    assert ended(after(fails(), fails()), argued("t2", "ann"), SPEC, NOW) == Circuit()


@pytest.mark.parametrize("kind", ["unreachable", "timeout", "rate_limited", "provider_error"])
def test_the_provider_s_own_trouble_counts(kind: FailureKind) -> None:
    assert after(*[fails(kind)] * 3).until > NOW


@pytest.mark.parametrize("kind", ["auth", "bad_request", "refused", "filtered", "not_found", "empty"])
def test_a_no_shows_that_it_works(kind: FailureKind) -> None:
    assert after(fails(), fails(), fails(kind)) == Circuit()


@pytest.mark.parametrize("kind", ["cancelled", "internal", "context_too_large", "not_configured"])
def test_our_own_doing_says_nothing(kind: FailureKind) -> None:
    assert after(fails(), fails(), fails(kind)) == after(fails(), fails())


def test_what_may_be_the_model_s_own_doing_says_nothing_and_lets_another_one_try() -> None:
    two = after(fails(), fails())
    assert ended(two, fails(), SPEC, NOW, unclear=True) == two
    trying, _ = admit(after(*[fails()] * 3), "t1-1", NOW + 11)
    left = ended(trying, fails(), SPEC, NOW + 12, unclear=True)
    assert left.until == trying.until
    assert admit(left, "b", NOW + 12)[1] == 0


def test_the_provider_s_own_word_opens_it_at_once_and_is_kept_within_bounds() -> None:
    assert after(fails("rate_limited", after=7)).until == NOW + 7
    assert after(fails("rate_limited", after=3600)).until == NOW + 60


def test_a_wait_that_it_names_is_no_step_of_the_doubling() -> None:
    told = after(fails("rate_limited", after=1))
    trying, _ = admit(told, "t1-1", NOW + 2)
    in_vain = ended(trying, fails(), SPEC, NOW + 2)
    assert in_vain.until == NOW + 2 + 10
    trying, _ = admit(in_vain, "t1-1", NOW + 13)
    third = ended(trying, fails(), SPEC, NOW + 13)
    assert third.until == NOW + 13 + 10
    trying, _ = admit(third, "t1-1", NOW + 24)
    told_again = ended(trying, fails("rate_limited", after=3), SPEC, NOW + 24)
    assert told_again.until == NOW + 24 + 3
    trying, _ = admit(told_again, "t1-1", NOW + 28)
    assert ended(trying, fails(), SPEC, NOW + 28).until == NOW + 28 + 20


def test_while_it_is_open_nobody_calls_and_then_one_tries() -> None:
    open_ = after(fails(), fails(), fails())
    assert admit(open_, "a", NOW + 4) == (open_, 6.0)
    trying, wait = admit(open_, "a", NOW + 11)
    assert wait == 0
    assert admit(trying, "b", NOW + 12)[1] > 0
    assert admit(trying, "a", NOW + 12)[1] == 0
    assert admit(trying, "b", NOW + 11 + PROBE_S)[1] == 0


def test_it_closes_with_the_first_answer_and_opens_for_longer_with_another_failure() -> None:
    trying, _ = admit(after(fails(), fails(), fails()), "t1-1", NOW + 11)
    assert ended(trying, argued("t1", "ann"), SPEC, NOW + 12) == Circuit()
    again = ended(trying, fails(), SPEC, NOW + 12)
    assert again.until == NOW + 12 + 20
    third, _ = admit(again, "t1-1", NOW + 40)
    fourth = ended(third, fails(), SPEC, NOW + 40)
    assert fourth.until == NOW + 40 + 40
    fifth, _ = admit(fourth, "t1-1", NOW + 90)
    assert ended(fifth, fails(), SPEC, NOW + 90).until == NOW + 90 + 60


def test_what_was_in_the_air_when_it_opened_does_not_open_it_for_longer() -> None:
    open_ = after(fails(), fails(), fails())
    late = after(fails(call="t9-1"), begun=open_, now=NOW + 3)
    assert (late.until, late.times) == (open_.until, 1)


def test_a_try_that_ends_in_nothing_lets_another_one() -> None:
    trying, _ = admit(after(fails(), fails(), fails()), "t1-1", NOW + 11)
    left = ended(trying, fails("cancelled"), SPEC, NOW + 12)
    assert admit(left, "b", NOW + 12)[1] == 0
