"""Text that compresses like text: English words, drawn by a seeded chance, the common ones more often."""

from __future__ import annotations

import random
from itertools import accumulate
from pathlib import Path

VOCABULARY = Path(__file__).with_name("vocabulary.txt").read_text(encoding="utf-8").split()
_WEIGHTS = list(accumulate(1 / (rank + 4) for rank in range(len(VOCABULARY))))


def prose(chance: random.Random, size: int) -> str:
    """About `size` bytes of sentences and paragraphs, ending with a full stop."""
    said: list[str] = []
    length = 0
    while length < size:
        count = chance.randint(7, 19)
        words = chance.choices(VOCABULARY, cum_weights=_WEIGHTS, k=count)
        sentence = " ".join(words).capitalize() + ("." if chance.random() < 0.8 else ".\n\n")
        said.append(sentence)
        length += len(sentence) + 1
    return " ".join(said)[: size - 1].rstrip() + "."
