from __future__ import annotations

from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path

import genai_prices
import pytest

from zamaz.definition import ModelsFile, PricesFile, parse, read
from zamaz.errors import DefinitionError
from zamaz.events.cost import Rates
from zamaz.events.debater import Usage
from zamaz_cost import prices
from zamaz_cost.prices import PriceTable
from zamaz_cost.pricing import amount_of

DEFINITIONS = Path(__file__).parents[2] / "definitions"
AT = datetime(2026, 1, 1, tzinfo=UTC)
MODELS = "models.yaml"


@pytest.fixture(scope="module")
def table() -> PriceTable:
    return prices.load(DEFINITIONS)


def with_prices(text: str) -> PriceTable:
    providers = read(DEFINITIONS / MODELS, ModelsFile).providers
    return PriceTable(providers, parse(text, PricesFile, prices.FILE), "f" * 64)


@pytest.mark.parametrize(
    ("provider", "model", "amount"),
    [
        # 800 x 15 + 200 x 1.50 + 100 x 75
        ("anthropic", "claude-opus-4-20250514", "0.0198"),
        # 800 x 2.50 + 200 x 1.25 + 100 x 10
        ("openai", "gpt-4o", "0.00325"),
        # 800 x 3 + 200 x 0.75 + 100 x 15
        ("xai", "grok-4", "0.00405"),
        # 800 x 1.25 + 200 x 0.125 + 100 x 10
        ("google", "gemini-2.5-pro", "0.002025"),
    ],
)
def test_cached_and_output_tokens_have_their_own_rates(
    table: PriceTable, provider: str, model: str, amount: str
) -> None:
    usage = Usage(input=1000, cached_input=200, output=100, reasoning=60)
    rates = table.rates(provider, model, usage.input, AT)
    assert rates is not None
    assert amount_of(usage, rates) == Decimal(amount)


@pytest.mark.parametrize("tokens", [199_999, 200_000, 200_001, 900_000])
def test_a_long_prompt_has_its_tier_as_the_library_counts_it(table: PriceTable, tokens: int) -> None:
    rates = table.rates("google", "gemini-2.5-pro", tokens, AT)
    counted = genai_prices.Usage(input_tokens=tokens, cache_read_tokens=1000, output_tokens=500)
    whole = genai_prices.calc_price(counted, "gemini-2.5-pro", provider_id="google", genai_request_timestamp=AT)
    assert rates is not None
    assert amount_of(Usage(input=tokens, cached_input=1000, output=500), rates) == whole.total_price


@pytest.mark.parametrize("when", [{"processing": "batch"}, {"service_tier": "flex"}, {"no": "such"}])
def test_a_provider_may_bill_by_a_variant_of_the_librarys_rates(table: PriceTable, when: dict[str, str]) -> None:
    now = datetime(2026, 11, 1, tzinfo=UTC)
    openai = read(DEFINITIONS / MODELS, ModelsFile).providers["openai"].model_copy(update={"price_when": when})
    rates = PriceTable({"openai": openai}, PricesFile(), "").rates("openai", "o4-mini", 1000, now)
    usage = genai_prices.Usage(input_tokens=1000, output_tokens=500)
    whole = genai_prices.calc_price(
        usage, "o4-mini", provider_id="openai", genai_request_timestamp=now, price_context=when
    )
    assert rates is not None
    assert amount_of(Usage(input=1000, output=500), rates) == whole.total_price
    assert (rates == table.rates("openai", "o4-mini", 1000, now)) == (when == {"no": "such"})


def test_a_written_price_wins_over_the_library() -> None:
    written = with_prices('models: {openai: {gpt-4o: {input: "1", output: "2"}}}')
    assert written.rates("openai", "gpt-4o", 10, AT) == Rates(
        input=Decimal(1), cached_input=Decimal(1), output=Decimal(2)
    )


def test_a_written_price_covers_what_the_library_lacks() -> None:
    written = with_prices('models: {custom: {ours: {input: "0.50", cached_input: "0.05", output: "1.50"}}}')
    assert written.rates("custom", "ours", 10, AT) == Rates(
        input=Decimal("0.5"), cached_input=Decimal("0.05"), output=Decimal("1.5")
    )


@pytest.mark.parametrize(
    ("provider", "model"), [("openai", "no-such-model"), ("custom", "gpt-4o"), ("nobody", "gpt-4o"), ("openai", "")]
)
def test_a_model_that_no_table_knows_has_no_rates(table: PriceTable, provider: str, model: str) -> None:
    assert table.rates(provider, model, 10, AT) is None


@pytest.mark.parametrize(
    ("provider", "billing"), [("anthropic", "paid"), ("ollama", "local"), ("script", "script"), ("gone", "paid")]
)
def test_models_yaml_says_who_sends_a_bill(table: PriceTable, provider: str, billing: str) -> None:
    assert table.billing(provider) == billing


def test_the_table_s_name_tells_the_library_s_version_and_the_file(table: PriceTable) -> None:
    assert table.name.startswith(f"genai-prices {genai_prices.__version__} + prices.yaml ")
    assert with_prices("models: {}").name != table.name


def test_without_a_file_the_library_stands_alone(tmp_path: Path) -> None:
    (tmp_path / MODELS).write_text((DEFINITIONS / MODELS).read_text(encoding="utf-8"), encoding="utf-8")
    assert prices.load(tmp_path).name == f"genai-prices {genai_prices.__version__}"


def test_a_float_is_refused_with_its_line() -> None:
    with pytest.raises(DefinitionError, match=r'prices.yaml:3: .*write the dollars as text: "0.1"'):
        with_prices('models:\n  custom:\n    ours: {input: 0.1, output: "1"}\n')


def test_a_mistyped_key_names_the_likely_one() -> None:
    with pytest.raises(DefinitionError, match=r"did you mean 'cached_input'"):
        with_prices('models: {custom: {ours: {input: "1", cache_input: "1", output: "1"}}}')


def test_a_negative_price_is_refused() -> None:
    with pytest.raises(DefinitionError):
        with_prices('models: {custom: {ours: {input: "-1", output: "1"}}}')


def test_amounts_are_exact_to_ten_places() -> None:
    rates = Rates(input=Decimal("0.075"), cached_input=Decimal(0), output=Decimal("0.3"))
    assert amount_of(Usage(input=1, output=1), rates) == Decimal("3.75E-7")
    assert str(amount_of(Usage(), rates)) == "0"
    assert str(amount_of(Usage(input=10**9, output=0), Rates(input=Decimal(10)))) == "10000"


def test_what_is_written_to_the_cache_costs_what_the_library_says(table: PriceTable) -> None:
    model = "claude-opus-4-20250514"
    rates = table.rates("anthropic", model, 1000, AT)
    counted = genai_prices.Usage(input_tokens=1000, cache_read_tokens=200, cache_write_tokens=300, output_tokens=100)
    whole = genai_prices.calc_price(counted, model, provider_id="anthropic", genai_request_timestamp=AT)
    assert rates is not None
    assert amount_of(Usage(input=1000, cached_input=200, cache_write=300, output=100), rates) == whole.total_price


def test_a_fee_for_each_call_is_part_of_its_price(table: PriceTable) -> None:
    found = prices._library_rates("perplexity", "sonar-reasoning", 10, AT)
    assert found is not None
    assert amount_of(Usage(), found) == Decimal("0.012")


def test_a_file_may_price_cache_writes_and_thinking_apart() -> None:
    dear = '{input: "1", cached_input: "0.1", cache_write: "2", output: "10", reasoning: "20", request: "0.5"}'
    rates = with_prices(f"models: {{custom: {{m: {dear}}}}}").rates("custom", "m", 10, AT)
    usage = Usage(input=1_000_000, cached_input=200_000, cache_write=300_000, output=1_000_000, reasoning=400_000)
    assert rates is not None
    # 0.5 x $1 + 0.2 x $0.1 + 0.3 x $2 + 0.6 x $10 + 0.4 x $20 + $0.5
    assert amount_of(usage, rates) == Decimal("15.62")


def test_no_part_of_a_count_is_priced_twice() -> None:
    rates = Rates(input=Decimal(1), cached_input=Decimal(1), output=Decimal(1), cache_write=Decimal(1))
    odd = Usage(input=10, cached_input=8, cache_write=8, output=10, reasoning=99)
    assert amount_of(odd, rates) == Decimal("0.00002")
