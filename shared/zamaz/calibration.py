"""What thresholds the shadows speak for: proposals out of the log's facts, which change nothing. Pure.

A ruling that a second rung agrees with is taken for good. The threshold of a rung is proposed as low as it can be, so
that of its rulings from there on the wanted share was agreed with.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import NamedTuple

from zamaz.events.orchestration import RulingShadowed

WANTED, LEAST = 0.9, 20
"""The share to agree, and how many shadows a proposal rests on at least."""


class Proposal(NamedTuple):
    """Of a kind's rung: how many of its rulings were shadowed with an answer, and how many were not; the share that
    the other rung agreed with, the mean regret; and the threshold to set, or why there is none."""

    kind: str
    rung: str
    shadows: int
    silent: int
    agreement: float
    regret: float
    threshold: float | None
    kept: float
    why: str


def proposals(facts: Iterable[RulingShadowed], wanted: float = WANTED, least: int = LEAST) -> list[Proposal]:
    """One for each kind and rung that was shadowed, in the order of their names. `kept` is the share of its rulings
    that would still be this rung's under the threshold."""
    groups: dict[tuple[str, str], list[RulingShadowed]] = {}
    for fact in facts:
        groups.setdefault((fact.kind, fact.ruled_by), []).append(fact)
    return [_proposal(*key, groups[key], wanted, least) for key in sorted(groups)]


def _proposal(kind: str, rung: str, shadows: list[RulingShadowed], wanted: float, least: int) -> Proposal:
    told = [fact for fact in shadows if fact.agrees is not None]
    agreement = _share(told)
    regret = sum(fact.regret or 0.0 for fact in told) / len(told) if told else 0.0
    made = Proposal(kind, rung, len(told), len(shadows) - len(told), agreement, regret, None, 0.0, "")
    if len(told) < least:
        return made._replace(why=f"{len(told)} shadows are fewer than the {least} that a proposal needs")
    for threshold in sorted({fact.ruled_confidence for fact in told}):
        sure = [fact for fact in told if fact.ruled_confidence >= threshold]
        if len(sure) >= least and _share(sure) >= wanted:
            why = f"of {len(sure)} rulings from there on, {_share(sure):.0%} were agreed with"
            return made._replace(threshold=threshold, kept=len(sure) / len(told), why=why)
    return made._replace(why=f"no threshold makes {wanted:.0%} of at least {least} rulings agreed with")


def _share(facts: list[RulingShadowed]) -> float:
    return sum(bool(fact.agrees) for fact in facts) / len(facts) if facts else 0.0
