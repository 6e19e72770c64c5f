"""A workflow in plain words: who is asked what, in which order, when it stops, how many calls it may take.

Pure, and out of the resolved flow: the same that DebateStarted records.
"""

from zamaz.definition.explain.counting import Calls, calls, longest_s
from zamaz.definition.explain.plan import Plan, plan_of
from zamaz.definition.explain.units import duration
from zamaz.definition.explain.words import explain

__all__ = ["Calls", "Plan", "calls", "duration", "explain", "longest_s", "plan_of"]
