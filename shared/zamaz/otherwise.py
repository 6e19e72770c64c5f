"""What another rule would have decided on the answers that stand: nothing is asked, and nothing is written.

A service that can tell offers a `Redecide` under the entry point group `zamaz.redeciders`; one that can rule for
nothing, as the other course may want it, a `Rule` under `zamaz.rulers`.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import NamedTuple

from zamaz.events import ENDINGS, Fact, Recorded
from zamaz.events.voting import ProtocolName
from zamaz.events.workflow import DebateCancelled, DebateCompleted, DebateFailed, DebateRejected, RulingRequested

GROUP, RULERS = "zamaz.redeciders", "zamaz.rulers"


class Change(NamedTuple):
    """What is to be otherwise: the score from which on there is consensus (0..1), and the decision protocol."""

    threshold: float | None = None
    protocol: ProtocolName | None = None


class Outcome(NamedTuple):
    """How a debate ends. `state` is completed, failed, cancelled or rejected; `open` where it does not end with the
    answers that stand, and `why` says what is missing. `rounds` were argued."""

    state: str
    decision: str = ""
    choice: str = ""
    consensus: bool = False
    rounds: int = 0
    why: str = ""


Rule = Callable[[Sequence[Recorded], RulingRequested], Fact | None]
"""What costs nothing makes of a ruling on these facts that nobody was asked for; None where that cannot say."""
Redecide = Callable[[Sequence[Recorded], Change, Rule], Outcome]


def silent(_facts: Sequence[Recorded], _wanted: RulingRequested) -> Fact | None:
    """Nobody rules."""
    return None


def recorded(facts: Sequence[Recorded]) -> Outcome:
    """How a debate did end."""
    ending = next((heard.fact for heard in facts if isinstance(heard.fact, ENDINGS)), None)
    return ended(ending) if isinstance(ending, Fact) else Outcome("open", why="it has not ended")


def ended(fact: Fact) -> Outcome:
    """What the last fact of a debate says."""
    match fact:
        case DebateCompleted() as done:
            why = f"{done.stop_reason} ({done.stop_detail})" if done.stop_detail else done.stop_reason
            return Outcome("completed", done.decision, done.choice, done.consensus, done.rounds, why)
        case DebateFailed() as failed:
            return Outcome("failed", why=f"{failed.stop_reason}: {failed.why}")
        case DebateCancelled() as cancelled:
            return Outcome("cancelled", why=cancelled.why)
        case DebateRejected() as no:
            return Outcome("rejected", why=f"{no.reason}: {no.why}")
    return Outcome("open", why="it has not ended")
