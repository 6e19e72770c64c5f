"""Values that all replicas of a service share: in one KV bucket, changed by compare-and-set, read when they are used.

Never truth: a bucket that is lost costs a limit or a pause, and no fact.
"""

from __future__ import annotations

import asyncio
import random
from collections.abc import Callable
from typing import TypeVar

import msgspec
from nats.aio.client import Client as Nats

from zamaz import subjects
from zamaz.errors import LogUnavailable, NotProvisioned
from zamaz.headers import expecting
from zamaz.inbox import Inbox
from zamaz.wire import DirectGets, publish, sequence

TRIES = 40
T = TypeVar("T", bound=msgspec.Struct)
R = TypeVar("R")


class Cells:
    """The cells of one bucket, by key (tokens with dots between them). A question to the server is waited for
    `timeout` seconds, and who is never first has so many `tries`."""

    def __init__(self, nc: Nats, bucket: str, *, timeout: float = 1.0, tries: int = TRIES) -> None:
        self._inbox = Inbox(nc)
        self._gets = DirectGets(self._inbox)
        self._bucket, self._timeout, self._tries = bucket, timeout, tries

    async def there(self) -> None:
        """Raises NotProvisioned where nobody answers for the bucket."""
        try:
            await self._gets.one(subjects.kv_stream(self._bucket), subjects.kv(self._bucket, "there"), self._timeout)
        except LogUnavailable as error:
            raise NotProvisioned(f"bucket {self._bucket} is missing: run `zamaz init`") from error

    async def read(self, key: str, kind: type[T]) -> T:
        """What stands there, or else the kind's own beginning. Raises LogUnavailable."""
        return (await self._read(key, kind))[0]

    async def change(self, key: str, kind: type[T], change: Callable[[T], tuple[T, R]]) -> R:
        """Put what `change` makes of what stands there, and return what it says besides. Nothing is put where it
        makes the same of it. Raises LogUnavailable."""
        for n in range(self._tries):
            stands, seq = await self._read(key, kind)
            new, said = change(stands)
            if new == stands or await self._put(key, new, seq):
                return said
            await asyncio.sleep(random.uniform(0.0, min(0.02, 0.004 * (n + 1))))
        raise LogUnavailable(f"{key} of {self._bucket} could not be changed in {self._tries} tries")

    async def _read(self, key: str, kind: type[T]) -> tuple[T, int]:
        found = await self._gets.one(subjects.kv_stream(self._bucket), subjects.kv(self._bucket, key), self._timeout)
        if found is None:
            return kind(), 0
        try:
            return msgspec.json.decode(found.data, type=kind), sequence(found)
        except msgspec.DecodeError:
            return kind(), sequence(found)

    async def _put(self, key: str, value: msgspec.Struct, after: int) -> bool:
        """Whether it stands: nobody was faster. Raises LogUnavailable where nobody takes it."""
        subject = subjects.kv(self._bucket, key)
        heads = expecting(after, subject)
        ack = await publish(self._inbox, subject, msgspec.json.encode(value), heads, self._timeout)
        if ack is None:
            raise LogUnavailable(f"nobody took {key} of {self._bucket}")
        return ack.error is None
