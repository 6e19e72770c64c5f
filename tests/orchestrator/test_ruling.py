from __future__ import annotations

from datetime import timedelta

import pytest

from zamaz.events import Fact, Unknown
from zamaz.events.orchestration import ConsensusAssessed
from zamaz.events.workflow import DebateCancelled, StepTimedOut
from zamaz.testing import START, record
from zamaz_orchestrator.debate import FOLDING, Debate, open_ruling
from zamaz_orchestrator.kinds.consensus import Said
from zamaz_orchestrator.kinds.kind import Opinion, digest

from orchestrator.panel import CONSENSUS, CUTOFFS, DEADLINE, answer, asked, debate, requested, started, wanted

TWO = (requested("yes", "no"), started(), asked(1, "ann", A="bob"), asked(2, "bob", A="ann"))


def test_labels_are_turned_back_into_names() -> None:
    made = CONSENSUS.question(
        debate(*TWO, answer(1, "ann", A="agree"), answer(2, "bob", A="partly")), wanted("t1", "t2")
    )
    assert [(s.of, s.on, s.stance) for s in made.seen] == [("ann", "bob", "agree"), ("bob", "ann", "partly")]


def test_a_label_that_nobody_gave_is_no_stance() -> None:
    made = CONSENSUS.question(debate(*TWO, answer(1, "ann", Z="agree"), answer(2, "bob")), wanted("t1", "t2"))
    assert made.seen == ()


def test_nobody_votes_on_itself() -> None:
    facts = (asked(1, "ann", A="ann"), asked(2, "bob"), answer(1, "ann", A="agree"), answer(2, "bob"))
    assert CONSENSUS.question(debate(*facts), wanted("t1", "t2")).seen == ()


def test_an_answer_without_a_position_is_silent() -> None:
    made = CONSENSUS.question(debate(*TWO, answer(1, "ann", A="agree"), answer(2, "bob", None)), wanted("t1", "t2"))
    assert [h.participant for h in made.held] == ["ann"]
    assert (made.silent, made.seen) == (("bob",), ())


def test_a_turn_without_an_answer_is_silent() -> None:
    assert CONSENSUS.question(debate(*TWO, answer(1, "ann")), wanted("t1", "t2")).silent == ("bob",)


def test_only_the_turns_in_question_are_read() -> None:
    facts = (*TWO, answer(1, "ann"), answer(2, "bob"), asked(3, "cid"), answer(3, "cid"))
    assert [h.participant for h in CONSENSUS.question(debate(*facts), wanted("t1", "t2")).held] == ["ann", "bob"]


def test_an_answer_after_the_workflow_looked_is_late() -> None:
    facts = (*TWO, answer(1, "ann"), answer(2, "bob"))
    assert CONSENSUS.question(debate(*facts), wanted("t1", "t2", sees=5)).silent == ("bob",)


def test_a_repeated_turn_replaces_the_answer_that_had_no_position() -> None:
    facts = (*TWO, answer(1, "ann", None), asked(3, "ann"), answer(3, "ann", "Wait"), answer(2, "bob"))
    made = CONSENSUS.question(debate(*facts), wanted("t1", "t2", "t3"))
    assert {h.participant: h.position for h in made.held} == {"ann": "Wait", "bob": "Do it"}
    assert made.silent == ()


def test_the_question_carries_choices_and_verdicts() -> None:
    facts = (*TWO, answer(1, "ann", "Go", "yes", "adopt"), answer(2, "bob"))
    first = CONSENSUS.question(debate(*facts), wanted("t1", "t2")).held[0]
    assert (first.choice, first.verdict) == ("yes", "adopt")


def test_the_same_question_has_the_same_digest() -> None:
    facts = (*TWO, answer(1, "ann"), answer(2, "bob"))
    one, other = (CONSENSUS.question(debate(*facts), wanted("t1", "t2")) for _ in range(2))
    assert digest(one) == digest(other)
    assert len(digest(one)) == 64


def test_another_stance_has_another_digest() -> None:
    one = CONSENSUS.question(debate(*TWO, answer(1, "ann", A="agree"), answer(2, "bob")), wanted("t1", "t2"))
    other = CONSENSUS.question(debate(*TWO, answer(1, "ann", A="partly"), answer(2, "bob")), wanted("t1", "t2"))
    assert digest(one) != digest(other)


RULED = ConsensusAssessed(
    ruling="r1", round=1, agreement="none", score=0, rung="rules", confidence=1, inputs_digest="", latency_ms=0
)


@pytest.mark.parametrize(
    "fact", [RULED, DebateCancelled(), StepTimedOut(round=1, step="consensus_check", turns=("r1",))]
)
def test_a_ruling_that_nobody_waits_for_is_not_made(fact: Fact) -> None:
    assert open_ruling(debate(wanted("t1")), "r1", START) is not None
    assert open_ruling(debate(wanted("t1"), fact), "r1", START) is None


def test_a_ruling_past_its_deadline_is_not_made() -> None:
    assert open_ruling(debate(wanted("t1")), "r1", DEADLINE - timedelta(seconds=1)) is not None
    assert open_ruling(debate(wanted("t1")), "r1", DEADLINE) is None


def test_what_this_version_does_not_know_changes_nothing() -> None:
    assert FOLDING.fold([record(1, Unknown("evt.workflow.d1.SomethingNew", b"{}"))], Debate()) == Debate()


@pytest.mark.parametrize(
    ("score", "word"),
    [(1.0, "full"), (0.9, "full"), (0.89, "partial"), (0.4, "partial"), (0.39, "none"), (0.0, "none")],
)
def test_a_score_is_called_by_the_definition_s_cut_offs(score: float, word: str) -> None:
    assert CUTOFFS.agreement(score) == word


def test_a_ruling_names_every_position_and_its_group() -> None:
    asked_of = wanted("t1", "t2")
    made = CONSENSUS.question(debate(*TWO, answer(1, "ann"), answer(2, "bob", "Not so")), asked_of)
    opinion = Opinion("rules", Said(score=0.5, groups={"ann": 0, "bob": 1}), 1.0, "why")
    fact = CONSENSUS.fact_of(asked_of, made, opinion, (), 7)
    assert isinstance(fact, ConsensusAssessed)
    assert [(p.participant, p.position, p.group) for p in fact.positions] == [("ann", "Do it", 0), ("bob", "Not so", 1)]
    assert (fact.agreement, fact.inputs_digest, fact.latency_ms) == ("partial", digest(made), 7)
