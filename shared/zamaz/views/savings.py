"""What orchestration by a dear model would have cost: an estimate out of what the rulings were about. Pure.

A dear model would have been asked each time a ruling was wanted, and would have read what the ruling was about: the
output tokens of those answers are on record. What else stands in such a prompt, and the length of an answer, are
assumed.
"""

from __future__ import annotations

from collections.abc import Iterable
from decimal import Decimal
from typing import NamedTuple

from zamaz.events.cost import Rates
from zamaz.views.figures import Worked

PROMPT_TOKENS, ANSWER_TOKENS = 400, 150
"""Instructions and question beside the answers that are read; a short typed answer."""
MILLION = Decimal(10**6)


class Saved(NamedTuple):
    """`rulings` asked for, over `read` tokens of answers; dollars by `model`, as estimated, and as they were paid."""

    model: str
    rulings: int
    read: int
    dear_usd: Decimal
    paid_usd: Decimal

    @property
    def share(self) -> float | None:
        """Of what the dear model would have cost, 0..1; below 0 where the ladder was dearer."""
        return float(1 - self.paid_usd / self.dear_usd) if self.dear_usd else None


def saved(work: Iterable[Worked], paid_usd: Decimal, model: str, rates: Rates) -> Saved:
    """Against every ruling by `model` at these rates."""
    asked = [one for one in work if one.part == "ruling" and not one.name]
    rulings = sum(sum(one.outcomes.values()) for one in asked)
    read = sum(one.reads for one in asked)
    tokens_in, tokens_out = read + PROMPT_TOKENS * rulings, ANSWER_TOKENS * rulings
    dear = (tokens_in * rates.input + tokens_out * rates.output) / MILLION
    return Saved(model, rulings, read, dear, paid_usd)
