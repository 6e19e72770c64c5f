"""What a debate is watched for between its rounds, and how likely one more round brings a consensus."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from zamaz.events.flow import Flow, RungSetting, Step
from zamaz.events.orchestration import NextMoveAdvised, Observation
from zamaz.events.workflow import DebateStarted, RulingRequested
from zamaz.testing import record
from zamaz_orchestrator.again import by_rules
from zamaz_orchestrator.kinds import Cutoffs, kinds
from zamaz_orchestrator.kinds.course import Course, Heard, Stand, chance
from zamaz_orchestrator.kinds.watch import observed

from orchestrator.panel import DEADLINE, answer, asked, debate, requested

NEXT = kinds(Cutoffs(0.9, 0.4))["next_move"]
QUESTION = "Should we split the billing monolith into services this year?"
SPLIT = "Split the billing monolith into services"
KEEP = "Keep the billing monolith whole"
FOR_SPLIT = "Deployments of billing wait for each other; separate services let every team release on its own schedule."
FOR_KEEP = "Four engineers cannot operate twelve services; a modular monolith is cheaper to run and to debug at night."
GIVES_IN = "I agree with that argument; separate services let every team release on its own schedule."
CONVINCED = (
    "The release schedule decides it for me: last quarter our payroll fix slipped eleven days behind an unrelated "
    "invoice change, and no module border inside one process would have prevented that queue."
)
WANDERS = (
    "Tea growers in Assam harvest twice between March and June; humidity, shade, altitude and careful withering decide "
    "whether leaves keep their aroma, which is why small estates outperform large plantations."
)


def said(who: str, round_: int, argument: str, position: str, **more: Any) -> Heard:
    return Heard(participant=who, round=round_, argument=argument, position=position, **more)


def course(*heard: Heard, round_: int = 2, score: float | None = 0.0, **more: Any) -> Course:
    """Of two seats or more that argued; each round could read the one before."""
    stands = [
        Stand(participant=one.participant, round=one.round, position=one.position, confidence=0.5)
        for one in heard
        if one.round >= round_ - 1 and not one.beside
    ]
    scores = {} if score is None else {str(round_): score}
    return Course(
        **{"question": QUESTION, "max_rounds": 4, "min_rounds": 1, "threshold": 0.75, **more},
        round=round_,
        stands=tuple({(stand.participant, stand.round): stand for stand in stands}.values()),
        heard=heard,
        scores=scores,
    )


def second(argument: str, position: str, **more: Any) -> Course:
    """Bob's second answer, after ann and bob had differed; ann holds hers, with something new."""
    return course(
        said("ann", 1, FOR_SPLIT, SPLIT),
        said("bob", 1, FOR_KEEP, KEEP),
        said("ann", 2, "Two billing services suffice: invoices and payments; no one operates twelve.", SPLIT, knew=2),
        said("bob", 2, argument, position, **{"knew": 2, **more}),
    )


def seen(one: Course) -> list[tuple[str, str]]:
    return [(found.of, found.participant) for found in observed(one)]


def test_who_takes_over_a_position_without_an_argument_has_given_in():
    (found,) = observed(second(GIVES_IN, SPLIT))
    assert (found.of, found.participant) == ("sycophancy", "bob")
    assert found.why == "it takes over what ann holds, and says nothing for it that was not said before"


@pytest.mark.parametrize(
    "other",
    [
        second(CONVINCED, SPLIT),
        second(GIVES_IN, "Split out invoices, and nothing else, after a pilot"),
        second(GIVES_IN, KEEP),
        second(GIVES_IN, SPLIT, knew=0),
        second("\u042f \u0441\u043e\u0433\u043b\u0430\u0441\u0435\u043d \u0441 \u043d\u0438\u043c\u0438", SPLIT),
        course(said("ann", 1, FOR_SPLIT, SPLIT), said("bob", 1, GIVES_IN, SPLIT), round_=1),
    ],
    ids=[
        "it says why",
        "to nobody's position",
        "it has not moved",
        "it could not read it",
        "Cyrillic",
        "first answers",
    ],
)
def test_who_says_why_or_moves_elsewhere_has_not(other: Course):
    assert seen(other) == []


SAYS_BY_WHAT = [
    "Because separate services release on their own schedule, I no longer think that four engineers cannot operate"
    " them: with only two services that is not twelve.",
    "I was convinced by one thing: deployments wait for each other. Split it.",
    "What changed my mind is that every team would release on its own schedule.",
    "Since deployments of billing wait for each other, I now support splitting.",
    "ann's point about the release schedule decides it for me; a modular monolith does not answer it.",
    "The own schedule of every team outweighs what it costs to debug at night.",
    "I was wrong that one process is cheaper: ann shows that deployments wait for each other.",
    "I take back that twelve services cannot be operated. Teams that release on their own schedule weigh more.",
    "My objection was the night; deployments that wait for each other are worse. Therefore split.",
    "Given how deployments wait, I would split the billing monolith now.",
    "Weil Deployments warten: separate Services.",
    "The strongest reason is that a team need not wait for another's deployment, and I have no answer to it.",
]
ONLY_YIELDS = [
    GIVES_IN,
    "I agree.",
    "You are right, and I was wrong. Split the billing monolith into services.",
    "I agree because you are right.",
    "I changed my mind because ann's argument is stronger and better than my position.",
    "I was convinced by the clear and convincing arguments of the others, and adopt their position.",
    "Because of these good reasons I no longer think that the billing monolith should stay whole.",
    "Given that everybody supports services, I support services: split billing.",
    "Since we should split the billing monolith into services this year, split it into services.",
    "I no longer think that four engineers cannot operate twelve services.",
    "A modular monolith is cheaper to run and to debug at night because four engineers cannot operate twelve services,"
    " but I adopt the position of the others.",
    "ann has persuaded me. I was wrong about this, and her point is very good; therefore services.",
]


@pytest.mark.parametrize("argument", SAYS_BY_WHAT)
def test_who_names_anothers_reason_as_its_own_was_convinced(argument: str):
    assert seen(second(argument, SPLIT)) == []


@pytest.mark.parametrize("argument", ONLY_YIELDS)
def test_words_of_agreeing_or_of_giving_a_reason_alone_name_none(argument: str):
    assert seen(second(argument, SPLIT)) == [("sycophancy", "bob")]


def test_a_reason_that_could_not_be_read_was_not_taken_over():
    silent = second(SAYS_BY_WHAT[1], SPLIT).heard
    told = course(replace(silent[0], argument="Split it, I say."), *silent[1:])
    assert seen(told) == []  # its words are new then
    late = "I was convinced: two suffice, invoices and payments."
    assert seen(second(late, SPLIT, knew=3)) == []
    assert seen(second(late.replace("convinced", "moved"), SPLIT, knew=3)) == [("sycophancy", "bob")]


def test_an_agreement_that_only_says_once_more_is_a_repetition():
    again = course(
        said("ann", 1, FOR_SPLIT, SPLIT),
        said("bob", 1, FOR_SPLIT, SPLIT),
        said("ann", 2, f"I still agree. {FOR_SPLIT}", SPLIT, knew=2, agrees=("bob",)),
        said("bob", 2, CONVINCED, SPLIT, knew=2, agrees=("ann",)),
    )
    assert seen(again) == [("repetition", "ann")]
    assert seen(second(FOR_KEEP, KEEP)) == []  # who holds out against the others agrees with nobody


def test_an_argument_without_a_word_of_the_question_is_off_it_where_others_have_some():
    assert seen(second(WANDERS, KEEP)) == [("drift", "bob")]
    assert seen(second(f"{WANDERS} So with billing.", KEEP)) == []
    both = course(said("ann", 2, WANDERS, "Wait"), said("bob", 2, WANDERS, "Wait"))
    assert seen(both) == []  # the question's own words are of no use here


def test_a_devils_advocate_is_no_position_and_what_it_says_has_been_said():
    echo = "I agree: last quarter our payroll fix slipped eleven days behind an unrelated invoice change."
    advocate = said("eve", 2, CONVINCED, "It will be the mistake", knew=2, beside=True)
    (ann, bob, again, _) = second(GIVES_IN, SPLIT).heard
    assert ("sycophancy", "bob") not in seen(second(echo, SPLIT))
    told = course(ann, bob, again, advocate, said("bob", 2, echo, SPLIT, knew=4))
    assert seen(told) == [("sycophancy", "bob")]


def ruled(one: Course) -> Any:
    made = NEXT.rule(one)
    return made if isinstance(made, str) else (made.said.move, [found.of for found in made.said.observed])


def test_the_rules_go_on_and_say_what_they_saw_where_somebody_moved():
    assert ruled(second(GIVES_IN, SPLIT)) == ("continue", ["sycophancy"])
    assert ruled(second(CONVINCED, SPLIT)) == "bob moved: where to, is not a matter of counting"


def test_where_nobody_moved_it_is_over_whatever_was_seen():
    assert ruled(second(WANDERS, KEEP)) == ("complete", ["drift"])


def test_nearness_of_meaning_seconds_what_words_leave_open_and_rules_nothing_alone():
    open_ = second(f"{WANDERS} So with billing.", KEEP)
    (pair,) = NEXT.second(open_)
    assert pair[0] == QUESTION
    off, near = NEXT.seconded(open_, [0.05]), NEXT.seconded(open_, [0.4])
    assert not isinstance(off, str) and not isinstance(near, str)
    assert [found.of for found in off.said.observed] == ["drift"]
    assert near.said.observed == ()
    assert NEXT.second(second("Two billing services suffice.", SPLIT)) == []


def test_what_could_be_read_and_who_is_agreed_with_is_read_off_the_log():
    steps = (Step(id="arguments", type="counter_arguments"), Step(id="against", type="devils_advocate"))
    start = DebateStarted(workflow="f", flow=Flow(id="f", steps=steps, max_rounds=3), flow_digest="d", seats=())
    facts = (asked(1, "ann"), answer(1, "ann", SPLIT), asked(2, "bob", A="ann"), answer(2, "bob", SPLIT, A="agree"))
    wanted = RulingRequested(ruling="r", kind="next_move", round=1, sees=9, turns=("t1", "t2"), deadline=DEADLINE)
    read = NEXT.question(debate(requested(), start, *facts, wanted), wanted)
    assert [(one.participant, one.agrees, one.beside) for one in read.heard] == [
        ("ann", (), False),
        ("bob", ("ann",), False),
    ]


def test_observations_are_told_in_the_fact():
    made = NEXT.rule(second(GIVES_IN, SPLIT))
    assert not isinstance(made, str)
    wanted = RulingRequested(ruling="r", kind="next_move", round=2, sees=9, turns=(), deadline=DEADLINE)
    fact = NEXT.fact_of(wanted, second(GIVES_IN, SPLIT), made, (), 1)
    assert isinstance(fact, NextMoveAdvised)
    assert [type(one) for one in fact.observed] == [Observation]
    assert NEXT.recorded(second(GIVES_IN, SPLIT), fact).observed == fact.observed


SHARES = st.floats(0, 1)
FREE = RungSetting(rung="rules", threshold=0.6)


def moving(score: float, before: float, moved: int) -> Course:
    """Four seats, of which so many moved."""
    stands = [
        Stand(
            participant=f"p{n}", round=round_, position=f"Take the plan number {n if round_ == 1 or n >= moved else 9}"
        )
        for n in range(4)
        for round_ in (1, 2)
    ]
    scores = {"1": before, "2": score}
    return Course(
        question="q", round=2, max_rounds=4, min_rounds=1, threshold=0.75, stands=tuple(stands), scores=scores
    )


@given(SHARES, SHARES, st.integers(0, 4), SHARES, st.integers(0, 4))
def test_the_chance_never_falls_with_a_higher_score_a_faster_rise_or_more_that_move(
    score: float, before: float, moved: int, more: float, movers: int
):
    base = chance(moving(score, before, moved))
    assert 0 <= base <= 1
    assert base <= chance(moving(max(score, more), before, moved))
    assert base <= chance(moving(score, min(before, more), moved))
    assert base <= chance(moving(score, before, max(moved, movers)))


@pytest.mark.parametrize(
    ("one", "expected"),
    [
        (moving(0.0, 0.0, 0), 0.05),
        (moving(0.6, 0.6, 0), 0.09),
        (moving(0.0, 0.0, 4), 0.5),
        (moving(0.4, 0.2, 2), 0.495),
        (moving(0.75, 0.0, 0), 1.0),
        (course(round_=1, score=0.0), 0.5),
        (course(round_=1, score=None), 0.5),
    ],
)
def test_the_chance_of_a_consensus_by_score_rise_and_movement(one: Course, expected: float):
    assert chance(one) == pytest.approx(expected)


@pytest.mark.parametrize(
    ("ladder", "rung", "move"),
    [({}, "default", "continue"), ({"next_move": (FREE,)}, "rules", "complete")],
)
def test_what_costs_nothing_rules_where_nobody_was_asked(ladder: Any, rung: str, move: str):
    flow = Flow(id="f", steps=(), max_rounds=9)
    start = DebateStarted(workflow="f", flow=flow, flow_digest="d", seats=(), ladder=ladder)
    later = [replace(asked(n, who), round=2) for n, who in ((3, "ann"), (4, "bob"))]
    turns = [asked(1, "ann"), answer(1, "ann"), asked(2, "bob"), answer(2, "bob", "Wait"), *later]
    facts = (requested(), start, *turns, answer(3, "ann"), answer(4, "bob", "Wait"))
    wanted = RulingRequested(ruling="r", kind="next_move", round=2, sees=99, turns=("t3", "t4"), deadline=DEADLINE)
    made = by_rules([record(n, fact) for n, fact in enumerate((*facts, wanted), 1)], wanted)
    assert isinstance(made, NextMoveAdvised)
    assert (made.rung, made.move) == (rung, move)
