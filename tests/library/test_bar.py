"""A bar is shown where a reading of the log takes a while, and nowhere else."""

from __future__ import annotations

import pytest

from zamaz.cli.bar import bar


@pytest.fixture(autouse=True)
def a_terminal(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("FORCE_COLOR", "1")
    monkeypatch.setenv("TERM", "xterm")


def shown(capsys: pytest.CaptureFixture[str], *steps: tuple[int, int]) -> str:
    with bar() as told:
        for at, end in steps:
            told(at, end)
    said = capsys.readouterr()
    assert said.out == ""
    return said.err


def test_a_long_way_has_a_bar_and_a_short_one_has_none(capsys: pytest.CaptureFixture[str]):
    assert "5000/9000" in shown(capsys, (5000, 9000), (9000, 9000))
    assert shown(capsys, (9000, 9000)) == ""
    assert shown(capsys) == ""
