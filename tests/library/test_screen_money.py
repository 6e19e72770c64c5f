"""What a screen says of money: asked for, reserved, refused, billed and let go."""

from __future__ import annotations

from decimal import Decimal

import pytest

from zamaz.cli.amounts import usd
from zamaz.events.cost import DebateBilled, SpendRefused, SpendReserved
from zamaz.events.spending import PlannedCall
from zamaz.events.workflow import SpendRequested

from library.screens import OPENING, printed

D = Decimal
PLANNED = PlannedCall(provider="openai", model="gpt-4o", input_tokens=100, output_tokens=100, times=5)


def asked(number: int = 1, limit: str | None = "1") -> SpendRequested:
    return SpendRequested(number=number, calls=(PLANNED,), limit_usd=None if limit is None else D(limit))


def given(number: int = 1, dollars: str = "0.4", *budgets: str) -> SpendReserved:
    return SpendReserved(number=number, amount_usd=D(dollars), budgets=budgets)


def bill(dollars: str) -> DebateBilled:
    return DebateBilled(cost_usd=D(dollars), calls=3)


def told(*facts: SpendRequested | SpendReserved | SpendRefused | DebateBilled) -> str:
    return " ".join(printed(*OPENING, *facts).split())


def test_an_envelope_is_told_from_the_question_to_what_is_let_go():
    shown = told(asked(), given(1, "0.4", "budget-all"), asked(2), given(2, "0.2", "budget-all"), bill("0.25"))
    for part in (
        "Money is asked for (1): 5 calls at most, of openai/gpt-4o; the debate's own budget is $1.0000",
        "Reserved (1): $0.4000 on budget-all",
        "Reserved (2): $0.2000, $0.6000 in all, on budget-all",
        "Bill: $0.2500 for 3 calls. Of $0.6000 reserved, $0.3500 is let go",
    ):
        assert part in shown


def test_a_refusal_names_scope_and_budget():
    why = "the day's budget of $5 has $1 left, and the next calls may cost $2"
    shown = told(asked(), SpendRefused(number=1, scope="day", budget="budget-day-2026-01-31", why=why))
    assert f"Money is refused (1) by scope day, budget-day-2026-01-31: {why}" in shown


def test_an_overrun_is_told_with_the_bill():
    assert "Bill: $0.5000 for 3 calls. That is $0.1000 more than was reserved" in told(asked(), given(), bill("0.5"))


def test_without_a_budget_nothing_is_reserved_and_nothing_let_go():
    shown = told(asked(limit=None), given(), bill("0.1"))
    assert "Every model has a price: $0.4000 at the most, and no budget limits it" in shown
    assert "Bill: $0.1000 for 3 calls" in shown
    assert "let go" not in shown
    assert "Nothing more has to be reserved (1)" in told(asked(), given(1, "0"))


@pytest.mark.parametrize(
    ("amount", "shown"),
    [("0", "$0.00"), ("123.456", "$123.46"), ("0.0033", "$0.0033"), ("0.00001234", "$0.000012"), ("-2.5", "-$2.5000")],
)
def test_a_sum_has_as_many_digits_as_it_needs(amount: str, shown: str):
    assert usd(D(amount)) == shown
