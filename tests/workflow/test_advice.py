"""How a debate goes on after a round, where its definition lets the orchestrator advise."""

from __future__ import annotations

from typing import Any

import pytest

from zamaz.events.client import (
    DebateAbortRequested,
    DebateChangeRequested,
    DebatePauseRequested,
    DebateResumeRequested,
)
from zamaz.events.course import HumanRulingRequested, MoveTaken
from zamaz.events.flow import Adaptation
from zamaz.events.orchestration import NextMoveAdvised, Observation
from zamaz.events.workflow import (
    DebateCancelled,
    DebateCompleted,
    DebatePaused,
    DebateResumed,
    RequestRefused,
    RoundStarted,
    RulingRequested,
    TurnRequested,
)
from zamaz.otherwise import Change, recorded
from zamaz_workflow.again import REPLAY
from zamaz_workflow.otherwise import redecide

from workflow.running import (
    RULED,
    Tale,
    advise,
    answered,
    rule,
    running,
    wanted,
)
from workflow.table import failed, open_turns, ruled

EVERY = Adaptation(moves=("redirect", "complete", "pause", "escalate"))
GAVE_IN = Observation(of="sycophancy", participant="bob", why="it says nothing that ann had not said")


def one_round(allowed: Adaptation | None = EVERY, score: float = 0.25, **flow: Any) -> Tale:
    """A debate whose first round is argued and measured."""
    return ruled(answered(running(adaptation=allowed, **{"max_rounds": 3, **flow})), score)


def rounds(tale: Tale) -> list[tuple[int, str]]:
    return [(one.round, one.focus) for one in tale.all(RoundStarted)]


def taken(tale: Tale) -> MoveTaken:
    newest: MoveTaken = tale.all(MoveTaken)[-1]
    return newest


def test_it_is_asked_when_a_round_is_over_and_another_would_follow():
    tale = one_round()
    (ask,) = wanted(tale, "next_move")
    assert (ask.round, len(ask.turns), rounds(tale)) == (1, 2, [(1, "")])
    assert rounds(advise(tale, "continue")) == [(1, ""), (2, "")]
    tale = ruled(answered(advise(ruled(answered(advise(tale, "continue")), 0.0), "continue")), 0.0)
    assert len(tale.all(MoveTaken)) == 2
    assert [turn.step for turn in open_turns(tale)] == ["final_decision"]


@pytest.mark.parametrize("more", [{"allowed": None}, {"score": 1.0}, {"max_rounds": 1}])
def test_it_is_not_asked_where_nothing_can_come_of_it(more: dict[str, Any]):
    assert wanted(one_round(**more), "next_move") == []


def test_a_redirected_round_says_its_focus_and_so_do_its_turns():
    tale = advise(one_round(), "redirect", focus=" What does it cost? ")
    assert rounds(tale)[-1] == (2, "What does it cost?")
    assert {turn.focus for turn in open_turns(tale)} == {"What does it cost?"}
    tale = advise(ruled(answered(tale), 0.0), "continue")
    assert {turn.focus for turn in open_turns(tale)} == {""}


def test_a_retry_has_the_focus_of_its_first_attempt():
    tale = advise(one_round(), "redirect", focus="What does it cost?")
    tale = tale.when(failed(open_turns(tale)[0])).later(2).then()
    assert [turn.focus for turn in tale.all(TurnRequested) if turn.attempt] == ["What does it cost?"]


def test_a_debate_that_another_round_would_not_change_is_decided_and_says_so():
    tale = advise(one_round(), "complete", consensus_chance=0.05)
    assert [turn.step for turn in open_turns(tale)] == ["final_decision"]
    (done,) = answered(tale).later(3).then().all(DebateCompleted)
    assert (done.stop_reason, done.rounds, done.partial, done.consensus) == ("rounds", 1, False, False)
    assert done.stop_detail == (
        "another round was unlikely to change anything (the chance of a consensus in it was put at 5%): so it is"
    )


def test_before_the_rounds_that_are_wanted_no_advice_ends_it():
    tale = advise(one_round(min_rounds=2), "complete")
    assert (taken(tale).void, rounds(tale)[-1][0]) == ("at least 2 rounds are wanted", 2)
    tale = advise(ruled(answered(tale), 0.25), "complete")
    assert [turn.step for turn in open_turns(tale)] == ["final_decision"]


@pytest.mark.parametrize(
    ("move", "more", "why"),
    [
        ("redirect", {"focus": "costs"}, "the definition does not allow it"),
        ("complete", {}, "the definition does not allow it"),
        ("pause", {}, "the definition does not allow it"),
        ("escalate", {}, "the definition does not allow it"),
        ("continue", {"rung": "default"}, "nobody could say"),
    ],
)
def test_what_is_not_allowed_or_nobody_was_sure_of_is_noted_and_changes_nothing(move: Any, more: Any, why: str):
    tale = advise(one_round(Adaptation(moves=())), move, **more)
    assert (taken(tale).move, taken(tale).void, rounds(tale)[-1]) == (move, why, (2, ""))


def test_a_redirect_to_nothing_changes_nothing():
    tale = advise(one_round(), "redirect", focus=" ")
    assert (taken(tale).void, rounds(tale)[-1]) == ("it does not say to what", (2, ""))


def test_nobody_waits_for_advice_for_ever_and_a_late_one_finds_the_next_round():
    tale = one_round()
    assert tale.later(29).said() == []
    late = tale.later(31).then()
    assert (taken(late).void, rounds(late)[-1][0]) == ("nobody advised in time", 2)
    assert rounds(advise(late, "complete")) == rounds(late)


def test_what_a_rule_does_goes_before_any_advice():
    enough = rule("skip_to_final_decision", ("score", "<", 0.5))
    tale = one_round(rules=(enough,))
    assert wanted(tale, "next_move") == []
    clear = rule("request_clarification", ("score", "<", 0.5), target="initial_arguments")
    tale = one_round(rules=(clear,))
    assert wanted(tale, "next_move") == []
    clarified = {turn.turn for turn in open_turns(tale)}
    (ask,) = wanted(answered(tale), "next_move")
    assert set(ask.turns) == clarified


def test_added_rounds_are_rounds_that_are_allowed():
    more = rule("extend_debate", ("rounds_left", "<=", 0))
    tale = one_round(rules=(more,), max_rounds=1)
    assert rounds(advise(tale, "continue"))[-1][0] == 2


def test_an_advice_pauses_it_and_anybody_lets_it_go_on():
    tale = advise(one_round(), "pause", why="nobody knows the load")
    (pause,) = tale.all(DebatePaused)
    assert (pause.by, pause.why, pause.ruling) == ("the orchestrator", "nobody knows the load", taken(tale).ruling)
    assert tale.later(3600).said() == []
    tale = tale.later(5).when(DebateResumeRequested(resume="r1", requester="ann"))
    assert (tale.all(DebateResumed)[0].by, rounds(tale)[-1][0]) == ("ann", 2)
    assert len(tale.all(DebatePaused)) == 1


def test_a_resume_from_before_does_not_lift_the_pause_that_is_advised():
    tale = running(adaptation=EVERY, max_rounds=3).when(DebatePauseRequested(pause="p"))
    tale = tale.when(DebateResumeRequested(resume="r0"))
    tale = advise(ruled(answered(tale), 0.25), "pause")
    assert [one.number for one in tale.all(DebatePaused)] == [1, 2]
    assert len(tale.all(DebateResumed)) == 1
    tale = tale.when(DebateResumeRequested(resume="r1"))
    assert (len(tale.all(DebateResumed)), tale.all(RequestRefused), rounds(tale)[-1][0]) == (2, [], 2)


def test_a_debate_that_is_paused_while_advice_is_asked_for_asks_again_when_it_may():
    tale = one_round().when(DebatePauseRequested(pause="p"))
    tale = tale.later(600).then()
    assert tale.all(MoveTaken) == []
    tale = tale.when(DebateResumeRequested(resume="r"))
    first, second = wanted(tale, "next_move")
    assert first.ruling != second.ruling
    assert rounds(advise(tale, "continue"))[-1][0] == 2


def test_an_advice_that_comes_under_a_pause_is_followed_after_it():
    tale = advise(one_round().when(DebatePauseRequested(pause="p")), "redirect", focus="costs")
    assert tale.all(MoveTaken) == []
    assert rounds(tale.when(DebateResumeRequested(resume="r")))[-1] == (2, "costs")


def test_a_debate_that_is_aborted_meanwhile_takes_no_move():
    tale = one_round().when(DebateAbortRequested(by="ann"))
    assert len(tale.all(DebateCancelled)) == 1
    assert advise(tale, "redirect", focus="costs").all(MoveTaken) == []


def test_an_advice_asks_a_person():
    tale = advise(one_round(), "escalate", why="it is a matter of taste")
    (asks,) = tale.all(HumanRulingRequested)
    assert asks.why == "the orchestrator leaves it to a person: it is a matter of taste"
    assert open_turns(tale) == []


def test_fewer_rounds_while_it_is_asked_end_the_waiting():
    tale = one_round().when(DebateChangeRequested(change="c", max_rounds=1))
    assert [turn.step for turn in open_turns(tale)] == ["final_decision"]


def whole(*moves: tuple[Any, dict[str, Any]]) -> Tale:
    tale = one_round(Adaptation(moves=EVERY.moves, on_sycophancy="devils_advocate"))
    for move, more in moves:
        tale = advise(tale, move, *more.get("observed", ()), focus=more.get("focus", ""))
        if tale.state.paused:
            tale = tale.later(60).when(DebateResumeRequested(resume="r"))
        while open_turns(tale):
            tale = answered(tale)
        tale = ruled(tale, 0.25) if tale.all(RulingRequested)[-1].kind == "consensus" else tale
    return tale.later(3).then()


@pytest.mark.parametrize(
    "moves",
    [
        (("complete", {}),),
        (("redirect", {"focus": "costs"}), ("continue", {"observed": (GAVE_IN,)})),
        (("pause", {}), ("complete", {})),
    ],
)
def test_it_is_replayed_and_decided_again_as_it_was(moves: Any):
    tale = answered(whole(*moves)).later(3).then()
    assert len(tale.all(DebateCompleted)) == 1
    assert [one for one in REPLAY.differences(tale.facts) if one.field != "flow_digest"] == []
    assert redecide(tale.facts, Change(None, None)) == recorded(tale.facts)


def test_an_advice_that_came_too_late_does_so_again():
    tale = advise(one_round().later(31).then(), "complete")
    tale = advise(ruled(answered(tale), 0.25), "complete")
    tale = answered(tale).later(3).then()
    assert redecide(tale.facts, Change(None, None)) == recorded(tale.facts)
    assert tale.all(DebateCompleted)[0].rounds == 2


def test_what_nobody_was_asked_the_free_rules_advise_where_they_are_installed():
    tale = one_round(Adaptation(moves=("complete",)), score=0.8)
    tale = answered(tale).later(3).then()
    assert tale.all(DebateCompleted)[0].stop_reason == "consensus"
    stricter = Change(0.9, None)
    alone = redecide(tale.facts, stricter)
    assert (alone.state, alone.why) == ("open", "round 1 would follow: 1 questions that nobody was asked")

    def rules(move: Any) -> Any:
        return lambda _, ask: NextMoveAdvised(ruling=ask.ruling, round=ask.round, move=move, **RULED)

    ended = redecide(tale.facts, stricter, rules("complete"))
    assert (ended.state, ended.rounds, ended.consensus) == ("completed", 1, False)
    goes_on = redecide(tale.facts, stricter, rules("continue"))
    assert (goes_on.state, goes_on.why) == ("open", "round 2 would follow: 2 questions that nobody was asked")
