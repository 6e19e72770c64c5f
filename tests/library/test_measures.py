"""Which numbers a fact moves."""

from __future__ import annotations

import pytest

from zamaz.events import ENDINGS, Fact
from zamaz.events.debater import ArgumentPresented, CallDiscarded, TurnFailed
from zamaz.events.orchestration import ConsensusAssessed, RulingShadowed
from zamaz.service.measures import Measures
from zamaz.service.metrics import Metrics

from contract.samples import SAMPLES

SERVICE = {"service": "test"}


def measured(*facts: Fact) -> Metrics:
    metrics = Metrics("test")
    measure = Measures(metrics)
    for fact in facts:
        measure(fact)
    return metrics


def sample(kind: type[Fact]) -> Fact:
    return next(fact for fact in SAMPLES if isinstance(fact, kind))


def value(metrics: Metrics, name: str, **labels: str) -> float | None:
    return metrics.registry.get_sample_value(name, SERVICE | labels)


@pytest.mark.parametrize("fact", SAMPLES, ids=lambda fact: type(fact).__name__)
def test_every_fact_is_counted_by_its_type(fact: Fact):
    assert value(measured(fact, fact), "zamaz_facts_said_total", type=type(fact).__name__) == 2


@pytest.mark.parametrize("ending", ENDINGS, ids=lambda ending: ending.__name__)
def test_an_ending_is_counted_with_its_reason(ending: type[Fact]):
    name = ending.__name__.removeprefix("Debate").lower()
    fact = sample(ending)
    reason = getattr(fact, "stop_reason", "") or getattr(fact, "reason", "")
    assert value(measured(fact), "zamaz_debates_ended_total", ending=name, reason=reason) == 1


def test_an_answer_counts_its_turn_its_time_and_its_tokens():
    metrics = measured(sample(ArgumentPresented))
    assert value(metrics, "zamaz_turns_total", provider="anthropic", outcome="answered") == 1
    assert value(metrics, "zamaz_answer_seconds_sum", provider="anthropic") == pytest.approx(1.234)
    for kind, tokens in {"input": 100, "cached_input": 10, "output": 50, "reasoning": 5}.items():
        assert value(metrics, "zamaz_tokens_total", provider="anthropic", kind=kind) == tokens


def test_a_failure_and_a_discarded_call_are_turns_of_their_own_outcome_whose_tokens_count():
    metrics = measured(sample(TurnFailed), sample(CallDiscarded))
    assert value(metrics, "zamaz_turns_total", provider="anthropic", outcome="rate_limited") == 1
    assert value(metrics, "zamaz_turns_total", provider="anthropic", outcome="discarded") == 1
    assert value(metrics, "zamaz_tokens_total", provider="anthropic", kind="input") == 200


def test_a_ruling_counts_the_rung_that_ruled_and_those_that_passed():
    metrics = measured(sample(ConsensusAssessed))
    kind = "ConsensusAssessed"
    assert value(metrics, "zamaz_rulings_total", kind=kind, rung="local", outcome="cached") == 1
    assert value(metrics, "zamaz_rulings_total", kind=kind, rung="rules", outcome="passed") == 1
    assert value(metrics, "zamaz_rungs_passed_total", kind=kind, rung="ollama", reason="unsure") == 1
    assert value(metrics, "zamaz_ruling_seconds_count", kind=kind, rung="local") == 1
    assert value(metrics, "zamaz_tokens_total", provider="ollama", kind="input") == 100, "it was asked, and passed"


def test_a_shadow_counts_whether_it_agrees_and_how_far_the_ruling_is_off():
    metrics = measured(sample(RulingShadowed))
    labels = {"kind": "consensus", "ruled_by": "local", "rung": "grok"}
    assert value(metrics, "zamaz_shadows_total", **labels, outcome="differs") == 1
    assert value(metrics, "zamaz_shadow_regret_total", **labels) == 0.5


def test_a_word_that_is_none_of_the_language_is_other():
    metrics = Metrics("test")
    for n in range(3):
        metrics.heard(f"Word{n}", "ack", 0.001)
        metrics.dead(f"Word{n}")
    assert value(metrics, "zamaz_hear_seconds_count", type="other", outcome="ack") == 3
    assert value(metrics, "zamaz_dead_letters_total", type="other") == 3
