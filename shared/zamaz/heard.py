"""What an application hears: a delivered fact, which facts a name stands for, and what an ending raises."""

from __future__ import annotations

from datetime import datetime
from typing import NoReturn

from nats.aio.msg import Msg

from zamaz import subjects
from zamaz.errors import DebateCancelledError, DebateFailedError, DebateRejectedError, ZamazError
from zamaz.events import FACTS, Fact, Malformed, Unknown, decode
from zamaz.events.workflow import DebateCancelled, DebateFailed, DebateRejected


class Heard:
    """A fact that a durable subscription delivered: `ack` it when it is dealt with."""

    def __init__(self, message: Msg) -> None:
        named = subjects.parse(message.subject)
        self.debate: str = named.debate
        self.fact: Fact | Unknown | Malformed = decode(message.subject, message.data)
        self._message = message

    @property
    def at(self) -> datetime:
        """When the server stored it (UTC; microseconds)."""
        return self._message.metadata.timestamp

    async def ack(self) -> None:
        """Done: never deliver it to this durable again."""
        await self._message.ack()

    async def later(self, delay: float = 1.0) -> None:
        """Not now: deliver it again after `delay` seconds."""
        await self._message.nak(delay=delay)


def filter_of(kind: str) -> str:
    """The subjects of a type of fact in every debate. Raises ZamazError for a name that is none."""
    for (voice, name), fact in FACTS.items():
        if name == kind:
            return subjects.each(voice, kind, keyed=bool(fact.key))
    raise ZamazError(f"{kind!r} is no type of fact; known: {', '.join(sorted(n for _, n in FACTS))}")


def raise_ending(debate: str, fact: object) -> NoReturn:
    """Raise what an ending that is no completion stands for."""
    if isinstance(fact, DebateRejected):
        raise DebateRejectedError(debate, fact.reason, fact.why)
    if isinstance(fact, DebateFailed):
        raise DebateFailedError(debate, fact.stop_reason, fact.why)
    if isinstance(fact, DebateCancelled):
        raise DebateCancelledError(debate, fact.stop_reason, fact.why or f"aborted by {fact.by or 'somebody'}")
    raise ZamazError(f"{debate} did not end with {fact!r}")
