"""Rulings that stand for the same question again: by what was asked, of whom, and in which words. Pure but for `Cache`,
which is a door."""

from __future__ import annotations

import hashlib
from typing import Any, NamedTuple, Protocol

import msgspec

from zamaz.events import Part
from zamaz.events.flow import RungSetting
from zamaz_orchestrator.kinds.kind import Kind, Opinion, digest

FORMAT = 1
"""Of an entry: one of another format is no hit."""


class Prompt(NamedTuple):
    """A template and its digest."""

    text: str
    digest: str


class Kept(Part, frozen=True, kw_only=True):
    """An opinion as the cache holds it. `format` and `version` are those of the writer, and must be the reader's."""

    format: int = 0
    version: int = 0
    said: msgspec.Raw = msgspec.Raw(b"null")
    confidence: float = 0.0
    why: str = ""
    odds: dict[str, float] = {}
    provider: str = ""
    model: str = ""


class Cache(Protocol):
    """Where opinions are kept for a while. It is never truth: what it does not tell is asked again."""

    async def find(self, key: str, kind: Kind[Any, Any]) -> Opinion[Any] | None:
        """The opinion that is kept under `key`."""

    async def keep(self, key: str, kind: Kind[Any, Any], opinion: Opinion[Any]) -> None:
        """Keep it."""


class NothingKept:
    """Without a cache."""

    async def find(self, key: str, kind: Kind[Any, Any]) -> None:
        """Nothing."""

    async def keep(self, key: str, kind: Kind[Any, Any], opinion: Opinion[Any]) -> None:
        """Not."""


NOTHING_KEPT: Cache = NothingKept()


def key_of(kind: Kind[Any, Any], question: Part, rung: RungSetting, prompt: Prompt) -> str:
    """64 hex digits, of everything that an answer depends on."""
    parts = [kind.name, kind.version, rung.rung, rung.provider, rung.model, rung.parameters, rung.shows, prompt.digest]
    return hashlib.sha256(msgspec.json.encode([*parts, digest(question)], order="sorted")).hexdigest()


def packed(kind: Kind[Any, Any], opinion: Opinion[Any]) -> bytes:
    """An entry."""
    return msgspec.json.encode(
        Kept(
            format=FORMAT,
            version=kind.version,
            said=msgspec.Raw(msgspec.json.encode(opinion.said)),
            confidence=opinion.confidence,
            why=opinion.why,
            odds=dict(opinion.odds),
            provider=opinion.provider,
            model=opinion.model,
        )
    )


def unpacked(kind: Kind[Any, Any], entry: bytes) -> Opinion[Any] | None:
    """What an entry says; None for one of another version, or that cannot be read."""
    try:
        kept = msgspec.json.decode(entry, type=Kept)
        if (kept.format, kept.version) != (FORMAT, kind.version):
            return None
        said = msgspec.json.decode(kept.said, type=kind.said)
    except msgspec.DecodeError:
        return None
    return Opinion("", said, kept.confidence, kept.why, kept.odds, kept.provider, kept.model)
