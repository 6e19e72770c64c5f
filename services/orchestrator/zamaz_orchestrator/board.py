"""What all orchestrators share besides the log: circuits, limits, and rulings that stand again. In KV, read on use.

It is never truth. Where the bucket is missing or does not answer, each process goes by its own memory.
"""

from __future__ import annotations

import asyncio
import hashlib
import random
from collections.abc import AsyncGenerator, Callable
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from typing import Any, TypeVar

import msgspec
from nats.aio.client import Client as Nats

from zamaz import subjects
from zamaz.errors import LogError
from zamaz.events import Part
from zamaz.events.debater import Usage
from zamaz.events.flow import RungSetting
from zamaz.inbox import Inbox, header
from zamaz.wire import DirectGets, publish, sequence
from zamaz_orchestrator import circuit, limits
from zamaz_orchestrator.cache import packed, unpacked
from zamaz_orchestrator.circuit import Circuit
from zamaz_orchestrator.guard import Call
from zamaz_orchestrator.kinds.kind import Kind, Opinion
from zamaz_orchestrator.limits import Bucket, Limits
from zamaz_orchestrator.port import PassUp

P = TypeVar("P", bound=Part)
TROUBLE = frozenset({"timeout", "limited", "unreachable", "error"})
"""What a circuit counts: the server's fault, and neither the question's nor the answer's."""
ANSWERED = frozenset({"schema", "refused", "missing_model"})
"""A no, or words beside the question: what shows that the server works, should that have been tried."""

TIMEOUT_S, TRIES, REMEMBERED = 0.5, 8, 1024
EXPECTED = "Nats-Expected-Last-Subject-Sequence"
Step = Callable[[P], tuple[P, str]]


class Board:
    """Small values by key, changed by whoever is first."""

    def __init__(self, nc: Nats) -> None:
        self._inbox = Inbox(nc)
        self._gets = DirectGets(self._inbox)
        self._own: dict[str, Part] = {}

    async def change(self, key: str, start: P, step: Step[P]) -> tuple[P, str]:
        """The value after `step`, and what that had to say. Nothing is written where it changes nothing."""
        subject = f"$KV.{subjects.RUNGS_BUCKET}.{key}"
        for n in range(TRIES):
            try:
                found, seq = await self._read(subject, start)
            except LogError:
                break
            changed, told = step(found)
            if changed == found:
                return changed, told
            ack = await self._put(subject, changed, seq)
            if ack is None:
                break
            if ack:
                self._remember(key, changed)
                return changed, told
            await asyncio.sleep(random.uniform(0, 0.004 * (n + 1)))
        return self._by_memory(key, start, step)

    async def _read(self, subject: str, start: P) -> tuple[P, int]:
        message = await self._gets.one(subjects.RUNGS_STREAM, subject, TIMEOUT_S)
        if message is None:
            return start, 0
        try:
            return msgspec.json.decode(message.data, type=type(start)), sequence(message)
        except msgspec.DecodeError:
            return start, sequence(message)

    async def _put(self, subject: str, value: Part, after: int) -> bool | None:
        """Whether it stands; None where nobody takes it."""
        ack = await publish(self._inbox, subject, msgspec.json.encode(value), {EXPECTED: str(after)}, TIMEOUT_S)
        return None if ack is None else ack.error is None

    def _by_memory(self, key: str, start: P, step: Step[P]) -> tuple[P, str]:
        known = self._own.get(key)
        changed, told = step(known if isinstance(known, type(start)) else start)
        self._remember(key, changed)
        return changed, told

    def _remember(self, key: str, value: Part) -> None:
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
        name = _name(rung)
        found, closed = await self._board.change(f"circuit.{name}", Circuit(), lambda c: circuit.enter(c, _now()))
        if closed:
            raise PassUp(closed, "circuit")
        share = Limits(requests=rung.requests_a_minute, tokens=rung.tokens_a_minute)
        if share:
            _, full = await self._board.change(
                f"limits.{name}", Bucket(), lambda b: limits.take(b, share, _now(), requests, tokens)
            )
            if full:
                raise PassUp(full, "limited")
        counted = _Counted()
        try:
            yield counted
        except PassUp as error:
            trouble = error.reason in TROUBLE
            if trouble or (error.reason in ANSWERED and not found.spotless):
                await self._tell(name, well=not trouble)
            raise
        if not found.spotless:
            await self._tell(name, well=True)
        if share.tokens and counted.tokens is not None:
            spare = tokens - counted.tokens
            await self._board.change(
                f"limits.{name}", Bucket(), lambda b: (limits.give_back(b, share, _now(), spare), "")
            )

    async def _tell(self, name: str, *, well: bool) -> None:
        await self._board.change(f"circuit.{name}", Circuit(), lambda c: (circuit.after(c, _now(), well=well), ""))


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
