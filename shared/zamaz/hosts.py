"""Servers of models of one's own, as the command line sees them.

A service that can speak with one offers an `Open` under the entry point group `zamaz.hosts`, by the server's name.
"""

from __future__ import annotations

from collections.abc import Callable
from importlib import metadata
from typing import NamedTuple, Protocol

from zamaz.errors import ZamazError

GROUP = "zamaz.hosts"

Told = Callable[[str, int, int], None]
"""Hears how a fetch goes on: what is done, bytes done, bytes in all (0: not known)."""


class HostUnreachable(ZamazError):
    """No server of models answers there, or it refuses what was asked."""


class HostModel(NamedTuple):
    """A model that a server has: bytes on its disk, what it says of it, and whether it is in memory now."""

    name: str
    size: int = 0
    family: str = ""
    parameters: str = ""
    quantization: str = ""
    loaded: bool = False
    until: str = ""


class Host(Protocol):
    """One server. Everything raises HostUnreachable."""

    async def models(self) -> list[HostModel]:
        """What it has, and what of it is loaded."""

    async def show(self, model: str) -> dict[str, object]:
        """What it knows of one model."""

    async def pull(self, model: str, told: Told) -> None:
        """Fetch a model."""

    async def load(self, model: str, keep_alive: str) -> None:
        """Load a model into memory for so long (`30m`, `-1` for ever), or drop it from there (`0`)."""

    async def close(self) -> None:
        """Close the connections."""


Open = Callable[[str], Host]


def opened(kind: str, address: str) -> Host:
    """The server at an address. Raises ZamazError where nothing installed can speak with it."""
    for entry in metadata.entry_points(group=GROUP, name=kind):
        open_: Open = entry.load()
        return open_(address)
    raise ZamazError(f"nothing that is installed here can speak with {kind}: install zamaz-orchestrator")
