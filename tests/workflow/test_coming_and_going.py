from __future__ import annotations

from dataclasses import replace
from decimal import Decimal

import pytest
from msgspec import structs

from zamaz.alive import Reach
from zamaz.events import Malformed
from zamaz.events.client import (
    DebatePauseRequested,
    DebateRequested,
    DebateResumeRequested,
    ParticipantDismissed,
    ParticipantInvited,
)
from zamaz.events.cost import DebateBilled
from zamaz.events.workflow import (
    ConsensusReached,
    DebateCompleted,
    DebateStarted,
    ParticipantJoined,
    ParticipantLeft,
    RequestRefused,
    RoundStarted,
    RulingRequested,
    TurnRequested,
)
from zamaz.testing import START, Story, types
from zamaz_workflow.debate import Debate
from zamaz_workflow.decide import wake
from zamaz_workflow.seating import World

from workflow.running import CHECK, FINAL, INITIAL, answered, running, seats, step
from workflow.table import all_answer, answer, asked, failed, open_turns, ruled, story

BILL = DebateBilled(cost_usd=Decimal(0), calls=1)
Tale = Story[Debate, World]


def invite(key: str = "i1", model: str = "nano", **more: str) -> ParticipantInvited:
    return ParticipantInvited(invite=key, model=model, **more)


def dismiss(participant: str, key: str = "x1", **more: str) -> ParticipantDismissed:
    return ParticipantDismissed(dismissal=key, participant=participant, **more)


def refusal(tale: Tale) -> str:
    (refused,) = tale.all(RequestRefused)
    return str(refused.why)


def three(**more: object) -> Tale:
    return asked(participants=("opus", "mini", "nano"), **more)


def last_round(tale: Tale) -> list[TurnRequested]:
    return [turn for turn in tale.all(TurnRequested) if turn.round == tale.state.rounds]


def test_a_newcomer_gets_the_next_seat_and_it_is_on_record_who_asked_and_what_it_saw():
    tale = asked().when(invite(name="third", role="expert", stance="against", requester="ann", why="one more view"))
    (joined,) = tale.all(ParticipantJoined)
    assert (joined.seat, joined.since, joined.missed, joined.invite) == (2, 2, (), "i1")
    assert (joined.by, joined.why, joined.sees) == ("ann", "one more view", len(asked().facts) + 1)
    assert (joined.who.participant, joined.who.model, joined.who.role, joined.who.stance) == (
        "third", "nano-1", "expert", "against",
    )  # fmt: skip


def test_a_newcomer_takes_part_from_the_next_round_where_all_steps_of_this_one_are_asked():
    tale = asked().when(invite())
    assert [turn.participant for turn in open_turns(tale)] == ["opus", "mini"]
    tale = ruled(all_answer(tale), 0.0)
    assert {turn.participant: turn.labels for turn in open_turns(tale)} == {
        "opus": {"B": "mini", "C": "nano"},
        "mini": {"A": "opus", "C": "nano"},
        "nano": {"A": "opus", "B": "mini"},
    }
    tale = all_answer(tale)
    assert len(tale.all(RulingRequested)[-1].turns) == 3
    (done,) = all_answer(ruled(tale, 1.0)).when(BILL).all(DebateCompleted)
    assert [seat.participant for seat in done.participants] == ["opus", "mini", "nano"]
    assert not done.partial


def test_a_newcomer_takes_part_in_a_step_of_this_round_that_was_not_asked_yet():
    tale = asked(workflow="with_counter").when(invite(model="cheap/other"))
    assert tale.all(ParticipantJoined)[0].missed == ("initial_arguments",)
    tale = all_answer(tale)
    assert {turn.participant: turn.step for turn in open_turns(tale)} == dict.fromkeys(
        ("opus", "mini", "nano", "cheap/other"), "counter_arguments"
    )


def test_before_the_first_round_a_newcomer_is_there_from_the_beginning():
    tale = story().given(DebateRequested(question="q"), DebatePauseRequested(pause="p")).then()
    tale = tale.when(invite()).when(DebateResumeRequested(resume="r"))
    assert [(turn.participant, turn.labels) for turn in open_turns(tale)] == [("opus", {}), ("mini", {}), ("nano", {})]


def test_a_newcomer_without_a_name_bears_its_models_and_a_number():
    tale = asked().when(invite("i1", "opus"), invite("i2", "opus"))
    assert [joined.who.participant for joined in tale.all(ParticipantJoined)] == ["opus-2", "opus-3"]
    assert [joined.seat for joined in tale.all(ParticipantJoined)] == [2, 3]


def test_of_two_invitations_to_one_name_the_first_in_the_log_is_honoured():
    tale = asked().given(invite("i1", name="third"), invite("i2", name="third")).then()
    assert [joined.invite for joined in tale.all(ParticipantJoined)] == ["i1"]
    assert [refused.request for refused in tale.all(RequestRefused)] == ["i2"]
    assert "taken" in refusal(tale)


def test_who_is_dismissed_is_asked_nothing_more_and_its_position_is_out_of_the_mean_and_the_quorum():
    tale = three()
    opus, mini, nano = open_turns(tale)
    tale = tale.when(answer(nano), dismiss("nano", requester="ann", why="off topic"), answer(opus), answer(mini))
    (gone,) = tale.all(ParticipantLeft)
    assert (gone.seat, gone.participant, gone.dismissal, gone.by, gone.why) == (2, "nano", "x1", "ann", "off topic")
    assert tale.all(RulingRequested)[-1].turns == (opus.turn, mini.turn)
    tale = ruled(tale, 0.0)
    assert [(turn.participant, turn.labels) for turn in last_round(tale)] == [
        ("opus", {"B": "mini"}),
        ("mini", {"A": "opus"}),
    ]
    (done,) = all_answer(ruled(all_answer(tale), 1.0)).when(BILL).all(DebateCompleted)
    assert (done.partial, [seat.participant for seat in done.participants]) == (False, ["opus", "mini", "nano"])


def test_the_running_turn_of_a_dismissed_seat_is_kept_and_not_waited_for():
    tale = three()
    opus, mini, nano = open_turns(tale)
    tale = tale.when(answer(opus), answer(mini))
    assert tale.all(RulingRequested) == []
    tale = tale.when(dismiss("nano"))
    assert tale.all(RulingRequested)[-1].turns == (opus.turn, mini.turn)
    tale = tale.when(answer(nano))
    assert (nano.turn in tale.state.answers, len(tale.all(RulingRequested))) == (True, 1)


def test_a_ruling_that_is_under_way_over_a_dismissed_position_is_asked_for_again():
    tale = all_answer(three()).when(dismiss("opus"))
    first, second = tale.all(RulingRequested)
    assert (len(first.turns), len(second.turns), first.ruling != second.ruling) == (3, 2, True)
    tale = ruled(tale, 1.0)
    assert tale.all(ConsensusReached)[0].ruling == second.ruling


def test_labels_do_not_shift_when_somebody_leaves_and_somebody_comes():
    tale = all_answer(asked(workflow="with_counter")).when(dismiss("opus"), invite(name="late"))
    tale = ruled(all_answer(tale), 0.0)
    assert {turn.participant: turn.labels for turn in last_round(tale)} == {
        "mini": {"C": "nano", "D": "late"},
        "nano": {"B": "mini", "D": "late"},
        "late": {"B": "mini", "C": "nano"},
    }


def test_who_replaces_another_takes_over_role_and_deciding_and_reads_what_was_said_from_the_seat():
    tale = asked(workflow="with_counter")
    mini = open_turns(tale)[1]
    tale = tale.when(
        answer(mini), invite(model="dear/other", name="heir", replaces="mini", requester="ann", why="better")
    )
    (joined,), (gone,) = tale.all(ParticipantJoined), tale.all(ParticipantLeft)
    assert (joined.seat, joined.replaces, joined.since, joined.missed) == (3, "mini", 1, ())
    assert (gone.participant, gone.by, gone.why) == ("mini", "ann", "replaced by heir: better")
    heir = open_turns(tale)[-1]
    assert (heir.participant, heir.step, heir.follows, heir.labels) == ("heir", "initial_arguments", "mini", {})
    for _ in range(2):
        tale = ruled(all_answer(all_answer(tale)), 1.0)
    assert open_turns(tale)[-1].participant == "heir"
    (done,) = all_answer(tale).when(BILL).all(DebateCompleted)
    assert (done.stop_reason, done.partial) == ("consensus", False)


def test_one_of_two_can_be_replaced_while_the_positions_are_being_weighed():
    tale = all_answer(asked()).when(invite(replaces="mini"))
    nano = open_turns(tale)[-1]
    tale = tale.when(answer(nano))
    assert nano.turn in tale.all(RulingRequested)[-1].turns
    assert len(tale.all(RulingRequested)) == 2


def test_who_left_or_was_dismissed_can_be_replaced_later_and_once():
    tale = three().when(dismiss("nano"), invite("i1", "dear/other", replaces="nano"))
    assert tale.all(ParticipantJoined)[0].replaces == "nano"
    assert len(tale.all(ParticipantLeft)) == 1
    assert "replaced by dear/other already" in refusal(tale.when(invite("i2", "dear/third", replaces="nano")))


def test_dismissing_and_replacing_one_seat_at_once_the_logs_order_decides():
    both = (dismiss("nano"), invite(model="dear/other", replaces="nano"))
    tale = three().given(*both).then()
    assert (len(tale.all(ParticipantLeft)), len(tale.all(ParticipantJoined)), tale.all(RequestRefused)) == (1, 1, [])
    tale = three().given(*reversed(both)).then()
    assert (len(tale.all(ParticipantLeft)), len(tale.all(ParticipantJoined))) == (1, 1)
    assert "has left already: replaced by dear/other" in refusal(tale)


def test_a_half_written_replacement_is_finished():
    tale = asked().given(invite(replaces="mini"))
    joined, *_ = tale.said()
    assert types(tale.given(joined).said())[:1] == ["ParticipantLeft"]


def test_who_cannot_speak_any_more_leaves_by_its_seat_also_as_a_newcomer():
    tale = asked().when(invite(model="cheap/other"))
    tale = ruled(all_answer(tale), 0.0)
    newcomer = open_turns(tale)[-1]
    tale = tale.when(failed(newcomer, "auth", retryable=False))
    tale = tale.when(failed(open_turns(tale)[-1], "auth", retryable=False))
    assert [(left.seat, left.participant, left.dismissal) for left in tale.all(ParticipantLeft)] == [
        (2, "cheap/other", "")
    ]


def test_invitations_and_dismissals_are_answered_under_a_pause_and_nobody_is_asked_before_the_resume():
    tale = three().when(DebatePauseRequested(pause="p"), dismiss("nano"), invite(model="dear/other", replaces="mini"))
    assert (len(tale.all(ParticipantJoined)), len(tale.all(TurnRequested))) == (1, 3)
    tale = tale.when(DebateResumeRequested(resume="r"))
    assert [turn.participant for turn in tale.all(TurnRequested)][3:] == ["dear/other"]


@pytest.mark.parametrize(
    ("request_", "why"),
    [
        (invite(model="gpt-9"), "there is no participant 'gpt-9'; known are: opus, mini, nano"),
        (invite(model="dear/x", name="opus"), "the name 'opus' is taken"),
        (invite(model=""), "the model must have 1 to 200 characters"),
        (invite(name="x" * 65), "at most 64 characters"),
        (invite(role="Expert"), "did you mean 'expert'"),
        (invite(role="judge"), "the debate has none: its protocol has none"),
        (invite(replaces="nobody"), "nobody here is called 'nobody': there are opus, mini"),
        (dismiss("nobody"), "nobody here is called 'nobody'"),
        (dismiss("opus"), "1 would be left, and 2 are needed"),
        (Malformed("evt.client.d1.ParticipantInvited.k9", "missing field `model`", 2), "it cannot be read: missing"),
    ],
)
def test_what_cannot_be_done_is_refused_with_the_reason(request_, why):
    tale = asked().when(request_)
    assert why in refusal(tale)
    (done,) = all_answer(ruled(all_answer(tale), 1.0)).when(BILL).all(DebateCompleted)
    assert not done.partial


def test_a_model_out_of_reach_is_refused_and_with_no_debater_in_sight_the_invitation_waits():
    down = {"dear": Reach(True), "cheap": Reach(False, why="no key")}
    tale = three()
    tale = replace(tale, world=replace(tale.world, reach=down)).when(invite(model="cheap/other"))
    assert "cheap/other cannot be reached" in refusal(tale)
    tale = replace(tale, world=replace(tale.world, reach={})).when(invite("i2", "dear/other"))
    assert (tale.all(ParticipantJoined), (wake(tale.state, tale.world) or START) <= tale.later(0.5).at) == ([], True)
    tale = tale.later(10).then()
    assert len(tale.all(ParticipantJoined)) == 1


def with_flow(tale: Tale, **more: object) -> Tale:
    """The same debate under a definition that differs in these fields."""
    facts = tuple(
        structs.replace(heard, fact=structs.replace(heard.fact, flow=structs.replace(heard.fact.flow, **more)))
        if isinstance(heard.fact, DebateStarted)
        else heard
        for heard in tale.facts
    )
    return replace(tale, facts=facts)


def test_a_workflow_that_is_not_dynamic_lets_nobody_in_or_out():
    tale = with_flow(three(), dynamic=False).when(invite(), dismiss("nano"))
    assert ["allow_dynamic_participants: false" in refused.why for refused in tale.all(RequestRefused)] == [True, True]


def test_a_workflow_that_needs_everybody_lets_nobody_be_dismissed():
    tale = with_flow(three(), all_required=True).when(dismiss("nano"))
    assert "needs all its participants" in refusal(tale)


def test_twelve_argue_at_most_and_one_that_leaves_makes_room():
    tale = asked()
    for n in range(10):
        tale = tale.when(invite(f"i{n}", "nano"))
    assert len(tale.all(ParticipantJoined)) == 10
    tale = tale.when(invite("i10"))
    assert "more than 12 cannot" in refusal(tale)
    tale = ruled(all_answer(tale), 0.0).when(dismiss("nano"), invite("i11", replaces="nano-2"))
    assert len(tale.all(ParticipantJoined)) == 11
    tale = tale.when(invite("i12"))
    assert "round 2 is the last and all its steps are asked" in tale.all(RequestRefused)[-1].why


def test_twenty_four_seats_are_all_that_a_debate_ever_has():
    tale = three()
    for n in range(21):
        tale = tale.when(invite(f"i{n}", "mini", name=f"n{n}", replaces=f"n{n - 1}" if n else "mini"))
    assert len(tale.all(ParticipantJoined)) == 21
    assert "24 participants have had a seat" in refusal(tale.when(invite("i99", replaces="n20")))


def test_one_answer_is_no_debate_to_come_into():
    assert "is one answer and no debate" in refusal(asked(workflow="direct").when(invite()))


def test_while_the_decision_is_taken_and_after_it_nobody_comes_or_goes():
    tale = ruled(all_answer(three()), 1.0).when(dismiss("opus"), invite(model="dear/other"))
    assert ["the arguing is over" in refused.why for refused in tale.all(RequestRefused)] == [True, True]
    tale = all_answer(tale).when(invite("i2", "dear/other"))
    assert tale.all(RequestRefused)[-1].why == "the decision is made"
    assert len(tale.when(BILL).all(DebateCompleted)) == 1


def test_requests_of_two_types_under_one_key_are_answered_both():
    tale = three().when(invite("k", "gpt-9"), dismiss("nobody", "k"))
    assert [(refused.asked, refused.request) for refused in tale.all(RequestRefused)] == [
        ("ParticipantInvited", "k"),
        ("ParticipantDismissed", "k"),
    ]


def test_a_resume_of_what_is_not_paused_is_refused_and_changes_nothing():
    tale = asked().when(DebateResumeRequested(resume="r1"))
    assert refusal(tale) == "the debate is not paused"
    tale = tale.when(DebatePauseRequested(pause="p1"), DebateResumeRequested(resume="r2"))
    assert (tale.state.paused, len(tale.all(RequestRefused)), tale.all(RoundStarted)) == (
        None,
        1,
        [RoundStarted(round=1)],
    )


def test_who_comes_when_only_the_moderator_is_still_to_speak_argues_in_the_next_round():
    table = seats("ann", "bob", mo="moderator")
    for most, since in ((2, [(2, ())]), (1, [])):
        tale = running(INITIAL, step("moderation"), CHECK, FINAL, table=table, max_rounds=most)
        tale = tale.when(answer(open_turns(tale)[0]), invite("i1"))
        assert [(one.since, one.missed) for one in tale.all(ParticipantJoined)] == since
    assert "all its steps are asked that could hear nano" in refusal(tale)
    (done,) = answered(ruled(answered(tale, 2), 1.0)).later(3).then().all(DebateCompleted)
    assert not done.partial
