"""History under other prices."""

from __future__ import annotations

from decimal import Decimal
from pathlib import Path

from zamaz.events import Fact
from zamaz.events.cost import Rates
from zamaz.events.workflow import DebateCancelled
from zamaz.testing import record
from zamaz_cost.restate import Restating, restating

from cost.books import BOOK, EXACT, WORST, RoundPrices, answered, begun, ruled

DOUBLE = Rates(input=Decimal(20), cached_input=Decimal(2), output=Decimal(200))


def told(history: Restating, *facts: Fact) -> Restating:
    story = BOOK.when(*facts)
    history.hear(story.facts)
    return history


def test_every_call_has_another_price_and_what_is_recorded_stays() -> None:
    dearer = Restating(RoundPrices("round 2", {"m": DOUBLE}))
    (one,) = told(dearer, begun(), answered(), ruled(provider="dear", usage=answered().usage)).models()
    assert (one.calls, one.recorded_usd, one.restated_usd, one.unknown) == (2, 2 * EXACT, 4 * EXACT, 0)


def test_an_orphan_is_restated_at_its_worst_case_too() -> None:
    dearer = Restating(RoundPrices("round 2", {"m": DOUBLE}))
    (one,) = told(dearer, begun(), DebateCancelled()).models()
    assert (one.recorded_usd, one.restated_usd) == (WORST, 2 * WORST)


def test_a_model_that_the_table_does_not_know_keeps_its_price_and_is_counted() -> None:
    (one,) = told(Restating(RoundPrices("none", {})), begun(), answered()).models()
    assert (one.restated_usd, one.unknown) == (EXACT, 1)


def test_debates_are_told_apart_and_heard_in_any_pieces() -> None:
    dearer = Restating(RoundPrices("round 2", {"m": DOUBLE}))
    for debate in ("a", "b"):
        facts = (heard.fact for heard in BOOK.given(begun()).when(answered()).facts)
        for n, fact in enumerate(facts, 1):
            dearer.hear([record(n, fact, debate=debate)])
    (one,) = dearer.models()
    assert (one.calls, one.restated_usd) == (2, 4 * EXACT)


def test_a_file_of_prices_is_read_like_prices_yaml(tmp_path: Path) -> None:
    definitions = Path(__file__).parents[2] / "definitions"
    table = tmp_path / "other.yaml"
    table.write_text('models: {openai: {gpt-4o: {input: "1", output: "1"}}}\n')
    history = restating(definitions, table)
    assert history.models() == []
    assert any(name.endswith("CallPriced.>") or name == "evt.cost.*.>" for name in history.filters)
