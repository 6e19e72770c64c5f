"""Questions to the server and their answers, told apart on one subscription of the connection."""

from __future__ import annotations

import asyncio
from typing import Any

from nats.aio.client import Client as Nats
from nats.aio.msg import Msg

Headers = dict[str, str]


def header(message: Msg, key: str) -> str:
    """A header's value, or ""."""
    found: str = (message.headers or {}).get(key, "")
    return found


class _Open:
    """A question that waits: for one message, or for all of them up to the one with a status."""

    __slots__ = ("done", "many", "messages")

    def __init__(self, *, many: bool) -> None:
        self.many = many
        self.messages: list[Msg] = []
        self.done: asyncio.Future[None] = asyncio.get_running_loop().create_future()

    def give_up(self) -> None:
        """No answer came in time."""
        if not self.done.done():
            self.done.set_exception(TimeoutError())


class Inbox:
    """As the client's own `request`, for less, and for answers of many messages as well."""

    def __init__(self, nc: Nats) -> None:
        self.nc = nc
        self._prefix = nc.new_inbox()
        self._open: dict[str, _Open] = {}
        self._count = 0
        self._subscribing: asyncio.Task[Any] | None = None
        self._there = False

    async def ask(self, subject: str, body: bytes, timeout: float, headers: Headers | None = None) -> Msg:
        """The one message that answers. Raises TimeoutError, and nats.errors.Error as `publish` does.

        Where nobody is there to answer, the server does, with a message of status 503.
        """
        return (await self._asked(_Open(many=False), subject, body, timeout, headers))[0]

    async def collect(self, subject: str, body: bytes, timeout: float) -> list[Msg]:
        """The messages that answer, the last of them with a status. Raises as `ask` does."""
        return await self._asked(_Open(many=True), subject, body, timeout, None)

    async def _asked(
        self, question: _Open, subject: str, body: bytes, timeout: float, headers: Headers | None
    ) -> list[Msg]:
        if not self._there:
            await self._subscribe()
        self._count += 1
        reply = f"{self._prefix}.{self._count}"
        self._open[reply] = question
        patience = asyncio.get_running_loop().call_later(timeout, question.give_up)
        try:
            await self.nc.publish(subject, body, reply=reply, headers=headers)
            await question.done
        finally:
            patience.cancel()
            del self._open[reply]
        return question.messages

    async def _subscribe(self) -> None:
        if self._subscribing is None or (self._subscribing.done() and self._subscribing.exception()):
            self._subscribing = asyncio.ensure_future(self.nc.subscribe(f"{self._prefix}.*", cb=self._got))
        # Shared by all who ask: one that is cancelled must not take it from the others.
        await asyncio.shield(self._subscribing)
        self._there = True

    async def _got(self, message: Msg) -> None:
        question = self._open.get(message.subject)
        if question is None or question.done.done():
            return
        question.messages.append(message)
        if not question.many or _is_last(message):
            question.done.set_result(None)


def _is_last(message: Msg) -> bool:
    """A stored message may carry a header of that name too, but then it says where it is stored."""
    return bool(header(message, "Status")) and not header(message, "Nats-Sequence")
