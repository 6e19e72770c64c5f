"""The text of an answer as it grows, told to whoever watches: on core NATS, kept nowhere."""

from __future__ import annotations

import asyncio
import contextlib
from types import TracebackType

import msgspec
from nats.aio.client import Client as Nats
from nats.errors import Error as NatsError

from zamaz import subjects
from zamaz.live import Piece
from zamaz_debater.growing import grown

EVERY_S = 0.1


class Talk:
    """One answer that is being written. `hear` takes its pieces; while it is entered, its argument is told."""

    def __init__(self, nc: Nats | None, subject: str, call: str) -> None:
        self._nc, self._subject, self._call = nc, subject, call
        self._pieces: list[str] = []
        self._told = 0
        self._more = asyncio.Event()
        self._telling: asyncio.Task[None] | None = None

    @property
    def begun(self) -> bool:
        """Whether anything was heard."""
        return bool(self._pieces)

    @property
    def text(self) -> str:
        """All that was heard."""
        return "".join(self._pieces)

    def hear(self, piece: str) -> None:
        """The next piece of the answer, as the model writes it."""
        self._pieces.append(piece)
        self._more.set()

    async def __aenter__(self) -> Talk:
        if self._nc:
            self._telling = asyncio.create_task(self._tell_on(self._nc))
        return self

    async def __aexit__(
        self, _: type[BaseException] | None, __: BaseException | None, ___: TracebackType | None
    ) -> None:
        if self._telling:
            self._telling.cancel()

    async def _tell_on(self, nc: Nats) -> None:
        while True:
            await self._more.wait()
            self._more.clear()
            argument = grown(self.text)
            if len(argument) > self._told and nc.is_connected:
                piece = Piece(self._call, self._told, argument[self._told :])
                with contextlib.suppress(NatsError):
                    await nc.publish(self._subject, msgspec.json.encode(piece))
                self._told = len(argument)
            await asyncio.sleep(EVERY_S)


class Live:
    """Tells answers as they grow; without a connection nobody."""

    def __init__(self, nc: Nats | None = None) -> None:
        self._nc = nc

    def talk(self, debate: str, turn: str, call: str) -> Talk:
        """An answer that begins."""
        return Talk(self._nc, subjects.live(debate, turn), call)
