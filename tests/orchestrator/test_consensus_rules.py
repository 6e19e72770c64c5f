from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from zamaz.events.debater import Stance
from zamaz_orchestrator.kinds import pairs
from zamaz_orchestrator.kinds.consensus import Said
from zamaz_orchestrator.kinds.kind import Opinion
from zamaz_orchestrator.kinds.pairs import Held, Question

from orchestrator.panel import CONSENSUS, held, question, seen


def opined(asked: Question) -> Opinion[Said]:
    found = CONSENSUS.rule(asked)
    assert isinstance(found, Opinion), found
    return found


def ruled(asked: Question) -> Said:
    return opined(asked).said


@pytest.mark.parametrize(("stance", "score"), [("agree", 1.0), ("partly", 0.5), ("disagree", 0.0)])
def test_a_stance_has_its_worth(stance: Stance, score: float) -> None:
    both = seen(("ann", "bob", stance), ("bob", "ann", stance))
    assert ruled(question(held("ann"), held("bob"), seen=both)).score == score


def test_the_score_is_the_mean_over_ordered_pairs() -> None:
    stances = seen(
        ("ann", "bob", "agree"),
        ("bob", "ann", "partly"),
        ("ann", "cid", "disagree"),
        ("cid", "ann", "disagree"),
        ("bob", "cid", "agree"),
        ("cid", "bob", "partly"),
    )
    assert ruled(question(held("ann"), held("bob"), held("cid"), seen=stances)).score == 0.5


def test_different_verdicts_cap_a_pair_at_half() -> None:
    both = seen(("ann", "bob", "agree"), ("bob", "ann", "agree"))
    found = ruled(question(held("ann", verdict="adopt"), held("bob", verdict="reject"), seen=both))
    assert found.score == 0.5
    assert found.areas_of_agreement == ()
    assert found.areas_of_disagreement[0] == "ann (adopt) agrees in part, with another verdict, with bob (reject)"


def test_who_chose_another_option_does_not_agree_in_full_whatever_is_said() -> None:
    both = seen(("ann", "bob", "agree"), ("bob", "ann", "agree"))
    found = ruled(question(held("ann", choice="split"), held("bob", choice="keep"), seen=both))
    assert found.score == 0.5
    assert found.areas_of_disagreement[0] == ("ann (split) agrees in part, with another choice, with bob (keep)")


def test_a_cap_lifts_nothing() -> None:
    both = seen(("ann", "bob", "disagree"), ("bob", "ann", "disagree"))
    assert ruled(question(held("ann", verdict="adopt"), held("bob", verdict="reject"), seen=both)).score == 0.0


def test_a_verdict_that_is_missing_caps_nothing() -> None:
    both = seen(("ann", "bob", "agree"), ("bob", "ann", "agree"))
    assert ruled(question(held("ann", verdict="adopt"), held("bob"), seen=both)).score == 1.0


def test_in_a_blind_round_the_same_choice_agrees() -> None:
    found = ruled(question(held("ann", "Go.", "yes"), held("bob", "Surely.", "Yes")))
    assert (found.score, found.areas_of_agreement) == (1.0, ("ann and bob: yes",))


def test_in_a_blind_round_another_choice_disagrees() -> None:
    found = ruled(question(held("ann", "Same words", "yes"), held("bob", "Same words", "no")))
    assert (found.score, found.areas_of_disagreement) == (0.0, ("ann: yes; bob: no",))


def test_in_a_blind_round_different_verdicts_cap_the_same_choice() -> None:
    assert ruled(question(held("ann", "x", "yes", "adopt"), held("bob", "y", "yes", "amend"))).score == 0.5


def test_in_a_blind_round_the_same_number_agrees_where_one_is_asked_for() -> None:
    sum_of = Question(
        question="What is 3 + 4 * 5?", held=(held("ann", "The answer is 23."), held("bob", "23, of course"))
    )
    assert ruled(sum_of).score == 1.0
    assert ruled(sum_of).groups == {"ann": 0, "bob": 0}
    other = Question(question="What is 3 + 4 * 5?", held=(held("ann", "The answer is 23."), held("bob", "It is 35.")))
    assert ruled(other).score == 0.0


def test_numbers_in_positions_on_anything_else_are_no_evidence() -> None:
    assert isinstance(CONSENSUS.rule(question(held("ann", "Split it in 2"), held("bob", "Keep 2 parts"))), str)


def test_in_a_blind_round_the_same_sentence_agrees() -> None:
    assert ruled(question(held("ann", "Keep the  monolith!"), held("bob", '"keep the monolith."'))).score == 1.0


@pytest.mark.parametrize(
    ("one", "other"), [("Use C", "Use C++"), ("5", "-5"), ("1.5", "15"), ("Do it", "Do not do it"), ("a/b", "ab")]
)
def test_sentences_that_differ_are_no_evidence(one: str, other: str) -> None:
    assert CONSENSUS.rule(question(held("ann", one), held("bob", other))) == "no evidence for 2 of 2 pairs"


def test_a_pair_without_evidence_passes_the_question_up() -> None:
    one_way = seen(("ann", "bob", "agree"))
    assert CONSENSUS.rule(question(held("ann"), held("bob"), seen=one_way)) == "no evidence for 1 of 2 pairs"


def test_once_somebody_has_seen_another_the_same_words_are_no_evidence() -> None:
    some = seen(("ann", "bob", "agree"), ("bob", "ann", "agree"))
    found = CONSENSUS.rule(question(held("ann", "Go"), held("bob", "Go"), held("cid", "Go"), seen=some))
    assert found == "no evidence for 4 of 6 pairs"


def test_a_seat_without_a_position_is_out_of_the_mean() -> None:
    both = seen(("ann", "bob", "agree"), ("bob", "ann", "agree"))
    asked = Question(question="?", held=(held("ann"), held("bob")), seen=both, silent=("cid",))
    assert ruled(asked).score == 1.0


@pytest.mark.parametrize(
    ("seats", "why"),
    [
        ((), "no position stands: agreement needs two"),
        ((held("ann"),), "only ann holds a position: agreement needs two"),
    ],
)
def test_fewer_than_two_positions_agree_on_nothing(seats: tuple[Held, ...], why: str) -> None:
    found = opined(question(*seats))
    assert (found.said.score, found.confidence, found.why) == (0.0, 1.0, why)


def test_typed_evidence_is_certain() -> None:
    assert opined(question(held("ann", choice="a"), held("bob", choice="b"))).confidence == 1.0


def test_areas_name_the_seats_and_not_their_labels() -> None:
    stances = seen(
        ("ann", "bob", "agree"),
        ("ann", "cid", "agree"),
        ("bob", "ann", "partly"),
        ("bob", "cid", "agree"),
        ("cid", "ann", "disagree"),
        ("cid", "bob", "disagree"),
    )
    found = ruled(question(held("ann"), held("bob"), held("cid"), seen=stances))
    assert found.areas_of_agreement == ("ann agrees with bob and cid", "bob agrees with cid")
    assert found.areas_of_disagreement == ("bob agrees in part with ann", "cid disagrees with ann and bob")


def test_seats_that_agree_both_ways_are_one_group() -> None:
    stances = seen(
        ("ann", "cid", "agree"),
        ("cid", "ann", "agree"),
        ("ann", "bob", "agree"),
        ("bob", "ann", "disagree"),
        ("bob", "cid", "partly"),
        ("cid", "bob", "partly"),
    )
    found = ruled(question(held("ann"), held("bob"), held("cid"), seen=stances))
    assert found.groups == {"ann": 0, "bob": 1, "cid": 0}


SEATS = ("ann", "bob", "cid", "dan")
STANCES = st.dictionaries(
    st.tuples(st.sampled_from(SEATS), st.sampled_from(SEATS)).filter(lambda pair: pair[0] != pair[1]),
    st.sampled_from(["agree", "partly", "disagree"]),
)


@given(
    STANCES,
    st.lists(st.sampled_from(["adopt", "reject", "amend", "needs_info", None]), min_size=4, max_size=4),
    st.floats(0, 1),
)
def test_the_score_stays_a_share_and_a_guess_only_raises_it(
    stances: dict[tuple[str, str], Stance], verdicts: list[None], guess: float
) -> None:
    seats = [held(name, verdict=verdict) for name, verdict in zip(SEATS, verdicts, strict=True)]
    counted = pairs.tally(question(*seats, seen=seen(*((*pair, stance) for pair, stance in stances.items()))))
    assert 0.0 <= counted.score() <= counted.score(guess) <= 1.0
    assert len(counted.pairs) == 12
