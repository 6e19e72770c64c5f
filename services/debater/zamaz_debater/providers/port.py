"""The port to a model: one call in, one reply or one ProviderError out."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import dataclass
from typing import Generic, Literal, Protocol, TypeVar

from zamaz.alive import Reach
from zamaz.events.debater import FailureKind, Usage
from zamaz.events.flow import StepType
from zamaz.events.workflow import TurnRequested
from zamaz_debater.answer import Shape
from zamaz_debater.prompts import Prompt

MAX_WHY = 500
T = TypeVar("T")
Asking = Literal["schema", "tool", "words"]
"""How a model is asked for the typed block: by a JSON schema, as a tool's input, or in the prompt's words alone."""


def unheard(_text: str) -> None:
    """Nobody listens."""


@dataclass(frozen=True)
class Call:
    """One call of a model. `id` is `<turn>-<n>`, `timeout_s` what is left for it in seconds; `hear` is told each piece
    of the answer's text as it comes; `requester` is who asked for the debate."""

    id: str
    turn: TurnRequested
    step: StepType
    prompt: Prompt
    shape: Shape
    timeout_s: float
    hear: Callable[[str], None] = unheard
    requester: str = ""


@dataclass(frozen=True)
class Reply:
    """What came back: the text as it is, and the model that really answered."""

    text: str
    model: str
    finish_reason: str = ""
    usage: Usage | None = None


class ProviderError(Exception):
    """No answer came. `why` is safe to show: it names the cause and what to do, and holds no secret. `unclear`: it may
    be the model's own doing as well as its provider's."""

    def __init__(
        self,
        kind: FailureKind,
        why: str,
        *,
        retryable: bool,
        retry_after_s: float | None = None,
        usage: Usage | None = None,
        unclear: bool = False,
    ) -> None:
        super().__init__(why[:MAX_WHY])
        self.kind, self.why, self.retryable = kind, why[:MAX_WHY], retryable
        self.retry_after_s, self.usage, self.unclear = retry_after_s, usage, unclear


class Provider(Protocol):
    """Where models are asked."""

    async def answer(self, call: Call) -> Reply:
        """Ask once. Raises ProviderError."""

    async def reach(self) -> Reach:
        """Whether it could be asked now."""

    async def ready(self) -> None:
        """Import and make what takes long, so that the first call does not wait for it."""


class Made(Generic[T]):
    """Something slow to make (an SDK's import and its client), made once, in a thread."""

    def __init__(self, make: Callable[[], T]) -> None:
        self._make = make
        self._making: asyncio.Task[T] | None = None

    async def get(self) -> T:
        """The thing, as soon as it is made."""
        if self._making is None:
            self._making = asyncio.ensure_future(asyncio.to_thread(self._make))
        return await asyncio.shield(self._making)
