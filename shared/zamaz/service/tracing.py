"""One trace a debate, over all services, where OTEL_EXPORTER_OTLP_ENDPOINT says where its spans go.

Without that nothing of OpenTelemetry is imported, and what is called here does nothing.
"""

from __future__ import annotations

import contextlib
import logging
from collections.abc import Awaitable, Callable
from contextlib import AbstractContextManager
from typing import Protocol

from zamaz import subjects
from zamaz.events.debater import Usage
from zamaz.service.delivery import Delivery

Hear = Callable[[subjects.Name, Delivery], Awaitable[list[str]]]
_log = logging.getLogger("zamaz.tracing")


class CallSpan(Protocol):
    """The span of one call of a model. It never sees what was asked or answered."""

    def ended(self, *, model: str = "", usage: Usage | None = None, finish_reason: str = "", error: str = "") -> None:
        """How it went: the model that answered, the tokens, why it stopped, or the kind of failure."""


class Tracing(Protocol):
    """What a service tells of its work."""

    def traceparent(self) -> str:
        """The W3C traceparent of the span that we are in, or ""."""

    def hear(self, named: subjects.Name, delivery: Delivery, hear: Hear) -> Awaitable[list[str]]:
        """Hear a delivery in a span of its own, below the span that said the fact."""

    def call(self, provider: str, model: str, max_tokens: int, /) -> AbstractContextManager[CallSpan]:
        """A span around one call of a model."""

    def close(self, patience: float, /) -> None:
        """Send what is left, for at most `patience` seconds."""


class _Silent:
    def ended(self, **_: object) -> None:
        return None


class Off:
    """Nobody traces."""

    def __init__(self) -> None:
        self._call: AbstractContextManager[CallSpan] = contextlib.nullcontext(_Silent())

    def traceparent(self) -> str:
        """Nothing."""
        return ""

    def hear(self, named: subjects.Name, delivery: Delivery, hear: Hear) -> Awaitable[list[str]]:
        """Hear it."""
        return hear(named, delivery)

    def call(self, *_: object) -> AbstractContextManager[CallSpan]:
        """A span that forgets."""
        return self._call

    def close(self, *_: object) -> None:
        """Nothing is left."""


OFF: Tracing = Off()


def begin(service: str, endpoint: str) -> Tracing:
    """The traces of this process: none without an `endpoint`, or where the extra `otel` is not installed."""
    if not endpoint:
        return OFF
    try:
        from zamaz.service.otel import OpenTelemetry
    except ModuleNotFoundError as error:
        _log.warning("no traces: %s is missing (pip install 'zamaz-debate[otel]')", error.name)
        return OFF
    return OpenTelemetry(service)
