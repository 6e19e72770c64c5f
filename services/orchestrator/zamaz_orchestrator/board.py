"""What all orchestrators share besides the log: circuits, limits, and rulings that stand again. In KV, read on use.

It is never truth. Where the bucket is missing or does not answer, each process goes by its own memory.
"""

from __future__ import annotations

import hashlib
from collections.abc import AsyncGenerator, Callable
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from typing import Any, TypeVar

import msgspec
from nats.aio.client import Client as Nats

from zamaz import subjects
from zamaz.errors import LogError
from zamaz.events.debater import Usage
from zamaz.events.flow import RungSetting
from zamaz.inbox import Inbox, header
from zamaz.service import rate
from zamaz.service.cells import Cells
from zamaz.service.rate import Level, Limit
from zamaz.wire import DirectGets, publish
from zamaz_orchestrator import circuit
from zamaz_orchestrator.cache import packed, unpacked
from zamaz_orchestrator.circuit import Circuit
from zamaz_orchestrator.guard import Call
from zamaz_orchestrator.kinds.kind import Kind, Opinion
from zamaz_orchestrator.port import PassUp

P = TypeVar("P", bound=msgspec.Struct)
R = TypeVar("R")
TROUBLE = frozenset({"timeout", "limited", "unreachable", "error"})
"""What a circuit counts: the server's fault, and neither the question's nor the answer's."""
ANSWERED = frozenset({"schema", "refused", "missing_model"})
"""A no, or words beside the question: what shows that the server works, should that have been tried."""

TIMEOUT_S, TRIES, REMEMBERED = 0.5, 8, 1024
Step = Callable[[P], tuple[P, R]]


class Board:
    """Small values by key, changed by whoever is first. Where the bucket is away, each process goes by its own
    memory."""

    def __init__(self, nc: Nats) -> None:
        self._cells = Cells(nc, subjects.RUNGS_BUCKET, timeout=TIMEOUT_S, tries=TRIES)
        self._own: dict[str, msgspec.Struct] = {}

    async def change(self, key: str, kind: type[P], step: Step[P, R]) -> tuple[P, R]:
        """The value after `step`, and what that had to say. Nothing is written where it changes nothing."""

        def changed(found: P) -> tuple[P, tuple[P, R]]:
            new, told = step(found)
            return new, (new, told)

        try:
            new, told = await self._cells.change(key, kind, changed)
        except LogError:
            known = self._own.get(key)
            new, told = step(known if isinstance(known, kind) else kind())
        self._remember(key, new)
        return new, told

    def _remember(self, key: str, value: msgspec.Struct) -> None:
        self._own[key] = value
        if len(self._own) > REMEMBERED:
            del self._own[next(iter(self._own))]


class _Counted:
    def __init__(self) -> None:
        self.tokens: int | None = None

    def used(self, usage: Usage | None, /) -> None:
        self.tokens = usage.input + usage.output if usage else None


class SharedGuard:
    """A circuit for each rung's model, and its limits, on a board."""

    def __init__(self, board: Board) -> None:
        self._board = board

    @asynccontextmanager
    async def call(self, rung: RungSetting, requests: int, tokens: int) -> AsyncGenerator[Call, None]:
        """Around a rung's requests. Raises PassUp where its circuit is open or a limit is used up."""
        name, counted, told = _name(rung), _Counted(), False
        limit = Limit(rung.requests_a_minute, rung.tokens_a_minute)
        await self._book(name, limit, requests, tokens)
        # Last, so that whoever is to try a broken rung does: one that cannot would keep the others out.
        found, closed = await self._board.change(f"circuit.{name}", Circuit, lambda c: circuit.enter(c, _now()))
        if closed:
            await self._give_back(name, limit, requests, tokens)
            raise PassUp(closed, "circuit")
        try:
            yield counted
            told = await self._tell(name, found, well=True)
        except PassUp as error:
            if error.reason in TROUBLE | ANSWERED:
                told = await self._tell(name, found, well=error.reason in ANSWERED)
            raise
        finally:
            if not told and found.probe:
                await self._board.change(f"circuit.{name}", Circuit, lambda c: (circuit.untried(c, found.probe), ""))
        if counted.tokens is not None:
            await self._give_back(name, limit, 0, tokens - counted.tokens)

    async def _book(self, name: str, limit: Limit, requests: int, tokens: int) -> None:
        if not limit:
            return
        _, wait = await self._board.change(
            f"limits.{name}", Level, lambda level: rate.book(level, limit, requests, tokens, _now(), 0.0)
        )
        if wait.seconds:
            most = getattr(limit, wait.of)
            raise PassUp(f"its limit of {most} {wait.of} a minute is used up for {wait.seconds:.1f} s", "limited")

    async def _give_back(self, name: str, limit: Limit, requests: int, tokens: int) -> None:
        if limit.requests * requests or limit.tokens * tokens:
            await self._board.change(
                f"limits.{name}",
                Level,
                lambda level: (rate.give_back(level, limit, requests, tokens, _now()), ""),
            )

    async def _tell(self, name: str, found: Circuit, *, well: bool) -> bool:
        """Tell the circuit how a call ended, where that changes anything."""
        if not (well and found.spotless):
            await self._board.change(f"circuit.{name}", Circuit, lambda c: (circuit.after(c, _now(), well=well), ""))
        return True


class SharedCache:
    """Opinions by key, for `ttl_s` seconds."""

    def __init__(self, nc: Nats, ttl_s: float) -> None:
        self._inbox = Inbox(nc)
        self._gets = DirectGets(self._inbox)
        self._ttl = timedelta(seconds=ttl_s)

    async def find(self, key: str, kind: Kind[Any, Any]) -> Opinion[Any] | None:
        """The opinion that is kept under `key`, unless it is too old or of another version."""
        try:
            message = await self._gets.one(subjects.RULINGS_STREAM, _kept(kind.name, key), TIMEOUT_S)
        except LogError:
            return None
        if message is None or _stored(header(message, "Nats-Time-Stamp")) + self._ttl < datetime.now(UTC):
            return None
        return unpacked(kind, message.data)

    async def keep(self, key: str, kind: Kind[Any, Any], opinion: Opinion[Any]) -> None:
        """Keep it; one that nobody takes is asked for again, no more."""
        try:
            await publish(self._inbox, _kept(kind.name, key), packed(kind, opinion), {}, TIMEOUT_S)
        except LogError:
            return


def _kept(kind: str, key: str) -> str:
    return f"$KV.{subjects.RULINGS_BUCKET}.{kind}.{key}"


def _name(rung: RungSetting) -> str:
    asked = hashlib.sha256(f"{rung.provider}/{rung.model}".encode()).hexdigest()[:16]
    return f"{subjects.token(rung.rung)}.{asked}"


def _now() -> float:
    return datetime.now(UTC).timestamp()


def _stored(stamp: str) -> datetime:
    """The server's time of a message."""
    return datetime.fromisoformat(stamp[:26].rstrip("Z") + "+00:00") if stamp else datetime.min.replace(tzinfo=UTC)
