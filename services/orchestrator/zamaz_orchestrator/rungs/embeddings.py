"""Nearness of meaning by a small sentence model on this machine: the optional extra `embeddings`.

It sees what a text is about and not what it says of it ("Adopt Kafka" is near "Reject Kafka"), so it never rules
alone: a kind weighs it beside its rules.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

EMBEDDINGS = "embeddings"


class Meaning(Protocol):
    """Tells how near texts are."""

    async def likeness(self, pairs: Sequence[tuple[str, str]]) -> list[float]:
        """The cosine of each pair, -1..1. Raises PassUp."""
