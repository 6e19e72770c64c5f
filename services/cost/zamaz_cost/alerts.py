"""What somebody wants to be told of, by alerts.yaml: read off facts, and off how long a provider takes. Pure."""

from __future__ import annotations

import statistics
from collections import deque
from collections.abc import Iterator
from datetime import datetime
from typing import NamedTuple

from zamaz import subjects
from zamaz.definition import AlertsFile
from zamaz.events.cost import AlertKind, AlertRaised, BudgetThresholdReached, SpendRefused
from zamaz.events.debater import ArgumentPresented
from zamaz.events.workflow import DebateCompleted, DebateFailed

WINDOW, ENOUGH = 20, 5
"""Of how many of a provider's newest answers the median is taken, and how many it takes to have one."""
WHY_LENGTH = 1000


class Raised(NamedTuple):
    """An alert, and the id that it is raised on: a debate's, a budget's, or the one that is kept for the others."""

    id: str
    alert: AlertRaised


def raised(file: AlertsFile, id_: str, fact: object) -> Iterator[Raised]:
    """What a fact makes an alert of; nothing where nobody asked for that. Its name says each alert once."""
    match fact:
        case DebateFailed():
            yield from _made(file, "failed", "failed", id_, id_, fact.why)
        case DebateCompleted() if not fact.consensus and fact.stop_reason == "rounds":
            yield from _made(file, "no_consensus", "no_consensus", id_, id_, fact.stop_detail)
        case SpendRefused():
            # Once a budget: of the debates behind it, each says itself that it was refused.
            yield from _made(file, "refused", "refused", fact.budget or id_, fact.budget or id_, fact.why)
        case BudgetThresholdReached():
            why = f"{fact.percent} % of {_whose(fact)} (${fact.limit_usd:f}) is spent: ${fact.spent_usd:f}"
            alert = f"threshold-{fact.scope}-{fact.percent}"
            yield from _made(file, "threshold", alert, id_, id_, why, percent=fact.percent)


def _whose(fact: BudgetThresholdReached) -> str:
    who = fact.requester or "a requester without a name"
    known = {"requester": f"the budget of {who}", "all": "the budget of all debates"}
    return known.get(fact.scope, f"the {fact.scope}'s budget")


def _made(
    file: AlertsFile, kind: AlertKind, alert: str, id_: str, about: str, why: str, *, percent: int = 100
) -> Iterator[Raised]:
    wanted = [spec for spec in file.of(kind) if percent >= spec.percent]
    if wanted:
        channels = tuple(dict.fromkeys(name for spec in wanted for name in spec.notify))
        yield Raised(id_, AlertRaised(alert=alert, kind=kind, about=about, why=why[:WHY_LENGTH], channels=channels))


class Pace:
    """How long the newest answers of each provider took, as one process has heard of them."""

    def __init__(self, file: AlertsFile) -> None:
        self._file = file
        self._newest: dict[str, deque[float]] = {}

    def hear(self, fact: ArgumentPresented, at: datetime) -> Iterator[Raised]:
        """Another answer. An alert is raised once an hour for each provider, however many replicas notice."""
        limits = [spec.seconds for spec in self._file.of("slow") if spec.seconds is not None]
        if not limits or not subjects.is_token(fact.provider):
            return
        newest = self._newest.setdefault(fact.provider, deque(maxlen=WINDOW))
        newest.append(fact.latency_ms / 1000)
        median = statistics.median(newest)
        if len(newest) >= ENOUGH and median > min(limits):
            hour, provider = f"{at:%Y%m%d%H}", fact.provider
            why = f"half of the newest {len(newest)} answers of {provider} took {median:.1f} s or more"
            alert = f"slow-{hour}-{provider}"[:64]
            yield from _made(self._file, "slow", alert, subjects.ALERTS, provider, why)
