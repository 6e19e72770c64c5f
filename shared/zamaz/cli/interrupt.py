"""Ctrl-C on a terminal: leave, abort the debate, or go on."""

from __future__ import annotations

import asyncio
import contextlib
import os
import signal
import sys
import termios
from collections.abc import Callable, Iterator

CHOICE = "Press l to leave, a to abort the debate, g to go on. Ctrl-C: leave at once."


class Interrupt:
    """The question that Ctrl-C opens. Make and use it inside a running loop.

    `abort` is called when that was chosen, `changed` whenever the question opens or closes. `left` is set by
    leaving; `at_once` says that it was by a second Ctrl-C, or by the first where no key can be read.
    """

    def __init__(self, changed: Callable[[], None], abort: Callable[[], None]) -> None:
        self.open = False
        self.left = asyncio.Event()
        self.at_once = False
        self._changed = changed
        self._answers: dict[str, Callable[[], None]] = {"l": self.left.set, "a": abort, "g": lambda: None}

    @contextlib.contextmanager
    def listening(self) -> Iterator[None]:
        """Take Ctrl-C and the keys until the block ends; Python's own Ctrl-C stands again after it."""
        loop = asyncio.get_running_loop()
        with _keys() as keyboard:
            if keyboard is not None:
                loop.add_reader(keyboard, self._read, keyboard)
            loop.add_signal_handler(signal.SIGINT, self._interrupted, keyboard is not None)
            try:
                yield
            finally:
                loop.remove_signal_handler(signal.SIGINT)
                if keyboard is not None:
                    loop.remove_reader(keyboard)

    def _interrupted(self, can_ask: bool) -> None:
        if self.open or not can_ask:
            self.at_once = True
            self.left.set()
        self.open = not self.left.is_set()
        self._changed()

    def _read(self, keyboard: int) -> None:
        """Keys count only while the question is open; everything else that is typed is dropped."""
        typed = os.read(keyboard, 1024).decode(errors="replace").lower()
        if not typed:
            asyncio.get_running_loop().remove_reader(keyboard)
        if self.open and (key := next(filter(self._answers.__contains__, typed), "")):
            self.open = False
            self._answers[key]()
            self._changed()


@contextlib.contextmanager
def _keys() -> Iterator[int | None]:
    """Standard input, told to hand over single keys and not to print them; None where it is not ours to read."""
    try:
        keyboard = sys.stdin.fileno()
        # A background job that changed its terminal's settings would be stopped for it.
        ours = os.isatty(keyboard) and os.tcgetpgrp(keyboard) == os.getpgrp()
    except (AttributeError, OSError, ValueError):  # no standard input, or a closed one
        ours = False
    if not ours:
        yield None
        return
    before = termios.tcgetattr(keyboard)
    quiet = termios.tcgetattr(keyboard)
    quiet[3] &= ~(termios.ECHO | termios.ICANON)
    termios.tcsetattr(keyboard, termios.TCSADRAIN, quiet)
    try:
        yield keyboard
    finally:
        termios.tcsetattr(keyboard, termios.TCSAFLUSH, before)
