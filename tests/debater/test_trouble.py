"""HTTP trouble by status, waits by header, access by environment."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import pytest
from pydantic import SecretStr

from zamaz.definition import ModelsFile, ProviderSpec, default_folder, read
from zamaz_debater import providers
from zamaz_debater.providers import trouble
from zamaz_debater.providers.trouble import Asked
from zamaz_debater.settings import Access, DebaterSettings, access

KEY = "sk-planted-0123456789"
ASKED = Asked("custom", "m-1", "CUSTOM_KEY", Access("http://host/v1", SecretStr(KEY)))
NOW = datetime(2026, 1, 1, tzinfo=UTC)


@pytest.mark.parametrize(
    ("status", "kind", "retryable"),
    [
        (400, "bad_request", False),
        (401, "auth", False),
        (402, "auth", False),
        (403, "auth", False),
        (404, "not_found", False),
        (408, "timeout", True),
        (413, "context_too_large", False),
        (422, "bad_request", False),
        (429, "rate_limited", True),
        (500, "provider_error", True),
        (503, "provider_error", True),
        (504, "timeout", True),
        (529, "provider_error", True),
        (302, "provider_error", False),
    ],
)
def test_a_status_is_one_kind_of_failure(status: int, kind: str, retryable: bool) -> None:
    error = trouble.refused(ASKED, status, {}, f"they say {KEY}")
    assert (error.kind, error.retryable) == (kind, retryable)
    assert str(status) in error.why
    assert KEY not in error.why


def test_a_body_that_is_no_answer_may_be_the_model_s_doing_and_a_status_in_trouble_is_the_provider_s() -> None:
    assert trouble.malformed(ASKED).unclear
    assert not trouble.refused(ASKED, 500, {}).unclear
    assert not trouble.unreachable(ASKED).unclear


def test_the_words_of_a_refused_request_are_shown_short_and_without_the_key() -> None:
    error = trouble.refused(ASKED, 400, {}, f"too many\ntokens for {KEY}" + "x" * 900)
    assert "too many tokens for …" in error.why
    assert len(error.why) <= 500


@pytest.mark.parametrize(
    ("header", "seconds"),
    [
        ("7", 7),
        (" 1.5 ", 1.5),
        ("Thu, 01 Jan 2026 00:01:30 GMT", 90),
        ("Wed, 31 Dec 2025 00:00:00 GMT", 0),
        ("99999999", 3600),
        ("", None),
        ("soon", None),
        ("-5", None),
    ],
)
def test_retry_after_is_seconds_or_a_date(header: str, seconds: float | None) -> None:
    assert trouble.retry_after(header, NOW) == seconds


def spec(**more: object) -> ProviderSpec:
    return ProviderSpec.model_validate({"adapter": "openai_compatible", **more})


def test_a_key_comes_from_its_variable_or_a_file(tmp_path: Path) -> None:
    file = tmp_path / "key"
    file.write_text(f"{KEY}\n")
    for environment in ({"K": f" {KEY} "}, {"K_FILE": str(file)}):
        found = access(spec(key_env="K"), environment)
        assert found.key is not None
        assert found.key.get_secret_value() == KEY
        assert found.missing == ""


def test_an_empty_key_file_is_no_key(tmp_path: Path) -> None:
    """Containers mount a file for every provider, whether there is a key for it or not."""
    file = tmp_path / "key"
    file.write_text("\n")
    found = access(spec(key_env="K"), {"K_FILE": str(file)})
    assert (found.missing, found.key) == ("the file that K_FILE names is empty", None)


@pytest.mark.parametrize(
    ("environment", "missing"),
    [
        ({}, "set K"),
        ({"K": "  "}, "set K"),
        ({"K_FILE": "/nowhere/key"}, "K_FILE names a file that cannot be read as text"),
        ({"K": "schlüssel"}, "K holds characters that no key has"),
        ({"K": "two\nlines"}, "K holds characters that no key has"),
    ],
)
def test_a_missing_key_is_told_with_what_to_do(environment: dict[str, str], missing: str) -> None:
    found = access(spec(key_env="K"), environment)
    assert (found.missing, found.key) == (missing, None)


def test_an_address_comes_from_its_variable_or_the_definition() -> None:
    both = spec(base_url="http://default", base_url_env="U")
    assert access(both, {}).address == "http://default"
    assert access(both, {"U": "http://mine"}).address == "http://mine"
    assert access(spec(base_url_env="U"), {}).missing == "set U to the server's address"
    assert "http://" in access(spec(base_url_env="U"), {"U": "host:80"}).missing
    assert access(ProviderSpec(adapter="ollama", base_url_env="U"), {"U": "host:80"}).missing == ""


def test_a_key_is_in_no_repr() -> None:
    assert KEY not in repr(ASKED)
    assert KEY not in repr(access(spec(key_env="K"), {"K": KEY}))


async def test_what_can_be_reached_says_what_to_set(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("ANTHROPIC_API_KEY", "ZAMAZ_CUSTOM_URL", "XAI_API_KEY"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("OPENAI_API_KEY", KEY)
    settings = DebaterSettings()
    models = read(default_folder() / "models.yaml", ModelsFile)
    made = providers.build(models, settings.accesses(models), settings.scripts_folder)
    assert (await made["anthropic"].reach()).why == "set ANTHROPIC_API_KEY"
    assert (await made["custom"].reach()).why == "set ZAMAZ_CUSTOM_URL to the server's address"
    assert (await made["openai"].reach()).ok
    assert KEY not in repr(settings) + repr(made) + repr(vars(made["openai"]))
