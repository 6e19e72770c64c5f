"""What needs a share of the votes: majority, supermajority, unanimity, and confidence as the weight of a vote.

The share is one of the votes that were cast: neither absence nor abstention is a vote against anything. It must be
more than half in any case, so that no two can have it.

Confidence-weighted: a vote weighs what its seat says of its own confidence, 0..1, and a vote of confidence 0 weighs
nothing; the share is one of the whole weight. How sure a model says it is need not be how often it is right, so the
quorum is counted by heads.
"""

from __future__ import annotations

from collections.abc import Sequence
from math import fsum

from zamaz.events.voting import Ballot, ProtocolSetting
from zamaz_workflow.protocols.counting import DIGITS, Family, Points, first_choice


def is_for(ballot: Ballot, candidate: str) -> bool:
    """Whether it is the ballot's first choice."""
    return first_choice(ballot) == candidate


def _votes(votes: Sequence[Ballot], candidates: Sequence[str]) -> Points:
    return {name: float(sum(is_for(ballot, name) for ballot in votes)) for name in candidates}


def _weights(votes: Sequence[Ballot], candidates: Sequence[str]) -> Points:
    return {name: round(fsum(b.confidence for b in votes if is_for(b, name)), DIGITS) for name in candidates}


def carries(setting: ProtocolSetting, got: float, whole: float) -> bool:
    """Whether it is more than half, and the threshold or more."""
    return got > whole / 2 and round(got - setting.threshold * whole, DIGITS) >= 0


def divides(setting: ProtocolSetting, got: float, whole: float) -> bool:
    """Whether two have half each where more than half would do: a tie that one voice may break. Three that lead
    with a third each all fall short, whoever is preferred."""
    return setting.threshold <= 1 / 2 and round(2 * got - whole, DIGITS) == 0


def wanted(setting: ProtocolSetting) -> str:
    """The share that it takes, in words."""
    if setting.threshold >= 1:
        return "all"
    return f"{setting.threshold:.0%}" if setting.threshold > 1 / 2 else "more than half"


HEADS = Family(_votes, lambda votes, _: float(len(votes)), is_for, "votes", by_share=True)
WEIGHTS = Family(
    _weights,
    lambda votes, _: round(fsum(ballot.confidence for ballot in votes), DIGITS),
    is_for,
    "confidence",
    by_share=True,
)
