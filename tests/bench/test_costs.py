"""What `make bench-cost` adds up, on the project's own stored debates; tokens are counted as words here."""

from __future__ import annotations

import dataclasses
from decimal import Decimal

import pytest

from zamaz.definition import Catalog, default_folder, load
from zamaz.errors import ZamazError
from zamaz_cost import prices

from bench.cost import debates
from bench.cost.account import Line, account, saved
from bench.cost.bill import Till
from bench.cost.rulings import Desk

JUDGE, SEATS = "claude-opus-4", ["claude-opus-4", "gemini-2.5-pro", "gpt-4o"]


@pytest.fixture(scope="module")
def catalog() -> Catalog:
    return load(default_folder())


@pytest.fixture(scope="module")
def till(catalog: Catalog) -> Till:
    return Till(catalog, prices.load(default_folder()), lambda text: len(text.split()))


def lines(till: Till, name: str, *, auto: bool = False, reads: bool = True) -> list[Line]:
    read = debates.read(debates.OWN / name)
    return account(read, Desk(till.catalog, reads=reads), till, JUDGE, SEATS, auto=auto)


def test_the_ladder_saves_most_of_what_a_dear_model_would_cost(till: Till):
    dear, rest, own, *_ = lines(till, "answers.jsonl")
    assert dear.orchestration.usd > 0
    assert saved(rest.orchestration.usd, dear.orchestration.usd) >= 0.8
    assert own.orchestration.usd == 0
    assert dear.arguing == rest.arguing, "the participants' bill is another"


def test_a_request_that_leaves_the_workflow_open_asks_for_two_rulings_more(till: Till):
    named, opened = lines(till, "answers.jsonl")[0], lines(till, "answers.jsonl", auto=True)[0]
    assert opened.rulings == named.rulings + 2 * named.debates
    assert opened.orchestration.usd > named.orchestration.usd


def test_ending_early_saves_participants_calls_and_names_what_it_changes(till: Till):
    _, rest, _, agreed, bold = lines(till, "answers.jsonl")
    assert bold.arguing.calls < agreed.arguing.calls < rest.arguing.calls
    assert agreed.changed == rest.changed == []
    assert bold.changed == ["own-04: 57 in the place of 153, where 57 is right"]


def test_without_rules_for_prose_a_consensus_of_untyped_answers_is_for_the_model(till: Till):
    by_rules, typed_only = lines(till, "prose.json")[1], lines(till, "prose.json", reads=False)[1]
    assert by_rules.orchestration.calls == 0
    assert typed_only.orchestration.calls == 24, "all but the four that ask for a number"


def test_a_line_adds_up(till: Till):
    dear = lines(till, "answers.jsonl")[0]
    told = dear.as_json(dear)
    assert told["orchestration_saved"] == told["all_saved"] == 0
    assert Decimal(told["orchestration"]["usd"]) + Decimal(told["arguing"]["usd"]) == dear.all_usd
    assert told["all_usd_a_debate"] == pytest.approx(float(dear.all_usd / dear.debates))


def test_a_model_without_a_price_is_an_error_and_no_nothing(till: Till):
    with pytest.raises(ZamazError, match="no price is known for openai/none-such"):
        till.call("openai/none-such", "Split it?", "Yes.")
    with pytest.raises(ZamazError, match=r"models\.yaml has no 'nobody'"):
        dataclasses.replace(till).call("nobody", "Split it?", "Yes.")
