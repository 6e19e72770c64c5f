"""How many tokens a text has, where no provider has counted: an estimate out of its bytes."""

from __future__ import annotations

from zamaz.events.debater import Usage

BYTES_A_TOKEN = 3.5
"""English has 4.2 to 5.7 (80 real answers, a vocabulary of 49k), code and German some 2.2: an estimate, and rather high
for what debates are made of."""


def of_bytes(size: int) -> int:
    """Tokens of so many UTF-8 bytes."""
    return -int(-size // BYTES_A_TOKEN)


def of(text: str) -> int:
    """Tokens of a text."""
    return of_bytes(len(text.encode("utf-8", "replace")))


def used(prompt_bytes: int, answer: str) -> Usage:
    """What a call has used as far as it can be seen: what a model thought unseen is not in it."""
    return Usage(input=of_bytes(prompt_bytes), output=of(answer), estimated=True)
