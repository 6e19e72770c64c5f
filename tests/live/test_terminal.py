"""`zamaz ask` and `zamaz watch` on a real terminal: a pseudo-terminal that shows, and that Ctrl-C is typed on."""

from __future__ import annotations

import contextlib
import json
import os
import re
import select
import subprocess
import termios
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from live.test_embedded import ZAMAZ, children, home, zamaz

pytestmark = [pytest.mark.live, pytest.mark.timeout(400)]
__all__ = ["home"]
CTRL_C = "\x03"
ORDERS = re.compile(r"\x1b(\[[0-9;?]*[A-Za-z]|\][^\x07]*\x07)")
SLOW = ("ask", "Should we?", "--participants", "script/slow,script/slow")


class Terminal:
    """A command on a pseudo-terminal of 24 lines of 80. `seen` is all that it wrote, without the terminal's orders."""

    def __init__(self, env: dict[str, str], *words: str) -> None:
        self._keyboard, far_end = os.openpty()
        termios.tcsetwinsize(far_end, (24, 80))
        self.process = subprocess.Popen(
            [ZAMAZ, *words], env={**env, "TERM": "xterm-256color"}, preexec_fn=lambda: os.login_tty(far_end)
        )
        os.close(far_end)
        self._raw = b""

    @property
    def seen(self) -> str:
        return ORDERS.sub("", self._raw.decode(errors="replace")).replace("\r", "")

    def type(self, keys: str) -> None:
        os.write(self._keyboard, keys.encode())

    def _hear(self) -> bool:
        """Read what came within a moment; False when the far end is closed."""
        if not select.select([self._keyboard], [], [], 0.2)[0]:
            return True
        try:
            came = os.read(self._keyboard, 65536)
        except OSError:  # how Linux tells that nobody holds the far end any more
            return False
        self._raw += came
        return bool(came)

    def until(self, words: str, patience: float = 120) -> str:
        """Read until `words` appear; what was seen since the last call."""
        deadline, since = time.monotonic() + patience, len(self.seen)
        while words not in self.seen[since:]:
            assert self._hear(), f"it ended without {words!r}:\n{self.seen}"
            assert time.monotonic() < deadline, f"{words!r} did not come:\n{self.seen}"
        return self.seen[since:]

    def ends(self, patience: float = 120) -> int:
        """Read to the end; the exit code."""
        deadline = time.monotonic() + patience
        while self._hear() and self.process.poll() is None:
            assert time.monotonic() < deadline, self.seen
        while self._hear() and select.select([self._keyboard], [], [], 0)[0]:
            pass
        return self.process.wait(timeout=patience)

    def close(self) -> None:
        if self.process.poll() is None:
            self.process.terminate()
            self.process.wait(timeout=60)
        os.close(self._keyboard)


@contextlib.contextmanager
def terminal(env: dict[str, str], *words: str) -> Iterator[Terminal]:
    made = Terminal(env, *words)
    try:
        yield made
    finally:
        made.close()


def debate_of(home: dict[str, str]) -> dict[str, str]:
    (row,) = map(json.loads, zamaz(home, "list", "--json").stdout.splitlines())
    return dict(row)


def test_ctrl_c_asks_first_and_aborts_when_told_to(home: dict[str, str]):
    with terminal(home, *SLOW) as asking:
        asking.until("thinking 0:0")
        asking.type("aaa l\n")
        asking.until("thinking 0:0")
        asking.type(CTRL_C)
        asked = asking.until("Ctrl-C: leave at once.")
        assert "Leaving ends the house that was started here" in asked
        asking.type("g")
        asking.until("thinking 0:")
        asking.type(CTRL_C)
        asking.until("Ctrl-C: leave at once.")
        asking.type("a")
        asking.until("Cancelled")
        assert asking.ends() == 1
        assert "by cli: interrupted" in asking.seen
        assert "aaa" not in asking.seen, "keys are not printed into the screen"
    assert children(home) == []
    debate = debate_of(home)
    assert debate["status"] == "cancelled"
    with terminal(home, "watch", debate["id"][:8]) as watching:
        assert watching.ends() == 1
        for shown in ("Should we?", "Round 1", "Cancelled"):
            assert shown in watching.seen


@pytest.mark.parametrize("key", ["l", CTRL_C], ids=["asked", "at once"])
def test_leaving_keeps_the_debate_and_leaves_nothing_running(home: dict[str, str], key: str):
    with terminal(home, *SLOW) as asking:
        asking.until("thinking 0:0")
        asking.type(CTRL_C)
        asking.until("Ctrl-C: leave at once.")
        asking.type(key)
        assert asking.ends() == 130
        assert "The debate stays in the" in asking.seen
    assert children(home) == []
    debate = debate_of(home)
    assert debate["status"] == "running"
    stands = zamaz(home, "watch", debate["id"])
    assert "Round 1" in stands.stdout
    assert "stands still" in stands.stderr


def test_without_a_terminal_watch_prints_plain_lines(home: dict[str, str], tmp_path: Path):
    zamaz(home, "ask", "Should we?", "--participants", "script/agree,script/agree", "--json")
    shown = zamaz({**home, "FORCE_COLOR": ""}, "watch", debate_of(home)["id"][:6])
    assert "\x1b" not in shown.stdout
    for part in ("Should we?", "Positions by round", "Decision", "Stopped by consensus"):
        assert part in shown.stdout
    assert "no debate" in zamaz(home, "watch", "nope", code=2).stderr
