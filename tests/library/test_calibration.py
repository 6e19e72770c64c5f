from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from zamaz.calibration import proposals
from zamaz.events.orchestration import RulingShadowed


def shadow(confidence: float, agrees: bool | None = True, rung: str = "local", kind: str = "consensus"):
    return RulingShadowed(
        ruling="r",
        kind=kind,
        ruled_by=rung,
        ruled="full",
        ruled_confidence=confidence,
        rung="grok",
        agrees=agrees,
        regret=None if agrees is None else float(not agrees),
        inputs_digest="",
    )


def test_the_lowest_threshold_from_which_on_enough_agree_is_proposed():
    facts = [shadow(0.5, agrees=n % 2 == 0) for n in range(20)] + [shadow(0.7)] * 15 + [shadow(0.9)] * 15
    (one,) = proposals(facts, wanted=0.9, least=10)
    assert (one.threshold, one.shadows) == (0.7, 50)
    assert one.agreement == 0.8
    assert one.regret == 0.2
    assert one.kept == 0.6


def test_too_few_shadows_propose_nothing():
    (one,) = proposals([shadow(0.9)] * 5)
    assert (one.threshold, one.why) == (None, "5 shadows are fewer than the 20 that a proposal needs")


def test_a_rung_that_is_never_agreed_with_gets_no_threshold():
    (one,) = proposals([shadow(0.9, agrees=False)] * 30)
    assert one.threshold is None
    assert one.why.startswith("no threshold makes 90% of at least 20 rulings")


def test_a_shadow_that_could_not_say_counts_for_nothing():
    (one,) = proposals([shadow(0.9)] * 20 + [shadow(0.1, agrees=None)] * 7)
    assert (one.shadows, one.silent, one.agreement, one.threshold) == (20, 7, 1.0, 0.9)


def test_each_kind_and_rung_is_its_own():
    facts = [shadow(0.9, kind="quality"), shadow(0.9, rung="ollama"), shadow(0.9)]
    assert [(one.kind, one.rung) for one in proposals(facts)] == [
        ("consensus", "local"),
        ("consensus", "ollama"),
        ("quality", "local"),
    ]


@given(st.lists(st.tuples(st.floats(0, 1), st.booleans()), min_size=1, max_size=60), st.floats(0, 1))
def test_what_is_proposed_keeps_what_was_wanted(told: list[tuple[float, bool]], wanted: float):
    (one,) = proposals([shadow(confidence, agrees) for confidence, agrees in told], wanted, least=5)
    if one.threshold is not None:
        sure = [agrees for confidence, agrees in told if confidence >= one.threshold]
        assert len(sure) >= 5
        assert sum(sure) / len(sure) >= wanted
