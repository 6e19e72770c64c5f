"""For the existing application: its `DebateNucleus`, its events, and a bridge between its event bus and the debates."""

from zamaz.compat.bridging import Bridge, bridge
from zamaz.compat.complexity import Level, Rule, complexity
from zamaz.compat.events import DebateCompleted, DecisionMade, DomainEvent
from zamaz.compat.nucleus import DebateNucleus
from zamaz.compat.outcome import Decided
from zamaz.compat.practice import Ask, Practice

__all__ = [
    "Ask",
    "Bridge",
    "DebateCompleted",
    "DebateNucleus",
    "Decided",
    "DecisionMade",
    "DomainEvent",
    "Level",
    "Practice",
    "Rule",
    "bridge",
    "complexity",
]
