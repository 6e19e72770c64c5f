"""A debate as the workflow knows it: the facts it heard, kept by their keys, in whatever order they came.

Nothing here is derived: what the facts mean is read in `course` and `ending`. How each of them changes it stands in
`evolve`.
"""

from __future__ import annotations

from datetime import datetime
from decimal import Decimal

import msgspec

from zamaz.events import Fact, Malformed
from zamaz.events.client import DebateAbortRequested, DebateRequested
from zamaz.events.cost import DebateBilled
from zamaz.events.course import GateClosed, MoveTaken, RuleApplied
from zamaz.events.debater import ArgumentPresented
from zamaz.events.operator import DebateErased
from zamaz.events.orchestration import (
    ComplexityAssessed,
    ConsensusAssessed,
    NextMoveAdvised,
    NoveltyJudged,
    QualityJudged,
    WorkflowSelected,
)
from zamaz.events.workflow import (
    ConsensusReached,
    DebateChanged,
    DebatePaused,
    DebateStarted,
    DebateTimeoutOccurred,
    DecisionMade,
    ParticipantJoined,
    ParticipantLeft,
    RulingRequested,
    TurnRequested,
    VotesCounted,
)
from zamaz_workflow.kept import Escalation, Failure, Fork, Money, Wanted, Wish, Word

Slot = tuple[int, str, str]
"""Round, step and participant: where the attempts at one argument belong."""

READS: tuple[tuple[str, str, bool], ...] = (
    ("client", "", False),
    ("workflow", "", False),
    ("debater", "ArgumentPresented", True),
    ("debater", "TurnFailed", True),
    ("orchestration", "", False),
    ("cost", "CallPriced", True),
    ("cost", "DebateBilled", False),
    ("cost", "SpendReserved", True),
    ("cost", "SpendRefused", True),
    ("operator", "", False),
)


class Debate(msgspec.Struct, frozen=True, gc=False):
    """Everything that the facts say. `request` keeps no context, only its size in bytes.

    `imported` says that the id was taken by an import before anybody requested anything on it. `left` is by
    participant, `joined` by the number of the seat. `wanted` is what the clients asked for in flight, in the log's
    order, and `answered` what of it was done or refused. `longer_at` is when the debate was last given more time, and
    `before_rounds` how many rules and gates had acted when it was last given another number of rounds. `moves` and
    `focuses` are by round; `held` are the rulings that it was paused for.
    """

    id: str
    imported: bool = False
    erased: DebateErased | None = None
    archived: bool = False
    request: DebateRequested | Malformed | None = None
    context_bytes: int = 0
    requested_at: datetime | None = None
    fork: Fork | None = None
    abort: DebateAbortRequested | None = None
    wish: Wish | None = None
    pauses: int = 0
    paused: DebatePaused | None = None
    resumed_at: datetime | None = None
    paused_s: float = 0.0
    started: DebateStarted | None = None
    started_at: datetime | None = None
    rounds: int = 0
    turns: dict[str, TurnRequested] = {}
    slots: dict[Slot, tuple[TurnRequested, ...]] = {}
    answers: dict[str, ArgumentPresented] = {}
    failures: dict[str, Failure] = {}
    given_up: frozenset[str] = frozenset()
    timed_out: frozenset[tuple[int, str]] = frozenset()
    rulings: dict[str, RulingRequested] = {}
    assessed: dict[str, ConsensusAssessed] = {}
    complexities: dict[str, ComplexityAssessed] = {}
    selected: dict[str, WorkflowSelected] = {}
    joined: dict[int, ParticipantJoined] = {}
    left: dict[str, ParticipantLeft] = {}
    changes: dict[int, DebateChanged] = {}
    longer_at: datetime | None = None
    before_rounds: tuple[int, int] = (0, 0)
    wanted: tuple[Wanted, ...] = ()
    answered: frozenset[tuple[str, str]] = frozenset()
    judged: dict[str, QualityJudged] = {}
    novelties: dict[str, NoveltyJudged] = {}
    advised: dict[str, NextMoveAdvised] = {}
    moves: dict[int, MoveTaken] = {}
    held: frozenset[str] = frozenset()
    focuses: dict[int, str] = {}
    rules: dict[int, RuleApplied] = {}
    gates: dict[str, GateClosed] = {}
    shortfalls: frozenset[str] = frozenset()
    escalation: Escalation | None = None
    words: tuple[Word, ...] = ()
    consensus: ConsensusReached | None = None
    counted: dict[int, VotesCounted] = {}
    timeout: DebateTimeoutOccurred | None = None
    decided: DecisionMade | None = None
    decided_at: datetime | None = None
    prices: dict[str, Decimal] = {}
    billed: DebateBilled | None = None
    money: Money = Money()
    ending: Fact | None = None


def initial(debate: str) -> Debate:
    """Nothing was heard yet."""
    return Debate(debate)
