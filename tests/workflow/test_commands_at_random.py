"""Whatever is asked of a debate while it runs, in whatever order and whenever it is heard: it comes to one end.

The commands are drawn from few names and numbers, so that they contradict each other.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from zamaz.events import ENDINGS, Fact
from zamaz.events.client import (
    DebateAbortRequested,
    DebateChangeRequested,
    DebatePauseRequested,
    DebateResumeRequested,
    ParticipantDismissed,
    ParticipantInvited,
)
from zamaz.events.flow import Adaptation
from zamaz.events.orchestration import ConsensusAssessed, Observation
from zamaz.events.workflow import (
    DebateCancelled,
    DebateChanged,
    DebatePaused,
    DebateResumed,
    DecisionMade,
    ParticipantJoined,
    ParticipantLeft,
    RequestRefused,
    RulingRequested,
    TurnRequested,
)
from zamaz.testing import Story, types
from zamaz_workflow.again import REPLAY
from zamaz_workflow.debate import Debate
from zamaz_workflow.seating import World

from workflow.running import CHECK, FINAL, INITIAL, advise, gate, judge, rule, rules_on, running, seats, step, wanted
from workflow.table import all_answer, answer, asked, failed, open_turns, ruled
from workflow.test_other_terms import begun, knowing

Tale = Story[Debate, World]
NAMES = st.sampled_from(["opus", "mini", "nano", "heir", "late", "nobody"])
MODELS = st.sampled_from(["opus", "nano", "dear/other", "gpt-9"])
KEYS = st.sampled_from("abcdefgh")
COMMANDS: st.SearchStrategy[Any] = st.one_of(
    st.builds(ParticipantInvited, invite=KEYS, model=MODELS, name=st.one_of(st.just(""), NAMES)),
    st.builds(ParticipantInvited, invite=KEYS, model=MODELS, name=NAMES, replaces=NAMES),
    st.builds(ParticipantDismissed, dismissal=KEYS, participant=NAMES),
    st.builds(DebateChangeRequested, change=KEYS, max_rounds=st.integers(0, 5), min_rounds=st.integers(1, 3)),
    st.builds(DebateChangeRequested, change=KEYS, max_execution_s=st.sampled_from([0.5, 40.0, 4000.0])),
    st.builds(DebateChangeRequested, change=KEYS, workflow=st.sampled_from(["with_a_vote", "judged", "two_rounds"])),
    st.builds(DebatePauseRequested, pause=KEYS),
    st.builds(DebateResumeRequested, resume=KEYS),
)
EVENTS = st.sampled_from(["hear", "hear", "answer", "answer", "fail", "silence", "rule", "judge", "advise", "later"])
SCRIPTS = st.lists(st.one_of(COMMANDS, EVENTS, EVENTS), max_size=25)
MOVES = st.sampled_from(["continue", "redirect", "complete", "pause", "escalate"])
SEEN = st.sampled_from([(), (Observation(of="drift", participant="opus"),)])
SCORES = st.sampled_from([0.0, 0.5, 1.0])
MOST_STEPS = 150


def name_of(fact: Fact) -> tuple[str, str]:
    return type(fact).__name__, str(getattr(fact, fact.key[0])) if fact.key else ""


def happens(tale: Tale, event: Any, data: st.DataObject) -> Tale:
    """One event more. A command's key is used once: the stream refuses a second under its name."""
    if isinstance(event, Fact):
        taken = {
            name_of(heard.fact) for heard in tale.facts if heard.voice == "client" and isinstance(heard.fact, Fact)
        }
        return tale if name_of(event) in taken else tale.given(event)
    turns = open_turns(tale)
    match event:
        case "hear":
            return tale.then()
        case "answer" if turns:
            return tale.given(answer(data.draw(st.sampled_from(turns)), "Split it."))
        case "fail" if turns:
            return tale.given(failed(data.draw(st.sampled_from(turns)), "refused", retryable=False))
        case "silence" if turns:
            return tale.given(answer(data.draw(st.sampled_from(turns)), None, unparsed="no block"))
        case "rule" if is_asked_to_rule(tale):
            return ruled(tale, data.draw(SCORES))
        case "judge":
            return judge(tale, met=data.draw(st.booleans()))
        case "advise" if wanted(tale, "next_move"):
            return advise(tale, data.draw(MOVES), *data.draw(SEEN), focus="costs")
        case "later":
            return tale.later(data.draw(st.sampled_from([1.0, 30.0, 200.0])))
    return tale


def is_asked_to_rule(tale: Tale) -> bool:
    asks, given_ = tale.all(RulingRequested), {fact.ruling for fact in tale.all(ConsensusAssessed)}
    return bool(asks) and asks[-1].kind == "consensus" and asks[-1].ruling not in given_


def plain() -> Tale:
    return begun(participants=("opus", "mini", "nano"))


def rich() -> Tale:
    """Steps in turns, a gate that sends back, rules that add rounds, seats and people, advice on how to go on."""
    steps = (INITIAL, step("counter_arguments", order="sequential"), step("devils_advocate"), CHECK, step("synthesis"))
    rules = (
        rule("extend_debate", ("rounds_left", "==", 0), ("consensus", "==", 0)),
        rule("add_expert_participant", ("failures", ">=", 1)),
        rule("fallback_participant", ("failures", ">=", 2)),
        rule("escalate_to_human", ("rounds", ">=", 3), ("consensus", "==", 0)),
    )
    gates = (gate("require_revision", most=2), gate("request_clarification", "counter_arguments", name="clear"))
    table = seats("opus", "mini", "nano")
    more: dict[str, Any] = {"rules": rules, "gates": gates, "reserves": seats("spare", "sub", wise="expert")}
    allowed = Adaptation(moves=("redirect", "complete", "pause", "escalate"), on_drift="devils_advocate", tries=1)
    return knowing(running(*steps, FINAL, table=table, max_rounds=3, adaptation=allowed, **more))


FLOWS = pytest.mark.parametrize("make", [plain, rich])


def to_the_end(tale: Tale) -> Tale:
    """Nobody asks for anything more; everybody answers; time goes by."""
    for _ in range(MOST_STEPS):
        tale = tale.then()
        if tale.state.ending:
            return tale
        if tale.state.paused:
            tale = tale.given(DebateResumeRequested(resume=f"end{len(tale.facts)}"))
        elif open_turns(tale):
            tale = all_answer(tale)
        elif is_asked_to_rule(tale):
            tale = ruled(tale, 0.5)
        elif wanted(tale, "quality"):
            tale = judge(tale, met=False)
        elif waits_for_people(tale):
            tale = rules_on(tale, key=f"h{len(tale.facts)}")
        else:
            tale = tale.later(30)
    return pytest.fail(f"it comes to no end; last said: {types(heard.fact for heard in tale.facts[-12:])}")


def waits_for_people(tale: Tale) -> bool:
    asked_for = tale.state.escalation
    return asked_for is not None and not asked_for.over_at and tale.state.decided is None


def answers(tale: Tale) -> Iterator[tuple[str, str]]:
    """The requests that are done or refused, as often as that was said."""
    for heard in tale.facts:
        match heard.fact:
            case ParticipantJoined() as came:
                yield "ParticipantInvited", came.invite
            case ParticipantLeft() as gone if gone.dismissal:
                yield "ParticipantDismissed", gone.dismissal
            case DebateChanged() as change:
                yield "DebateChangeRequested", change.change
            case RequestRefused() as refused:
                yield refused.asked, refused.request


def to_be_answered(tale: Tale) -> set[tuple[str, str]]:
    """What must be answered: all that stands before the ending, which answers what comes after it."""
    kinds = (ParticipantInvited, ParticipantDismissed, DebateChangeRequested)
    end = next(heard.seq for heard in tale.facts if isinstance(heard.fact, ENDINGS))
    return {name_of(heard.fact) for heard in tale.facts[:end] if isinstance(heard.fact, kinds)}


def check(tale: Tale) -> None:
    assert sum(isinstance(heard.fact, ENDINGS) for heard in tale.facts) == 1
    counted = Counter(answers(tale))
    assert set(counted.values()) <= {1}
    if not tale.all(DebateCancelled):
        assert to_be_answered(tale) <= set(counted)
    assert len(tale.all(DebatePaused)) == len(tale.all(DebateResumed)) + (tale.state.paused is not None)
    seats_and_labels(tale)
    nobody_speaks_who_has_gone(tale)


def seats_and_labels(tale: Tale) -> None:
    """Numbers, names and labels are one participant's, for ever."""
    came = tale.all(ParticipantJoined)
    assert [joined.seat for joined in came] == list(range(3, 3 + len(came)))
    names = ["opus", "mini", "nano", *(joined.who.participant for joined in came)]
    assert len(set(names)) == len(names)
    flow = tale.state.started
    votes = {step.id for change in tale.all(DebateChanged) if change.tail for step in change.tail.steps}
    whose: dict[str, str] = {}
    for turn in tale.all(TurnRequested):
        for label, who in turn.labels.items() if turn.step not in votes or not turn.choices else ():
            assert whose.setdefault(label, who) == who, flow


def nobody_speaks_who_has_gone(tale: Tale) -> None:
    gone: dict[str, int] = {}
    answers_of: dict[str, str] = {}
    for heard in tale.facts:
        match heard.fact:
            case ParticipantLeft() as left:
                gone.setdefault(left.participant, heard.seq)
            case TurnRequested() as turn:
                answers_of[turn.turn] = turn.participant
                assert turn.participant not in gone
            case RulingRequested() as ruling:
                dismissed = {left.participant for left in tale.all(ParticipantLeft) if left.dismissal} & set(gone)
                assert not dismissed & {answers_of[turn] for turn in ruling.turns}
            case DecisionMade() as made:
                assert made.rests_on in answers_of or made.ruled_by


@FLOWS
@settings(deadline=None, max_examples=30)
@given(SCRIPTS, st.data())
def test_it_ends_once_and_every_request_is_answered_once(make: Callable[[], Tale], script: list[Any], data: Any):
    tale = make()
    for event in script:
        tale = happens(tale, event, data)
    check(to_the_end(tale))


@settings(deadline=None, max_examples=30)
@given(st.lists(COMMANDS, max_size=8), st.integers(0, 2), st.data())
def test_an_abort_among_them_wins_wherever_it_stands(commands: list[Any], answered: int, data: st.DataObject):
    tale = asked(participants=("opus", "mini", "nano"))
    for turn in open_turns(tale)[:answered]:
        tale = tale.when(answer(turn))
    commands.insert(data.draw(st.integers(0, len(commands))), DebateAbortRequested(by="ann"))
    for command in commands:
        tale = happens(tale, command, data)
    tale = tale.then()
    assert isinstance(tale.state.ending, DebateCancelled)
    assert [type(heard.fact) for heard in tale.facts if heard.voice == "workflow"][-1] is DebateCancelled


@settings(deadline=None, max_examples=30)
@given(SCRIPTS, st.data())
def test_heard_at_once_or_one_by_one_or_twice_the_same_requests_are_done(script: list[Any], data: st.DataObject):
    """While the seats wait for their first answers, nothing but the requests changes what they are held against."""
    commands = [event for event in script if isinstance(event, Fact)]
    at_once = one_by_one = begun(participants=("opus", "mini", "nano"))
    for command in commands:
        at_once = happens(at_once, command, data)
        one_by_one = happens(one_by_one, command, data).then()
    at_once = at_once.then()
    assert list(answers(at_once)) == list(answers(one_by_one))
    twice = [heard for heard in at_once.facts for _ in range(2 if heard.voice == "client" else 1)]
    state = at_once.decider.fold(twice, at_once.decider.initial(at_once.debate))
    assert at_once.decider.decide(state, len(at_once.facts), at_once.world) == []


@settings(deadline=None, max_examples=10)
@given(st.lists(st.one_of(COMMANDS, EVENTS, EVENTS), max_size=12), st.data())
def test_a_replay_finds_nothing(script: list[Any], data: st.DataObject):
    tale = plain()
    for event in script:
        tale = happens(tale, event, data)
    tale = to_the_end(tale)
    assert list(REPLAY.differences(tale.facts)) == []
    assert REPLAY.unsaid(tale.facts, tale.at) == []
