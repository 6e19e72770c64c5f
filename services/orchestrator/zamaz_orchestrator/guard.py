"""What stands between the ladder and a model: circuits, and limits of rate. Here is the door; `board.py` holds them."""

from __future__ import annotations

from contextlib import AbstractAsyncContextManager, nullcontext
from typing import Protocol

from zamaz.events.debater import Usage
from zamaz.events.flow import RungSetting


class Call(Protocol):
    """A call that was let through."""

    def used(self, usage: Usage | None, /) -> None:
        """The tokens that it took after all."""


class Guard(Protocol):
    """Lets calls through, or passes them up."""

    def call(self, rung: RungSetting, requests: int, tokens: int) -> AbstractAsyncContextManager[Call]:
        """Around a rung's `requests`, which may take up to so many `tokens`. Entering raises PassUp; leaving by one
        tells what went wrong."""


class _Free:
    def used(self, _: Usage | None) -> None:
        return None


class Unguarded:
    """Everything is let through."""

    def call(self, rung: RungSetting, requests: int, tokens: int) -> AbstractAsyncContextManager[Call]:  # noqa: ARG002
        """Nothing is counted."""
        return nullcontext(_Free())


UNGUARDED: Guard = Unguarded()
