"""orchestration.yaml: who rules which kind, and what stands for a model that is paid for."""

from __future__ import annotations

from pathlib import Path

import pytest

from zamaz.definition import ModelsFile, OrchestrationFile, default_folder, load, parse, read
from zamaz.definition.catalog import ladders
from zamaz.errors import DefinitionError
from zamaz.events.flow import RungSetting

CONSENSUS = "consensus: [{rung: rules, threshold: 0.6}]\n"
MODELS = read(default_folder() / "models.yaml", ModelsFile)


def test_every_kind_has_a_ladder_and_the_free_rules_where_the_file_names_none():
    ladder = parse(CONSENSUS, OrchestrationFile, "o.yaml").ladder()
    assert set(ladder) == {"complexity", "workflow", "consensus", "next_move", "quality", "novelty"}
    assert ladder["novelty"] == (RungSetting(rung="rules", concurrency=4),)


def test_the_shipped_ladders_begin_with_the_free_rung_and_without_keys_none_is_paid_for():
    for rungs in load(default_folder()).ladder(lambda _provider, _model: False).values():
        assert rungs[0].rung == "rules"
        assert {rung.rung for rung in rungs} <= {"rules", "ollama", "local"}


def test_what_is_paid_for_in_the_shipped_ladders_comes_last_and_is_bounded():
    catalog = load(default_folder())
    ladder = catalog.ladder(lambda provider, _: provider == "xai")
    assert [rung.rung for rung in ladder["consensus"]] == ["rules", "ollama", "local", "grok"]
    assert [rung.rung for rung in catalog.ladder()["consensus"]] == ["rules", "ollama", "local", "grok", "cloud"]
    paid = [rung for rungs in catalog.ladder().values() for rung in rungs if rung.provider]
    assert paid
    assert all(rung.spend_usd and rung.requests_a_minute and rung.tokens_a_minute for rung in paid)


def test_who_names_other_models_alone_needs_no_other_ladder():
    others = parse("providers: {o: {adapter: ollama}}\nmodels: {m: {provider: o, model: m}}", ModelsFile, "m.yaml")
    file = ladders(default_folder() / "orchestration.yaml", others)
    assert [rung.rung for rung in file.ladder(others)["consensus"]] == ["rules", "ollama", "local"]


def test_a_paid_rung_that_is_named_without_a_condition_stays_and_says_itself_why_it_passes():
    rung = "{rung: grok, model: grok}"
    assert parse(f"consensus: [{rung}]", OrchestrationFile, "o.yaml").ladder(MODELS, lambda *_: False)["consensus"]


def test_an_alias_is_resolved_with_its_provider_and_the_limits_go_along():
    rung = "{rung: grok, model: grok, requests_per_minute: 60, tokens_per_minute: 9000, spend_usd: 0.05, timeout: 30s}"
    (made,) = parse(f"consensus: [{rung}]", OrchestrationFile, "o.yaml").ladder(MODELS)["consensus"]
    assert (made.rung, made.provider, made.model) == ("grok", "xai", "grok-4")
    assert (made.requests_a_minute, made.tokens_a_minute, made.spend_usd, made.timeout_s) == (60, 9000, 0.05, 30)


def test_an_alias_that_is_none_is_named_with_what_was_likely_meant(tmp_path: Path):
    file = tmp_path / "orchestration.yaml"
    file.write_text(CONSENSUS + "quality: [{rung: rules}, {rung: cloud, model: claude-sonet-4}]", encoding="utf-8")
    with pytest.raises(
        DefinitionError, match=r"quality\.1\.model: models.yaml has no model 'claude-sonet-4'"
    ) as raised:
        ladders(file, MODELS)
    assert "did you mean 'claude-sonnet-4'?" in str(raised.value)


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("consensus: [{rung: ollama}]", "the rung ollama needs a model"),
        (CONSENSUS + "novelty: []", "novelty"),
        (CONSENSUS + "shadow: {share: 2}", "shadow.share"),
        (CONSENSUS + "shadow: {wating: 3}", "did you mean 'waiting'?"),
        (CONSENSUS + "cache: {ttl: soon}", "is no duration"),
        ("consensus: [{rung: ollama, model: m, keep_alive: long}]", "keep_alive"),
        (CONSENSUS + "warm: [concensus]", "warm.0"),
    ],
)
def test_what_is_wrong_is_named(text: str, told: str):
    with pytest.raises(DefinitionError) as raised:
        parse(text, OrchestrationFile, "o.yaml")
    assert told in str(raised.value)
