"""Whether a turn is called, waited for or left alone."""

from __future__ import annotations

from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from zamaz.events import Fact, Malformed
from zamaz.events.client import DebateAbortRequested
from zamaz.events.debater import CallDiscarded
from zamaz.events.flow import Seat
from zamaz.events.workflow import DebateCancelled, DebateFailed, DebateRejected, StepTimedOut
from zamaz.testing import START
from zamaz_debater import ends, turn
from zamaz_debater.turn import Call, Done, Look

from debater.table import REQUEST, argued, asked, called, debate, decided, failed, started

LATE = StepTimedOut(round=1, step="initial_arguments", turns=("t1",))
GONE = CallDiscarded(call="t1-1", turn="t1", provider="script", model="agree")
ENDINGS: list[Fact] = [
    DebateCancelled(),
    DebateFailed(stop_reason="failure", why="nobody answers"),
    DebateRejected(reason="malformed", why="no question"),
]


def test_a_turn_that_nobody_has_taken_is_called() -> None:
    assert decided(asked()) == Call(1)


@pytest.mark.parametrize("answer", [argued("t1", "opus"), argued("t1", "opus", None), failed("t1")])
def test_an_answered_turn_is_left_alone_whatever_the_answer(answer: Fact) -> None:
    assert decided(asked(), called("t1"), answer) == Done("answered")


def test_the_answer_of_another_turn_changes_nothing() -> None:
    assert decided(asked(), called("t2"), argued("t2", "gemini")) == Call(1)


def test_a_turn_that_was_asked_again_is_left_to_its_retry() -> None:
    assert decided(asked(), asked("t2", retries="t1")) == Done("superseded by a retry")


def test_the_retry_itself_is_called() -> None:
    assert decided(asked("t2", retries="t1"), asked(), failed("t1")) == Call(1)


def test_a_turn_that_was_given_up_is_left_alone() -> None:
    assert decided(asked(), LATE) == Done("given up by StepTimedOut")


@pytest.mark.parametrize("ending", ENDINGS)
def test_nothing_is_bought_for_a_debate_that_is_over(ending: Fact) -> None:
    assert isinstance(decided(asked(), ending), Done)


def test_nothing_is_bought_once_somebody_wants_to_abort() -> None:
    assert decided(asked(), DebateAbortRequested()) == Done("the debate is cancelled")


def test_nothing_is_bought_past_the_deadline() -> None:
    turn_asked = asked()
    assert decided(turn_asked, now=turn_asked.deadline) == Done("past its deadline")
    assert decided(turn_asked, now=turn_asked.deadline - timedelta(milliseconds=1)) == Call(1)


def test_a_call_that_stands_is_looked_at() -> None:
    assert decided(asked(), called("t1", by="other")) == Look("other", 1)


def test_the_newest_takeover_counts_in_whatever_order_it_is_read() -> None:
    first, second = called("t1", 1, "one"), called("t1", 10, "two")
    assert decided(asked(), first, second) == decided(asked(), second, first) == Look("two", 10)


def test_an_end_outweighs_a_call_that_stands() -> None:
    assert decided(asked(), called("t1"), DebateCancelled()) == Done("the debate is cancelled")


@pytest.mark.parametrize("end", [argued("t1", "opus"), replace(failed("t1"), call="t1-1"), GONE])
def test_a_call_is_unended_until_it_is_said_what_became_of_it(end: Fact) -> None:
    begun = called("t1")
    assert turn.unended(debate(asked()), asked()) is None
    assert turn.unended(debate(asked(), begun, DebateCancelled()), asked()) == begun
    assert turn.unended(debate(asked(), begun, end), asked()) is None
    assert turn.unended(debate(asked(), end, begun), asked()) is None


def test_the_end_of_an_earlier_call_leaves_the_newest_unended() -> None:
    newest = called("t1", 2, "two")
    assert turn.unended(debate(asked(), called("t1"), newest, argued("t1", "opus")), asked()) == newest


def test_a_fact_that_cannot_be_read_changes_nothing() -> None:
    assert debate(Malformed("evt.client.d1.DebateRequested", "no JSON", 3)) == debate()


FACTS: list[Fact] = [
    REQUEST,
    started(),
    asked(),
    asked("t2", retries="t1"),
    called("t1"),
    called("t1", 2, "two"),
    argued("t1", "opus"),
    failed("t2"),
    LATE,
    DebateCancelled(),
]


@given(st.permutations(FACTS))
def test_evolve_takes_facts_in_every_order(facts: list[Fact]) -> None:
    d = debate(*facts)
    assert d.answered == {"t1", "t2"}
    assert d.calls["t1"].by == "two"
    assert isinstance(turn.decide(d, asked(), START), Done)


RESERVE = Seat(participant="haiku", provider="elsewhere", model="haiku-1")


def test_another_voice_is_a_reserve_at_another_provider_that_was_not_asked_yet():
    start = replace(started(), reserves=(RESERVE,))
    assert turn.has_another_voice(debate(REQUEST, start, asked()), asked())
    assert not turn.has_another_voice(debate(REQUEST, started(), asked()), asked())
    at_home = replace(start, reserves=(replace(RESERVE, provider="script"),))
    assert not turn.has_another_voice(debate(REQUEST, at_home, asked()), asked())
    tried = asked("t2", provider="elsewhere", model="haiku-1", attempt=1, retries="t1")
    last = asked("t3", attempt=2, retries="t2")
    d = debate(REQUEST, start, asked(), tried, last)
    assert not turn.has_another_voice(d, last)
    assert turn.has_another_voice(d, asked("t4", round=2))
    assert not turn.has_another_voice(d, asked("t5", round=2, sums_up=1))


OPEN = START + timedelta(seconds=90)
AT_ITS_DEADLINE = START + timedelta(seconds=59.5)


def test_of_a_turn_whose_time_ends_before_the_circuit_closes_it_is_said_shortly_before_that_nobody_was_asked():
    d = debate(REQUEST, started(), asked())
    assert turn.let_go_at(d, asked(), START, OPEN) == AT_ITS_DEADLINE
    assert turn.let_go_at(d, asked(), AT_ITS_DEADLINE, START + timedelta(seconds=60)) == AT_ITS_DEADLINE
    told = ends.shut_out(asked(), AT_ITS_DEADLINE, OPEN)
    assert (told.kind, told.call, told.usage, told.retry_after_s) == ("circuit_open", "", None, 30.5)
    assert told.why == f"nobody was asked: the circuit of script is open until {OPEN.isoformat()}"


def test_a_turn_that_can_still_be_asked_when_the_circuit_closes_waits():
    assert turn.let_go_at(debate(REQUEST, started(), asked()), asked(), START, START + timedelta(seconds=59)) is None


@pytest.mark.parametrize("fact", [called("t1"), argued("t1", "opus"), failed("t1"), LATE, DebateCancelled()])
def test_of_a_turn_that_was_called_or_need_not_be_nothing_is_said(fact: Fact):
    d = debate(REQUEST, started(), asked(), fact)
    assert turn.let_go_at(d, asked(), AT_ITS_DEADLINE, OPEN) is None
    assert turn.let_go_at(debate(REQUEST, started(), asked()), asked(), START + timedelta(seconds=60), OPEN) is None


def test_where_another_voice_can_speak_it_is_let_go_at_once_but_not_when_the_circuit_is_about_to_close():
    d = debate(REQUEST, replace(started(), reserves=(RESERVE,)), asked())
    assert turn.let_go_at(d, asked(), START, OPEN) == START
    assert turn.let_go_at(d, asked(), START, START + timedelta(seconds=40)) == START
    assert turn.let_go_at(d, asked(), START, START + timedelta(seconds=1)) is None
