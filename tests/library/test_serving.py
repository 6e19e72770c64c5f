"""A service whose definitions are wrong does not start, and says why in one line."""

from __future__ import annotations

import shutil
from importlib.metadata import entry_points
from pathlib import Path

import pytest

from zamaz.definition import default_folder
from zamaz.embedded.run import GROUP


@pytest.mark.parametrize(
    ("service", "file"),
    [
        ("workflow", "workflows/direct.yaml"),
        ("workflow", "budgets.yaml"),
        ("debater", "models.yaml"),
        ("orchestrator", "workflows/direct.yaml"),
        ("orchestrator", "models.yaml"),
        ("cost", "prices.yaml"),
        ("cost", "models.yaml"),
        ("cost", "alerts.yaml"),
    ],
)
def test_a_wrong_definition_ends_a_service_with_one_line(
    service: str, file: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
):
    made = tmp_path / "definitions"
    shutil.copytree(default_folder(), made)
    (made / file).write_text("x: [\n")
    monkeypatch.setenv("ZAMAZ_DEFINITIONS", str(made))
    (entry,) = entry_points(group=GROUP, name=service)
    with pytest.raises(SystemExit) as ended:
        entry.load()()
    assert ended.value.code == 2
    (line,) = capfd.readouterr().err.splitlines()
    assert line.startswith(f"zamaz-{service}: {made / file}:2: YAML: ")
