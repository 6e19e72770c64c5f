"""What is wrong with the words of a command is said before any server is started or asked."""

from __future__ import annotations

from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from zamaz.cli.main import main


@pytest.fixture(autouse=True)
def nowhere(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """No server answers there."""
    monkeypatch.setenv("ZAMAZ_NATS_URL", "nats://127.0.0.1:1")
    monkeypatch.setenv("ZAMAZ_HOME", str(tmp_path / "home"))


def typed(*words: str) -> Result:
    return CliRunner().invoke(main, words)


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("ask", "Why?", "--budget", "abc"), "--budget 'abc' is no amount of dollars: write \"1.50\""),
        (("ask", "Why?", "--budget", "-1"), "--budget '-1' is no amount"),
        (("ask", "Why?", "--budget", "nan"), "--budget 'nan' is no amount"),
        (("ask", "Why?", "--options", "a,a"), "options must be 2 to 20 different ones"),
        (("ask", "Why?", "--options", f"a,{'b' * 201}"), "every option must have 1 to 200 characters"),
        (("ask", "Why?", "--workflow", "simple_debat"), "there is no workflow 'simple_debat': did you mean 'simple_"),
        (("show", "d", "--at", "yesterday"), "'yesterday' is neither a sequence of the log nor a time"),
        (("fork", "d", "--at", "yesterday"), "'yesterday' is neither a sequence of the log nor a time"),
        (("replay", ""), "is empty: give the debate's id"),
        (("show", " "), "is empty: give the debate's id"),
    ],
)
def test_wrong_words_are_told_although_no_server_answers(words: tuple[str, ...], said: str):
    wrong = typed(*words)
    assert (wrong.exit_code, wrong.stdout) == (2, "")
    assert said in wrong.stderr


@pytest.mark.parametrize("words", [("ask", "Why?", "--budget", "1.50", "--options", "a,b"), ("show", "d", "--at", "7")])
def test_where_the_words_are_right_it_is_the_server_that_is_missing(words: tuple[str, ...]):
    assert typed(*words).exit_code == 3


@pytest.mark.parametrize("words", [("select", "Why?"), ("ask", "Why?")])
def test_a_context_that_is_no_text_is_told_in_one_line(words: tuple[str, ...], tmp_path: Path):
    bad = tmp_path / "bad.bin"
    bad.write_bytes(b"\xff\xfe\x00")
    wrong = typed(*words, "--context", str(bad))
    assert wrong.exit_code == 2
    assert wrong.stderr.startswith(f"zamaz: {bad} cannot be read as UTF-8 text")
    assert len(wrong.stderr.splitlines()) == 1
