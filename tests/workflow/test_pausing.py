from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from decimal import Decimal

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from zamaz.events import Malformed, Recorded, decode
from zamaz.events.client import (
    DebateAbortRequested,
    DebatePauseRequested,
    DebateRequested,
    DebateResumeRequested,
)
from zamaz.events.cost import DebateBilled
from zamaz.events.workflow import (
    ConsensusReached,
    DebateCancelled,
    DebateCompleted,
    DebatePaused,
    DebateResumed,
    ParticipantLeft,
    RoundStarted,
    RulingRequested,
    TurnRequested,
)
from zamaz.testing import DEBATE, START, Story, types
from zamaz_workflow.debate import Debate
from zamaz_workflow.seating import World

from workflow.table import all_answer, answer, asked, failed, open_turns, ruled, story

BILL = DebateBilled(cost_usd=Decimal(0), calls=1)


def pause(key: str = "p1", **more: str) -> DebatePauseRequested:
    return DebatePauseRequested(pause=key, **more)


def resume(key: str = "r1", **more: str) -> DebateResumeRequested:
    return DebateResumeRequested(resume=key, **more)


def heard(tale: Story[Debate, World], subject: str, body: bytes) -> Story[Debate, World]:
    """What a stranger published arrives, whatever it is, and is answered."""
    found = Recorded(len(tale.facts) + 1, DEBATE, "client", decode(subject, body), START.isoformat())
    return replace(tale, facts=(*tale.facts, found)).then()


def test_a_pause_says_who_asked_for_it_and_what_is_still_in_flight():
    tale = asked()
    opus, mini = open_turns(tale)
    tale = tale.when(answer(mini)).later(5).when(pause(requester="ann", why="lunch"))
    (paused,) = tale.all(DebatePaused)
    assert (paused.number, paused.pause, paused.by, paused.why) == (1, "p1", "ann", "lunch")
    assert (paused.turns, paused.since) == ((opus.turn,), START + timedelta(seconds=5))


def test_answers_in_flight_are_kept_and_nothing_follows_from_them_until_the_resume():
    tale = all_answer(asked().when(pause()))
    assert tale.all(RulingRequested) == []
    assert len(tale.state.answers) == 2
    assert types(tale.given(resume()).said()) == ["DebateResumed", "RulingRequested"]


def test_a_failure_in_flight_is_not_tried_again_before_the_resume():
    tale = asked().when(pause())
    tale = tale.when(failed(open_turns(tale)[0])).later(20)
    assert tale.said() == []
    assert types(tale.given(resume()).said()) == ["DebateResumed", "TurnRequested"]


def test_a_seat_that_cannot_speak_any_more_leaves_at_the_resume():
    tale = asked(participants=("opus", "mini", "nano")).when(pause())
    tale = tale.when(failed(open_turns(tale)[0], "auth", retryable=False))
    assert tale.all(ParticipantLeft) == []
    assert len(tale.when(resume()).all(ParticipantLeft)) == 1


def test_a_ruling_in_flight_is_taken_and_its_consequences_wait():
    tale = ruled(all_answer(asked()).when(pause()), 1.0)
    assert tale.all(ConsensusReached) == []
    assert types(tale.given(resume()).said()) == ["DebateResumed", "ConsensusReached", "TurnRequested"]


def test_the_deciding_turn_in_flight_is_kept_and_the_decision_waits():
    tale = ruled(all_answer(asked()), 1.0).when(pause())
    tale = all_answer(tale)
    assert tale.said() == []
    (done,) = tale.when(resume(), BILL).all(DebateCompleted)
    assert (done.stop_reason, done.partial) == ("consensus", False)


def test_pausing_a_paused_debate_and_resuming_a_running_one_say_nothing():
    tale = asked().when(resume("r0"), pause("p1"), pause("p2"))
    assert [paused.pause for paused in tale.all(DebatePaused)] == ["p1"]
    tale = tale.when(resume("r1"), resume("r2"))
    assert [resumed.resume for resumed in tale.all(DebateResumed)] == ["r1"]


def test_a_debate_is_paused_and_resumed_as_often_as_wished():
    tale = asked().when(pause("p1"), resume("r1"), pause("p2"), resume("r2"))
    assert [(p.number, p.pause) for p in tale.all(DebatePaused)] == [(1, "p1"), (2, "p2")]
    assert [(r.number, r.resume) for r in tale.all(DebateResumed)] == [(1, "r1"), (2, "r2")]


def test_of_two_pauses_at_once_the_first_in_the_log_is_honoured():
    tale = asked().given(pause("p1", requester="ann"), pause("p2", requester="bob")).then()
    assert [(p.pause, p.by) for p in tale.all(DebatePaused)] == [("p1", "ann")]


@pytest.mark.parametrize(
    ("unheard", "said"),
    [
        ((pause("p1"), resume("r1")), []),
        ((resume("r1"), pause("p1")), ["DebatePaused", "RequestRefused"]),
        ((pause("p1"), resume("r1"), pause("p2")), ["DebatePaused"]),
        ((pause("p1"), DebateAbortRequested()), ["DebateCancelled"]),
        ((DebateAbortRequested(), pause("p1"), resume("r1")), ["DebateCancelled"]),
    ],
)
def test_of_unheard_wishes_the_logs_order_decides_and_an_abort_beats_them_all(unheard, said):
    assert types(asked().given(*unheard).said()) == said


@pytest.mark.parametrize(
    ("unheard", "said"),
    [
        ((resume("r1"), pause("p2")), []),
        ((pause("p2"), resume("r1")), ["DebateResumed"]),
        ((resume("r1"), DebateAbortRequested()), ["DebateCancelled"]),
    ],
)
def test_so_it_is_with_unheard_wishes_on_a_paused_debate(unheard, said):
    assert types(asked().when(pause("p1")).given(*unheard).said()) == said


def test_a_pause_holds_that_stands_before_the_start_or_even_before_the_request():
    for unheard in ((DebateRequested(question="q"), pause()), (pause(), DebateRequested(question="q"))):
        tale = story().given(*unheard)
        assert types(tale.said()) == ["DebateStarted", "DebatePaused"]
        tale = tale.then().later(3600)
        assert tale.said() == []
        assert types(tale.given(resume()).said())[:2] == ["DebateResumed", "RoundStarted"]


def test_a_request_that_cannot_become_a_debate_is_refused_under_a_pause_too():
    assert types(story().given(DebateRequested(question=" "), pause()).said()) == ["DebateRejected"]


def test_an_abort_ends_a_paused_debate_without_a_resume():
    tale = asked().when(pause(), DebateAbortRequested(by="ann"))
    assert (len(tale.all(DebateCancelled)), tale.all(DebateResumed)) == (1, [])
    assert tale.given(resume()).said() == []


def test_a_pause_after_the_decision_comes_too_late():
    tale = all_answer(ruled(all_answer(asked()), 1.0)).when(pause(), BILL)
    assert (tale.all(DebatePaused), len(tale.all(DebateCompleted))) == ([], 1)


@pytest.mark.parametrize("name", ["DebatePauseRequested.k1", "DebatePauseRequested", "DebatePauseRequested.a.b"])
def test_a_pause_that_cannot_be_read_is_a_pause(name: str):
    tale = asked().when(Malformed(f"evt.client.d1.{name}", "the body is empty", 0))
    assert len(tale.all(DebatePaused)) == 1
    tale = tale.when(Malformed("evt.client.d1.DebateResumeRequested.k2", "the body is empty", 0))
    assert [resumed.resume for resumed in tale.all(DebateResumed)] == ["k2"]


def test_a_key_that_a_stranger_uses_twice_or_leaves_out_stops_nothing():
    tale = asked()
    for n, body in enumerate((b"{}", b'{"pause": "no token!"}', b'{"pause": "no token!"}')):
        tale = heard(tale, f"evt.client.d1.DebatePauseRequested.p{n}", body)
        tale = heard(tale, f"evt.client.d1.DebateResumeRequested.r{n}", b"{}")
    assert [(p.number, p.pause) for p in tale.all(DebatePaused)] == [(1, ""), (2, "no token!"), (3, "no token!")]
    assert len(tale.all(DebateResumed)) == 3


def test_after_pauses_at_every_turn_the_debate_ends_as_it_would_have():
    tale, n = asked(), 0
    for _ in range(2):
        for turn in open_turns(tale):
            n += 1
            tale = tale.when(pause(f"p{n}"), answer(turn)).later(15).when(resume(f"r{n}"))
        tale = ruled(tale.when(pause(f"q{n}")), 0.0).later(3600).when(resume(f"s{n}"))
    tale = all_answer(tale).when(BILL)
    (done,) = tale.all(DebateCompleted)
    assert (done.rounds, done.stop_reason, done.partial) == (2, "rounds", False)
    assert len(tale.all(RoundStarted)) == 2
    assert [seat.failures for seat in done.participants] == [0, 0]
    assert len(tale.all(TurnRequested)) == 5


WISHES = st.lists(st.sampled_from((DebatePauseRequested, DebateResumeRequested)), max_size=8)


@settings(deadline=None)
@given(WISHES, st.data())
def test_whenever_they_are_heard_the_last_wish_counts_and_every_pause_is_lifted_once(wishes, data):
    tale = asked()
    for n, wish in enumerate(wishes):
        tale = tale.given(wish(pause=f"k{n}") if wish is DebatePauseRequested else wish(resume=f"k{n}")).later(1)
        tale = tale.then() if data.draw(st.booleans()) else tale
    tale = tale.then()
    pauses, resumes = tale.all(DebatePaused), tale.all(DebateResumed)
    assert (tale.state.paused is not None) == bool(wishes and wishes[-1] is DebatePauseRequested)
    assert [p.number for p in pauses] == list(range(1, len(pauses) + 1))
    assert [r.number for r in resumes] == list(range(1, len(pauses) + (tale.state.paused is None)))
    assert sum(r.paused_s for r in resumes) <= len(wishes)
