"""Debates between language models, over NATS JetStream: the published library.

Applications need `connect`, the facts, and the errors; the rest is for the services.
"""

from zamaz.client import Client, connect
from zamaz.errors import (
    AlreadyOver,
    AlreadyRequested,
    DebateCancelledError,
    DebateEndedError,
    DebateFailedError,
    DebateRejectedError,
    Refused,
    ServerUnreachable,
    ZamazError,
)
from zamaz.events import Fact, Malformed, Recorded, Unknown
from zamaz.events.client import (
    DebateAbortRequested,
    DebateImported,
    DebatePauseRequested,
    DebateRequested,
    DebateResumeRequested,
    HumanRulingGiven,
)
from zamaz.events.cost import DebateBilled
from zamaz.events.course import HumanRulingRequested
from zamaz.events.debater import ArgumentPresented
from zamaz.events.workflow import (
    ConsensusReached,
    DebateCancelled,
    DebateCompleted,
    DebateFailed,
    DebatePaused,
    DebateRejected,
    DebateResumed,
    DebateStarted,
    DecisionMade,
)
from zamaz.heard import Heard

__all__ = [
    "AlreadyOver",
    "AlreadyRequested",
    "ArgumentPresented",
    "Client",
    "ConsensusReached",
    "DebateAbortRequested",
    "DebateBilled",
    "DebateCancelled",
    "DebateCancelledError",
    "DebateCompleted",
    "DebateEndedError",
    "DebateFailed",
    "DebateFailedError",
    "DebateImported",
    "DebatePauseRequested",
    "DebatePaused",
    "DebateRejected",
    "DebateRejectedError",
    "DebateRequested",
    "DebateResumeRequested",
    "DebateResumed",
    "DebateStarted",
    "DecisionMade",
    "Fact",
    "Heard",
    "HumanRulingGiven",
    "HumanRulingRequested",
    "Malformed",
    "Recorded",
    "Refused",
    "ServerUnreachable",
    "Unknown",
    "ZamazError",
    "connect",
]
