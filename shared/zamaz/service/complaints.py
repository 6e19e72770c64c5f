"""What the server and the wire complain about: counted each time, logged without flooding."""

from __future__ import annotations

import time
from collections.abc import Awaitable, Callable

import structlog
from faststream.nats.broker.broker import UNRECOVERABLE_CONNECT_ERRORS

from zamaz.connection import kind, refused_subject
from zamaz.errors import words
from zamaz.service.metrics import Metrics

SAY_AGAIN_S = 5.0
MOST_TEXTS = 64


class Patience:
    """Keeps quiet about what was said less than five seconds ago."""

    def __init__(self) -> None:
        self._said: dict[str, float] = {}

    def is_over(self, text: str) -> bool:
        """Whether to say `text` now."""
        now = time.monotonic()
        if now - self._said.get(text, -SAY_AGAIN_S) < SAY_AGAIN_S:
            return False
        if len(self._said) >= MOST_TEXTS:
            self._said.clear()
        self._said[text] = now
        return True


class Complaints:
    """The connection's error callback. Its metric is `zamaz_nats_errors_total{kind}`.

    `sent_away` is called at those after which FastStream lets nothing reconnect any more: a key that the server does
    not know now, for one.
    """

    def __init__(self, metrics: Metrics, sent_away: Callable[[], Awaitable[None]]) -> None:
        self._metrics, self._patience, self._sent_away = metrics, Patience(), sent_away
        self._kinds = metrics.counter("nats_errors", "What the server or the wire complained about", "kind")
        self._kinds("permission")  # so that an alert has a series before the first one
        self._out = structlog.get_logger("zamaz.connection")

    async def hear(self, error: Exception) -> None:
        """Count it by kind, and say it with the subject (in lower case) where one was refused."""
        sort, text = kind(error), words(error)
        self._metrics.error("nats")
        self._kinds(sort).inc()
        if self._patience.is_over(text):
            self._say(error, sort, text)
        if text.removeprefix("nats: ").strip("'").lower() in UNRECOVERABLE_CONNECT_ERRORS:
            await self._sent_away()

    def _say(self, error: Exception, sort: str, text: str) -> None:
        if subject := refused_subject(error):
            self._out.error("refused by the server", kind=sort, subject=subject)
        else:
            self._out.warning("nats", kind=sort, because=text)
