"""`zamaz models host`, `pull` and `load`, on the Ollama wire adapter (no model is asked)."""

from __future__ import annotations

import json

import pytest
from click.testing import CliRunner, Result

from zamaz.cli.main import main

from servers.asgi import serving
from servers.ollama_wire import wire

pytestmark = pytest.mark.live
NOWHERE = "http://127.0.0.1:9"


def zamaz(*words: str) -> Result:
    return CliRunner().invoke(main, ["models", *words])


def test_a_model_is_fetched_shown_and_loaded(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COLUMNS", "160")
    with serving(wire(NOWHERE, "smollm2", pulled=False)) as address:
        monkeypatch.setenv("OLLAMA_HOST", address)
        assert "has no models" in zamaz("host").output
        assert zamaz("pull", "nothing").exit_code != 0
        fetched = zamaz("pull", "smollm2")
        assert (fetched.exit_code, f"smollm2 is on {address}" in fetched.output) == (0, True), fetched.output
        (found,) = json.loads(zamaz("host", "--json").output)["models"]
        assert (found["name"], found["loaded"]) == ("smollm2:latest", True)
        assert "smollm2:latest" in zamaz("host").output
        assert json.loads(zamaz("host", "smollm2").output)["general.name"] == "smollm2"
        assert zamaz("load", "smollm2").exit_code == 0
        assert f"dropped from the memory of {address}" in zamaz("load", "smollm2", "--keep", "0").output


def test_where_no_ollama_answers_it_says_what_to_do() -> None:
    told = zamaz("host", "--at", NOWHERE)
    assert told.exit_code != 0
    assert f"no Ollama answers at {NOWHERE}: start it, or set OLLAMA_HOST" in told.output
