"""Ballots in, a tally out: what each protocol adopts, and what holds for all of them whatever is voted."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from zamaz.definition.protocol import COUNTED, ProtocolSpec
from zamaz.events.voting import Ballot, BallotState, ProtocolSetting, Tally
from zamaz_workflow import protocols
from zamaz_workflow.protocols.ranked import points_of

OPTIONS = ("split", "keep", "wait")
ABSENCES: tuple[BallotState, ...] = ("unparsed", "refused", "timed_out", "failed", "absent")
NAMES = ("ann", "bob", "cyd", "dan", "eve", "fay")


def setting(name: Any, **more: Any) -> ProtocolSetting:
    return ProtocolSpec(name=name, **more).setting()


def voted(*choices: str, confidence: float = 0.5) -> tuple[Ballot, ...]:
    """A ballot for each word; `abstain` and the names of absences are what they say."""
    return tuple(one(who, word, confidence) for who, word in zip(NAMES, choices, strict=False))


def one(who: str, word: str, confidence: float) -> Ballot:
    if word == "abstain":
        return Ballot(participant=who, state="abstained")
    if word in ABSENCES:
        return Ballot(participant=who, state=next(state for state in ABSENCES if state == word))
    return Ballot(participant=who, state="cast", choice=word, confidence=confidence)


def count(name: Any, *choices: str, **more: Any) -> Tally:
    return protocols.count(setting(name, **more), OPTIONS, voted(*choices))


def ranks(who: str, *ranking: str) -> Ballot:
    return Ballot(participant=who, state="cast", ranking=ranking)


def approves(who: str, *names: str) -> Ballot:
    return Ballot(participant=who, state="cast", approvals=names)


def test_a_majority_is_more_than_half_of_the_votes():
    tally = count("majority", "split", "keep", "split", "split")
    assert (tally.outcome, tally.adopted, tally.dissent) == ("adopted", "split", ("bob",))
    assert tally.why == "majority: 3 of 4 votes, more than half needed"
    assert [(c.option, c.votes, c.by) for c in tally.counts][:2] == [
        ("split", 3, ("ann", "cyd", "dan")),
        ("keep", 1, ("bob",)),
    ]


def test_the_most_votes_are_no_majority():
    tally = count("majority", "split", "split", "keep", "wait")
    assert (tally.outcome, tally.adopted) == ("short", "")


def test_half_of_the_votes_is_a_tie_and_has_no_winner():
    tally = count("majority", "split", "split", "keep", "keep")
    assert (tally.outcome, tally.adopted, tally.tied) == ("tie", "", ("split", "keep"))


def test_who_is_silent_is_for_and_against_nothing():
    tally = count("majority", "split", "split", "keep", "abstain", "timed_out", "refused")
    assert (tally.outcome, tally.cast, tally.abstained, tally.absent) == ("adopted", 3, 1, 2)
    assert tally.why == "majority: 2 of 3 votes, more than half needed (1 abstained, 2 absent)"


def test_abstaining_is_taking_part_and_being_absent_is_not():
    assert count("majority", "split", "abstain", "absent", "absent").outcome == "adopted"
    none = count("majority", "split", "absent", "absent", "absent")
    assert (none.outcome, none.quorum, none.adopted) == ("no_quorum", 2, "")
    assert "1 of 4 seats took part and it takes 2" in none.why


def test_one_seat_is_no_quorum_however_little_the_definition_asks_for():
    assert count("majority", "split", "absent", quorum=0.01).outcome == "no_quorum"


@pytest.mark.parametrize(
    ("share", "seats", "needed"), [(0.5, 3, 2), (0.5, 5, 3), ("2/3", 3, 2), (1, 4, 4), (0.1, 30, 3)]
)
def test_the_quorum_is_its_share_of_the_seats_rounded_up(share: Any, seats: int, needed: int):
    assert protocols.needed(setting("majority", quorum=share), seats) == needed


def test_where_everybody_abstains_nothing_is_adopted():
    assert count("majority", "abstain", "abstain").outcome == "no_votes"


@pytest.mark.parametrize(
    ("choices", "outcome"),
    [
        (("split", "split", "keep"), "adopted"),
        (("split", "split", "split", "keep", "keep"), "short"),
        (("split", "split", "split", "split", "keep", "keep"), "adopted"),
    ],
)
def test_a_supermajority_is_two_thirds_to_the_vote(choices: tuple[str, ...], outcome: str):
    assert count("supermajority", *choices).outcome == outcome


def test_a_definition_may_ask_for_another_share():
    assert count("supermajority", "split", "split", "keep", threshold="3/4").outcome == "short"
    assert count("supermajority", "split", "split", "split", "keep", threshold=0.75).outcome == "adopted"


def test_unanimity_is_all_votes_and_one_against_is_none():
    assert count("unanimity", "split", "split", "abstain").adopted == "split"
    assert count("unanimity", "split", "split", "split", "keep").outcome == "short"


def test_confidence_weighs_the_votes_and_heads_make_the_quorum():
    sure = (*voted("split", confidence=0.9), one("bob", "keep", 0.3), one("cyd", "keep", 0.4))
    tally = protocols.count(setting("confidence_weighted"), OPTIONS, sure)
    assert (tally.adopted, tally.dissent) == ("split", ("bob", "cyd"))
    assert tally.why == "confidence-weighted: 0.9 of 1.6 confidence, more than half needed"


def test_weights_that_only_rounding_tells_apart_are_a_tie():
    parts = (one("ann", "split", 0.1), one("bob", "split", 0.2), one("cyd", "keep", 0.3))
    assert protocols.count(setting("confidence_weighted"), OPTIONS, parts).outcome == "tie"


def test_votes_of_no_confidence_adopt_nothing():
    assert protocols.count(setting("confidence_weighted"), OPTIONS, voted("split", "split", confidence=0)).adopted == ""


def test_approval_adopts_what_most_could_live_with():
    cast = (approves("ann", "split", "wait"), approves("bob", "keep", "wait"), approves("cyd", "split"))
    tied = protocols.count(setting("approval"), OPTIONS, cast)
    assert tied.tied == ("split", "wait")
    tally = protocols.count(setting("approval"), OPTIONS, (*cast, approves("dan", "wait")))
    assert (tally.adopted, tally.dissent) == ("wait", ("cyd",))
    assert {c.option: c.by for c in tally.counts}["wait"] == ("ann", "bob", "dan")


def test_a_borda_count_finds_the_compromise_that_is_nobodys_last():
    cast = (
        ranks("ann", "split", "wait", "keep"),
        ranks("bob", "split", "wait", "keep"),
        ranks("cyd", "keep", "wait", "split"),
        ranks("dan", "keep", "wait", "split"),
        ranks("eve", "wait", "split", "keep"),
    )
    tally = protocols.count(setting("ranked"), OPTIONS, cast)
    assert {c.option: c.votes for c in tally.counts} == {"wait": 6, "split": 5, "keep": 4}
    assert (tally.adopted, tally.dissent) == ("wait", ("ann", "bob", "cyd", "dan"))


def test_what_a_ranking_leaves_out_shares_the_places_that_are_left():
    assert points_of(ranks("ann", "a", "b"), ("a", "b", "c", "d")) == {"a": 3, "b": 2, "c": 0.5, "d": 0.5}
    assert points_of(ranks("ann"), ("a", "b", "c")) == {"a": 1, "b": 1, "c": 1}
    assert points_of(ranks("ann", "a", "a", "b"), ("a", "b", "c")) == {"a": 2, "b": 1, "c": 0}


def test_one_candidate_alone_is_adopted_by_whoever_ranks_it():
    assert (
        protocols.count(setting("ranked"), ("split",), (ranks("ann", "split"), ranks("bob", "split"))).adopted
        == "split"
    )


def test_the_first_seat_that_prefers_one_of_the_tied_breaks_a_tie():
    ballots = (
        Ballot(participant="ann", state="absent"),
        one("bob", "wait", 0.5),
        approves("cyd", "split", "keep"),
        one("dan", "keep", 0.5),
        one("eve", "split", 0.5),
    )
    assert protocols.first_seat(("split", "keep"), ballots) == ("dan", "keep")
    assert protocols.first_seat(("a", "b"), ballots) == ("", "")


def test_a_broken_tie_names_who_broke_it_and_who_lost():
    tie = count("majority", "split", "keep")
    tally = protocols.resolved(tie, "ann", "split", "the first seat")
    assert (tally.outcome, tally.adopted, tally.decided_by, tally.dissent) == ("adopted", "split", "ann", ("bob",))
    assert tally.why == "majority: a tie of 2 at 1 of 2 votes; broken by ann, the first seat"


words = st.sampled_from((*OPTIONS, "abstain", *ABSENCES))
ballots = st.lists(words, min_size=1, max_size=6).map(lambda said: voted(*said))
whole = st.lists(st.permutations(OPTIONS), min_size=2, max_size=6)
settings = st.builds(setting, st.sampled_from(COUNTED), quorum=st.floats(min_value=0.01, max_value=1, exclude_min=True))


@given(settings, ballots)
def test_every_seat_is_counted_once(chosen: ProtocolSetting, cast: tuple[Ballot, ...]):
    tally = protocols.count(chosen, OPTIONS, cast)
    assert tally.cast + tally.abstained + tally.absent == tally.seats == len(cast)
    assert tally.ballots == cast
    assert sum(len(c.by) for c in tally.counts) <= tally.cast
    assert set(tally.dissent) <= {b.participant for b in cast if b.state == "cast"}


@given(settings, ballots)
def test_nothing_is_adopted_without_a_quorum_or_against_its_own_words(chosen: ProtocolSetting, cast: Any):
    tally = protocols.count(chosen, OPTIONS, cast)
    assert bool(tally.adopted) == (tally.outcome == "adopted")
    if tally.adopted:
        assert tally.cast + tally.abstained >= tally.quorum
        assert tally.counts[0].option == tally.adopted
        assert tally.counts[0].votes > max((c.votes for c in tally.counts[1:]), default=0)


@given(settings, ballots, st.randoms(use_true_random=False))
def test_the_order_of_the_seats_decides_nothing(chosen: ProtocolSetting, cast: tuple[Ballot, ...], chance: Any):
    shuffled = list(cast)
    chance.shuffle(shuffled)
    mixed, kept = protocols.count(chosen, OPTIONS, shuffled), protocols.count(chosen, OPTIONS, cast)
    assert (mixed.outcome, mixed.adopted, set(mixed.tied)) == (kept.outcome, kept.adopted, set(kept.tied))


@given(settings, ballots, st.sampled_from(ABSENCES))
def test_one_more_absent_seat_is_a_vote_for_nothing(
    chosen: ProtocolSetting, cast: tuple[Ballot, ...], how: BallotState
):
    more = (*cast, Ballot(participant="zoe", state=how, choice="keep", confidence=1.0))
    assert protocols.count(chosen, OPTIONS, more).counts in (protocols.count(chosen, OPTIONS, cast).counts, ())


@given(st.lists(st.tuples(st.permutations(OPTIONS), st.integers(0, 3)), min_size=2, max_size=6))
def test_every_ballot_of_a_borda_count_gives_the_same_sum(rankings: list[tuple[list[str], int]]):
    cast = [ranks(f"s{n}", *ranking[:kept]) for n, (ranking, kept) in enumerate(rankings)]
    for ballot in cast:
        assert sum(points_of(ballot, OPTIONS).values()) == 3


@given(whole)
def test_what_all_rank_first_wins_a_borda_count(rankings: list[list[str]]):
    cast = [ranks(f"s{n}", "best", *ranking) for n, ranking in enumerate(rankings)]
    assert protocols.count(setting("ranked"), OPTIONS, cast).adopted == "best"
