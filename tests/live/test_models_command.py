"""`zamaz models`, on a real server with leases of debaters that are played here."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta

import pytest
from nats.aio.client import Client as Nats

from zamaz import provision, subjects
from zamaz.alive import Alive, Lease, Reach
from zamaz.cli.models import listing

from conftest import Server

pytestmark = pytest.mark.live
NO_KEY = Reach(ok=False, why="set ANTHROPIC_API_KEY")
OLLAMA = Reach(ok=True, models=("llama3.3",))


@pytest.fixture(autouse=True)
def named_server(server: Server, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ZAMAZ_NATS_URL", server.url)
    monkeypatch.setenv("COLUMNS", "200")
    monkeypatch.setenv("OPENAI_API_KEY", "a-secret")
    for name in ("ANTHROPIC_API_KEY", "ANTHROPIC_API_KEY_FILE", "ZAMAZ_LOCAL_URL", "ZAMAZ_DEFINITIONS"):
        monkeypatch.delenv(name, raising=False)


async def test_each_debater_tells_what_it_reaches_and_the_aliases_follow(nc: Nats, capsys: pytest.CaptureFixture[str]):
    alive = Alive(nc)
    await alive.renew("one", Lease({"anthropic": NO_KEY, "ollama": OLLAMA}))
    await alive.renew("two", Lease({"anthropic": NO_KEY, "ollama": OLLAMA}))
    await alive.renew("three", Lease({"openai": Reach(ok=True, why="at the last call: refused the key (401)")}))
    await listing(as_json=True)
    told = json.loads(capsys.readouterr().out)
    assert set(told["debaters"]) == {"one", "two", "three"}
    assert told["debaters"]["one"]["ollama"] == {"ok": True, "models": ["llama3.3"]}
    asked = {model["alias"]: model for model in told["models"]}
    assert (asked["llama3.3"]["ok"], asked["gpt-4o"]["ok"]) == (True, True)
    assert asked["claude-opus-4"]["why"] == "set ANTHROPIC_API_KEY"
    assert asked["qwen2.5"]["why"] == "ollama has no model 'qwen2.5'; it has: llama3.3"
    assert asked["grok"]["why"] == "no debater serves xai"
    await listing(as_json=False)
    shown = capsys.readouterr().out
    assert "debater one, two on" in shown
    assert "any; at the last call: refused the key (401)" in shown
    assert "no: set ANTHROPIC_API_KEY" in shown


async def test_where_no_debater_runs_it_says_what_one_would_need(nc: Nats, capsys: pytest.CaptureFixture[str]):
    await listing(as_json=False)
    shown = capsys.readouterr().out
    assert "no debater runs on 127.0.0.1:" in shown
    assert "zamaz up" in shown
    assert "ANTHROPIC_API_KEY (not set here)" in shown
    assert "OPENAI_API_KEY (set here)" in shown
    assert "an Ollama server at http://127.0.0.1:11434, or OLLAMA_HOST" in shown
    assert "a-secret" not in shown
    await listing(as_json=True)
    told = json.loads(capsys.readouterr().out)
    assert told["debaters"] == {}
    assert {model["why"] for model in told["models"]} == {"no debater runs"}


async def test_an_open_circuit_is_shown_with_the_time_until_which_nobody_is_called(
    nc: Nats, capsys: pytest.CaptureFixture[str]
):
    until = datetime.now(UTC).replace(microsecond=0) + timedelta(minutes=5)
    stands = {"custom": {"failures": 5, "times": 1, "until": until.timestamp()}, "local": {"failures": 2, "until": 0.0}}
    for provider, cell in stands.items():
        subject = subjects.kv(subjects.LIMITS_BUCKET, subjects.circuit(provider))
        await nc.jetstream().publish(subject, json.dumps(cell).encode())
    await provision.pause(nc, subjects.EVENTS, subjects.provider_durable("custom"), until)
    await Alive(nc).renew("one", Lease({"custom": Reach(ok=True), "local": Reach(ok=True), "script": Reach(ok=True)}))
    await listing(as_json=True)
    told = json.loads(capsys.readouterr().out)["circuits"]
    at = until.isoformat().replace("+00:00", "Z")
    assert told["custom"] == {"state": "open", "failures": 5, "until": at, "paused": True}
    assert (told["local"]["state"], told["script"]["state"]) == ("closed", "closed")
    await listing(as_json=False)
    shown = " ".join(capsys.readouterr().out.split())
    assert f"custom open until {at} (5 failures in a row); its turns wait so long" in shown
    assert "local closed, 2 failures in a row" in shown
    assert "script closed" not in shown, "what is well is not told of"
