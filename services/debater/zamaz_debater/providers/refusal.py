"""A key that was refused is remembered, so that whoever looks sees it without paying for another call."""

from __future__ import annotations

import msgspec

from zamaz.alive import Reach
from zamaz_debater.providers.port import Call, Provider, ProviderError, Reply


class RemembersRefusal:
    """A provider whose reach tells of a refused key until a call succeeds again.

    It stays in reach: credit may have come, and only a call can tell.
    """

    def __init__(self, provider: Provider) -> None:
        self._provider, self._refusal = provider, ""

    async def ready(self) -> None:
        """As the provider."""
        await self._provider.ready()

    async def answer(self, call: Call) -> Reply:
        """Ask once. Raises ProviderError."""
        try:
            reply = await self._provider.answer(call)
        except ProviderError as error:
            if error.kind == "auth":
                self._refusal = f"at the last call: {error.why}"
            raise
        self._refusal = ""
        return reply

    async def reach(self) -> Reach:
        """The provider's own, with the refusal where there was one."""
        found = await self._provider.reach()
        return msgspec.structs.replace(found, why=self._refusal) if found.ok and self._refusal else found
