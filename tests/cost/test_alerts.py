from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest
from msgspec import structs

from zamaz.definition import AlertsFile, parse
from zamaz.errors import DefinitionError
from zamaz.events.cost import BudgetThresholdReached, SpendRefused
from zamaz.events.spending import Scope
from zamaz.events.workflow import DebateCompleted, DebateFailed
from zamaz.testing import START
from zamaz_cost.alerts import Pace, Raised, raised

from cost.books import answered

FAILED = DebateFailed(stop_reason="failure", why="nobody took a position")
UNDECIDED = DebateCompleted(
    debate_id="d",
    topic="?",
    decision="Do it",
    rationale="",
    decision_id="x",
    decision_type="SIMPLE",
    consensus=False,
    summary="",
    rounds=3,
    stop_reason="rounds",
    stop_detail="no consensus after 3 of 3 rounds",
    partial=False,
    cost_usd=Decimal(0),
    cost_final=True,
)


def file(*alerts: dict[str, Any]) -> AlertsFile:
    channels = {name: {"url_env": "URL"} for alert in alerts for name in alert.get("notify", ())}
    return AlertsFile.model_validate({"channels": channels, "alerts": alerts})


def alerts(made: AlertsFile, fact: object, id_: str = "d") -> list[Raised]:
    return list(raised(made, id_, fact))


def test_nothing_is_raised_that_nobody_asked_for() -> None:
    assert alerts(file(), FAILED) == []


def test_a_failed_debate_is_told_to_each_channel_once() -> None:
    made = file({"when": "failed", "notify": ["ops"]}, {"when": "failed", "notify": ["mail", "ops"]})
    ((id_, alert),) = alerts(made, FAILED)
    assert (id_, alert.alert, alert.channels, alert.why) == ("d", "failed", ("ops", "mail"), FAILED.why)


def test_a_consensus_that_never_came_is_told_of_and_a_debate_that_was_cut_short_is_not() -> None:
    made = file({"when": "no_consensus"})
    assert [one.alert.kind for one in alerts(made, UNDECIDED)] == ["no_consensus"]
    assert alerts(made, structs.replace(UNDECIDED, stop_reason="deadline")) == []
    assert alerts(made, structs.replace(UNDECIDED, consensus=True)) == []


def test_a_budget_that_is_too_small_is_told_of_once_and_not_for_each_debate() -> None:
    made = file({"when": "refused"})
    refusals = (SpendRefused(number=1, scope="day", why="so", budget="budget-day-2026-01-01") for _ in range(2))
    assert {(one.id, one.alert.alert) for fact in refusals for one in alerts(made, fact)} == {
        ("budget-day-2026-01-01", "refused")
    }
    own = SpendRefused(number=1, scope="debate", why="so")
    assert [one.id for one in alerts(made, own)] == ["d"]


@pytest.mark.parametrize(("percent", "told"), [(50, []), (80, ["threshold-day-80"]), (100, ["threshold-day-100"])])
def test_shares_of_a_budget_are_told_of_from_the_one_on_that_is_asked_for(percent: int, told: Sequence[str]) -> None:
    fact = BudgetThresholdReached(scope="day", percent=percent, spent_usd=Decimal(4), limit_usd=Decimal(5))
    assert [one.alert.alert for one in alerts(file({"when": "threshold", "percent": 80}), fact)] == told


@pytest.mark.parametrize(
    ("scope", "whose"),
    [("debate", "the debate's budget"), ("requester", "the budget of ann"), ("month", "the month's budget")],
)
def test_whose_budget_it_is_stands_in_the_alert(scope: Scope, whose: str) -> None:
    fact = BudgetThresholdReached(
        scope=scope, percent=80, spent_usd=Decimal("4.10"), limit_usd=Decimal(5), requester="ann"
    )
    (one,) = alerts(file({"when": "threshold"}), fact)
    assert one.alert.why == f"80 % of {whose} ($5) is spent: $4.10"


def slow(pace: Pace, seconds: float, times: int, hours: float = 0) -> list[Raised]:
    fact = structs.replace(answered(), latency_ms=int(seconds * 1000))
    at = START + timedelta(hours=hours)
    return [one for _ in range(times) for one in pace.hear(fact, at)]


def test_one_slow_answer_is_no_slow_provider() -> None:
    pace = Pace(file({"when": "slow", "seconds": 10}))
    assert slow(pace, 1, 10) + slow(pace, 99, 1) == []


def test_a_provider_is_slow_when_half_of_its_answers_are_and_that_is_said_once_an_hour() -> None:
    pace = Pace(file({"when": "slow", "seconds": 10}))
    assert slow(pace, 60, 4) == []
    found = slow(pace, 60, 10) + slow(pace, 60, 1, hours=1)
    assert {one.alert.alert for one in found} == {"slow-2026010100-dear", "slow-2026010101-dear"}
    assert found[0].alert.why == "half of the newest 5 answers of dear took 60.0 s or more"


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("alerts: [{when: slow}]", "slow needs seconds"),
        ("alerts: [{when: failed, seconds: 3}]", "slow needs seconds"),
        ("alerts: [{when: failed, notify: [ops]}]", "failed notifies 'ops', which is no channel; known are: none"),
        ("alerts: [{wen: failed}]", "did you mean 'when'"),
    ],
)
def test_what_cannot_be_told_is_an_error_with_its_reason(text: str, why: str) -> None:
    with pytest.raises(DefinitionError, match=why):
        parse(text, AlertsFile, "alerts.yaml")
