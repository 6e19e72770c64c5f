"""What a call passes before it is made, over all replicas: its provider's circuit, and what it takes in a minute."""

from __future__ import annotations

import asyncio
import contextlib
import logging
from collections.abc import Callable, Mapping
from datetime import UTC, datetime

from nats.aio.client import Client as Nats

from zamaz import provision, subjects
from zamaz.definition.models import ProviderSpec
from zamaz.errors import LogError, LogUnavailable
from zamaz.events.debater import ArgumentPresented, TurnFailed
from zamaz.service import rate
from zamaz.service.cells import Cells
from zamaz.service.delivery import GiveBack
from zamaz.service.rate import Level
from zamaz_debater import circuit
from zamaz_debater.circuit import Circuit

AWAY_S = 1.0
LOOK_AGAIN_S = 10.0
_log = logging.getLogger("zamaz.debater")


class CircuitOpen(GiveBack):
    """A call that is not made, for as long as its provider's circuit is open."""


class Gate:
    """Lets calls of providers through. What we hold back ourselves is given back, and never a failure."""

    def __init__(self, nc: Nats, specs: Mapping[str, ProviderSpec], now: Callable[[], datetime]) -> None:
        self._nc, self._specs, self._now = nc, specs, now
        self._cells = Cells(nc, subjects.LIMITS_BUCKET)

    async def there(self) -> None:
        """Raises NotProvisioned where its bucket is missing."""
        await self._cells.there()

    async def admit(self, provider: str, call: str) -> None:
        """Raises CircuitOpen while it is, and GiveBack while another call tries whether the provider is back."""
        spec = self._specs[provider]
        if not spec.circuit.failures:
            return
        now = self._now().timestamp()
        try:
            wait, is_open = await self._cells.change(
                subjects.circuit(provider), Circuit, lambda stands: _admitted(stands, call, now)
            )
        except LogUnavailable as error:
            raise GiveBack(AWAY_S, str(error)) from error
        if wait:
            raise (CircuitOpen if is_open else GiveBack)(wait, f"the circuit of {provider} is open")

    async def open_until(self, provider: str) -> float:
        """Seconds since 1970 until which its circuit is open; 0 for one that is not, or that nobody can read now."""
        with contextlib.suppress(LogError):
            return (await self._cells.read(subjects.circuit(provider), Circuit)).until
        return 0.0

    async def book(self, provider: str, tokens: int, left: float) -> bool:
        """Wait for a place in the minute's limits; whether that took any time. Raises GiveBack where it would take
        longer than the `left` seconds."""
        spec = self._specs[provider]
        limit = rate.spread(spec.requests_per_minute, spec.tokens_per_minute)
        if not limit:
            return False
        now = self._now().timestamp()
        try:
            wait, _ = await self._cells.change(
                f"rate.{subjects.token(provider)}", Level, lambda level: rate.book(level, limit, 1, tokens, now, left)
            )
        except LogUnavailable as error:
            raise GiveBack(AWAY_S, str(error)) from error
        if wait > left:
            raise GiveBack(min(LOOK_AGAIN_S, max(left, AWAY_S)), f"the minute's limit of {provider} is used up")
        await asyncio.sleep(wait)
        return wait > 0

    async def ended(self, provider: str, made: ArgumentPresented | TurnFailed, *, unclear: bool) -> float:
        """Note how a call ended, and pause the provider's consumer when that opens the circuit: until when it is
        open then, in seconds since 1970; 0 where nothing was opened. `unclear` as in Ended."""
        spec = self._specs[provider]
        if not spec.circuit.failures or not made.call:
            return 0.0
        now = self._now().timestamp()

        def change(stands: Circuit) -> tuple[Circuit, float]:
            new = circuit.ended(stands, made, spec.circuit, now, unclear=unclear)
            return new, new.until if new.until > stands.until else 0.0

        with contextlib.suppress(LogError):
            if until := await self._cells.change(subjects.circuit(provider), Circuit, change):
                at = datetime.fromtimestamp(until, UTC)
                _log.warning("%s: its circuit is open until %s", provider, at.isoformat(timespec="seconds"))
                await provision.pause(self._nc, subjects.EVENTS, subjects.provider_durable(provider), at)
                return until
        return 0.0


def _admitted(stands: Circuit, call: str, now: float) -> tuple[Circuit, tuple[float, bool]]:
    new, wait = circuit.admit(stands, call, now)
    return new, (wait, now < stands.until)
