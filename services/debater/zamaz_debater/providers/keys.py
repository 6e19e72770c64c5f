"""Whose key a call is made with, and that no key comes back in what a server says."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace

from zamaz.alive import Reach
from zamaz_debater.providers.port import Call, Provider, ProviderError, Reply
from zamaz_debater.settings import Access

GONE = "…"


class Discreet:
    """A provider whose words hold no key, should its server repeat the one that it was given."""

    def __init__(self, provider: Provider, access: Access) -> None:
        self._provider, self._access = provider, access

    async def ready(self) -> None:
        """As the provider."""
        await self._provider.ready()

    async def reach(self) -> Reach:
        """As the provider."""
        return await self._provider.reach()

    async def answer(self, call: Call) -> Reply:
        """Ask once. Raises ProviderError."""
        secret = self._access.key.get_secret_value() if self._access.key else ""
        if not secret:
            return await self._provider.answer(call)
        try:
            reply = await self._provider.answer(replace(call, hear=Pieces(call.hear, secret).hear))
        except ProviderError as error:
            error.why = self._access.scrubbed(error.why)
            raise
        text, model, finish = map(self._access.scrubbed, (reply.text, reply.model, reply.finish_reason))
        return Reply(text, model, finish, reply.usage)


class Pieces:
    """Hands pieces of text on without a secret, also one that is cut in two by them."""

    def __init__(self, hear: Callable[[str], None], secret: str) -> None:
        self._hear, self._secret, self._held = hear, secret, ""

    def hear(self, piece: str) -> None:
        """The next piece. What the secret may begin with is held back until more is known."""
        text = (self._held + piece).replace(self._secret, GONE)
        most = min(len(text), len(self._secret) - 1)
        begun = next((n for n in range(most, 0, -1) if self._secret.startswith(text[-n:])), 0)
        said, self._held = text[: len(text) - begun], text[len(text) - begun :]
        if said:
            self._hear(said)


class ByRequester:
    """A provider that is asked with a requester's own key, where models.yaml names one (`own`, by requester)."""

    def __init__(self, provider: Provider, own: Mapping[str, Provider]) -> None:
        self._provider, self._own = provider, own

    async def ready(self) -> None:
        """As the provider: the house's own key is the one that is used first."""
        await self._provider.ready()

    async def reach(self) -> Reach:
        """As the provider; without a key of the house, for those who have one."""
        found = await self._provider.reach()
        if found.ok or not self._own:
            return found
        return Reach(
            ok=True, why=f"only for those with a key of their own ({', '.join(sorted(self._own))}): {found.why}"
        )

    async def answer(self, call: Call) -> Reply:
        """Ask once. Raises ProviderError."""
        return await self._own.get(call.requester, self._provider).answer(call)
