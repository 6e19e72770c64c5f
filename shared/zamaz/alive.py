"""Who is alive, and what each debater can reach: a lease a process, renewed each second, gone after three. Whoever
makes calls that are paid has one.

It is never truth: it answers "is it worth waiting for this one?" and "which models are there now?".
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Mapping

import msgspec
from nats.aio.client import Client as Nats

from zamaz import subjects
from zamaz.errors import LogError
from zamaz.inbox import Inbox
from zamaz.wire import DirectGets, publish

EVERY_S = 1.0
TTL_S = 3.0
MARGIN_S = 1.0


class Reach(msgspec.Struct, frozen=True, omit_defaults=True):
    """Whether a provider can be called from here. `models` are those it offers; None: any may be asked.

    `why` says what is in the way; with `ok`, what went wrong lately and may pass.
    """

    ok: bool
    why: str = ""
    models: tuple[str, ...] | None = None


class Lease(msgspec.Struct, frozen=True, omit_defaults=True):
    """What a living process says of itself: a debater, which providers it serves."""

    providers: dict[str, Reach] = {}


def out_of_reach(reach: Mapping[str, Reach], provider: str, model: str) -> str:
    """Why a model cannot be asked now, or ""."""
    known = reach.get(provider)
    if known is None:
        return f"no debater serves {provider}"
    if not known.ok:
        return known.why or f"{provider} is out of reach"
    if known.models is not None and model not in known.models:
        return f"{provider} has no model {model!r}; it has: {', '.join(known.models) or 'none'}"
    return ""


def reaching(reach: Mapping[str, Reach]) -> Callable[[str, str], bool]:
    """Whether a provider's model can be asked; while no debater is known to live, anything may be."""
    return lambda provider, model: not reach or not out_of_reach(reach, provider, model)


def joined(leases: Iterable[Lease]) -> dict[str, Reach]:
    """What several debaters together can reach."""
    together: dict[str, Reach] = {}
    for lease in leases:
        for provider, reach in lease.providers.items():
            known = together.get(provider)
            if known is None or (reach.ok and not known.ok):
                together[provider] = reach
    return together


_DECODER = msgspec.json.Decoder(Lease)


def _subject(by: str) -> str:
    return f"$KV.{subjects.ALIVE_BUCKET}.{subjects.token(by)}"


class Alive:
    """Renews this process' lease and looks at the others'."""

    def __init__(self, nc: Nats) -> None:
        self._inbox = Inbox(nc)
        self._gets = DirectGets(self._inbox)
        self._since = time.monotonic()

    async def reconnected(self) -> None:
        """The server may have lost all leases: nobody counts as gone until they had time to renew."""
        self._since = time.monotonic()

    async def renew(self, by: str, lease: Lease) -> bool:
        """Put the lease once; False when the server did not take it."""
        ack = await publish(self._inbox, _subject(by), msgspec.json.encode(lease), {}, EVERY_S)
        return ack is not None and ack.error is None

    async def gone(self, by: str) -> bool:
        """Whether `by` has let its lease run out while the server was there to take it.

        Only an absence during one unbroken connection of ours, longer than a lease, proves anything.
        """
        if time.monotonic() - self._since < TTL_S + MARGIN_S:
            return False
        try:
            return await self._gets.one(subjects.ALIVE_STREAM, _subject(by), EVERY_S) is None
        except LogError:
            return False

    async def leases(self) -> dict[str, Lease]:
        """Those of all debaters that live, by process. Raises LogUnavailable."""
        every = (f"$KV.{subjects.ALIVE_BUCKET}.>",)
        page = await self._gets.matching(subjects.ALIVE_STREAM, every, 1, EVERY_S)
        found: dict[str, Lease] = {}
        for message in page.messages:
            by = (message.headers or {})["Nats-Subject"].rsplit(".", 1)[1]
            if message.data and (lease := _DECODER.decode(message.data)).providers:
                found[by] = lease
        return found

    async def reach(self) -> dict[str, Reach]:
        """What the living debaters together can reach; {} when none lives. Raises LogUnavailable."""
        return joined((await self.leases()).values())
