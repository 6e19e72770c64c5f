"""How long things took, told by the decision that ends them and by no other."""

from __future__ import annotations

from zamaz.events import Fact
from zamaz.events.client import DebateAbortRequested
from zamaz.events.workflow import RulingRequested
from zamaz.testing import Story
from zamaz_workflow.debate import Debate
from zamaz_workflow.durations import Took, durations
from zamaz_workflow.seating import World

from workflow.table import answer, asked, open_turns, ruled

INITIAL, CHECK, FINAL = ("initial_arguments",), ("consensus_check",), ("final_decision",)
Tale = Story[Debate, World]


def took(tale: Tale) -> list[Took]:
    return list(durations(tale.state, tale.said(), tale.at))


def answered(tale: Tale) -> Tale:
    """All open turns, and nothing decided upon the last."""
    *first, last = open_turns(tale)
    for turn in first:
        tale = tale.when(answer(turn))
    return tale.given(answer(last))


def ruling(tale: Tale, score: float) -> Tale:
    """As `ruled`, and nothing decided upon it."""
    before = len(tale.facts)
    return tale.given(ruled(tale, score).facts[before].fact)


def test_a_step_takes_from_its_first_turn_to_the_next_step():
    assert took(answered(asked().later(7))) == [Took("step", INITIAL, 7)]


def test_an_answer_that_is_waited_on_ends_nothing():
    tale = asked().later(7)
    assert took(tale.given(answer(open_turns(tale)[0]))) == []


def test_consensus_ends_the_check_and_the_round():
    tale = ruling(answered(asked().later(7)).then().later(2), 1.0)
    assert took(tale) == [Took("step", CHECK, 2), Took("round", (), 9)]


def test_no_consensus_ends_the_check_and_the_round_and_the_next_round_begins_anew():
    tale = ruling(answered(asked().later(7)).then().later(2), 0.0)
    assert took(tale) == [Took("step", CHECK, 2), Took("round", (), 9)]
    assert took(answered(tale.then().later(4))) == [Took("step", INITIAL, 4)]


def test_the_decision_ends_the_deciding_step_alone():
    tale = ruling(answered(asked().later(7)).then().later(2), 1.0).then()
    assert took(answered(tale.later(3))) == [Took("step", FINAL, 3)]


def test_an_ending_tells_how_long_the_debate_took_since_its_request():
    assert took(asked().later(12).given(DebateAbortRequested())) == [Took("debate", ("cancelled",), 12)]


def test_the_rest_of_a_decision_that_another_process_began_ends_nothing_again():
    """Whoever said the first fact has told it; whoever says what is missing after it has not."""
    tale = ruling(answered(asked().later(7)).then().later(2), 1.0)
    consensus, *_ = tale.said()
    assert took(tale.given(consensus)) == []
    checked = answered(asked().later(7))
    wanted: Fact = checked.said()[0]
    assert isinstance(wanted, RulingRequested)
    assert took(checked.given(wanted)) == []
