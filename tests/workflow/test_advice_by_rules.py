"""Workflow and orchestrator together, without a server between them: the free rules advise, and the debate follows."""

from __future__ import annotations

from collections.abc import Mapping

from msgspec.structs import replace

from zamaz.events.course import MoveTaken
from zamaz.events.flow import Adaptation, RungSetting
from zamaz.events.orchestration import NextMoveAdvised
from zamaz.events.workflow import DebateCompleted
from zamaz_orchestrator.again import REPLAY, by_rules

from workflow.running import Tale, answered, running, wanted
from workflow.table import answer, open_turns, ruled

FREE = {"next_move": (RungSetting(rung="rules", threshold=0.6),)}
ALLOWED = Adaptation(moves=("redirect", "complete"), on_sycophancy="devils_advocate", on_drift="redirect", tries=1)
SPLIT, KEEP = "Split billing into services", "Keep billing whole"
REASONS = {
    "ann": "Deployments of billing wait for each other; separate services release on their own schedule.",
    "bob": "Four engineers cannot operate twelve services; one process is cheaper to run and to debug at night.",
}
Said = Mapping[str, tuple[str, str]]
APART: Said = {"ann": (SPLIT, REASONS["ann"]), "bob": (KEEP, REASONS["bob"])}


def begun() -> Tale:
    question = {"question": "Should we split billing into services this year?"}
    return running(adaptation=ALLOWED, max_rounds=4, ladder=FREE, request=question)


def argued(tale: Tale, said: Said) -> Tale:
    """A round in which everybody says this, and agrees in part."""
    for turn in open_turns(tale):
        position, reasons = said[turn.participant]
        tale = tale.when(replace(answer(turn, position), argument=reasons))
    return ruled(tale, 0.5)


def advised(tale: Tale) -> Tale:
    """The rules answer what is asked between rounds."""
    (ask,) = wanted(tale, "next_move")
    made = by_rules(tale.facts, ask)
    assert isinstance(made, NextMoveAdvised)
    return tale.when(made)


def test_where_nobody_moves_the_debate_is_decided_two_rounds_early():
    tale = advised(argued(advised(argued(begun(), APART)), APART))
    assert [(move.move, move.void) for move in tale.all(MoveTaken)] == [("continue", ""), ("complete", "")]
    (done,) = answered(tale).later(3).then().all(DebateCompleted)
    assert done.rounds == 2
    assert "(the chance of a consensus in it was put at 8%): nobody moved" in done.stop_detail
    # The scores are this story's own, and no rule gives them.
    assert [one for one in REPLAY.differences(tale.facts) if "ConsensusAssessed" not in one.subject] == []


def test_who_gives_in_without_an_argument_is_answered_by_a_devils_advocate():
    gives_in: Said = {
        "ann": (SPLIT, "Two billing services suffice, invoices and payments: nobody has to operate twelve."),
        "bob": (SPLIT, "I agree: separate services release on their own schedule."),
    }
    tale = advised(argued(advised(argued(begun(), APART)), gives_in))
    (seen,) = tale.all(NextMoveAdvised)[-1].observed
    assert (seen.of, seen.participant) == ("sycophancy", "bob")
    assert {turn.role for turn in open_turns(tale)} == {"devils_advocate"}
    assert [turn.round for turn in open_turns(tale)] == [3]


def test_who_stays_off_the_question_is_led_back_to_it_once_and_then_it_is_decided():
    tea = "Tea growers in Assam harvest twice between March and June; humidity, shade and careful withering decide it."
    off: Said = {
        "ann": (SPLIT, f"{tea} Small estates outperform large plantations."),
        "bob": (KEEP, f"Billing: {REASONS['bob']}"),
    }
    tale = advised(argued(advised(argued(begun(), APART)), off))
    assert [(move.move, move.void) for move in tale.all(MoveTaken)] == [
        ("continue", ""),
        ("complete", "what was observed of ann is answered first"),
    ]
    assert {turn.focus for turn in open_turns(tale)} == {"Should we split billing into services this year?"}
    tale = answered(advised(argued(tale, off))).later(3).then()
    (done,) = tale.all(DebateCompleted)
    tried = "nobody moved since the round before; a redirect to the question was tried for ann in round 3"
    assert (done.rounds, done.stop_detail.endswith(tried)) == (3, True)
