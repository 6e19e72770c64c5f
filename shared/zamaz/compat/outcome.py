"""What a debate came to, as the existing application's callers expect it: read off its facts."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from typing import Literal, TypedDict

from zamaz.compat.complexity import Level
from zamaz.events import Recorded
from zamaz.events.orchestration import ConsensusAssessed
from zamaz.events.workflow import DebateCompleted


class Decided(TypedDict):
    """What `decide` answers. `time` is ISO 8601 (UTC), `consensus_level` the score 0..1 of the last assessment, and
    `consensus_type` its word for it; 0 and none where nothing was assessed."""

    decision: str
    method: Literal["debate", "direct"]
    rounds: int
    complexity: Level
    debate_id: str
    time: str
    consensus: bool
    consensus_level: float
    consensus_type: Literal["full", "partial", "none"]


def decided(completed: DebateCompleted, at: datetime, facts: Iterable[Recorded], level: Level) -> Decided:
    """The answer for the caller. `at` is when the result was stored, `facts` are all of its debate."""
    assessed = [heard.fact for heard in facts if isinstance(heard.fact, ConsensusAssessed)]
    last = max(assessed, key=lambda fact: fact.round, default=None)
    return {
        "decision": completed.decision,
        "method": "direct" if level == "simple" else "debate",
        "rounds": completed.rounds,
        "complexity": level,
        "debate_id": completed.debate_id,
        "time": at.isoformat(),
        "consensus": completed.consensus,
        "consensus_level": last.score if last else 0.0,
        "consensus_type": last.agreement if last else "none",
    }
