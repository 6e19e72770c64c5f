"""Approval: each seat names all that it could live with, and what most of them name is adopted.

A ballot that names its choice alone approves of that. Who approves of everything helps nothing, and who approves of
nothing has abstained.
"""

from __future__ import annotations

from collections.abc import Sequence

from zamaz.events.voting import Ballot
from zamaz_workflow.protocols.counting import Family, Points, first_choice


def approves(ballot: Ballot, candidate: str) -> bool:
    """Whether the seat could live with it."""
    return candidate in ballot.approvals or candidate == first_choice(ballot)


def _approvals(votes: Sequence[Ballot], candidates: Sequence[str]) -> Points:
    return {name: float(sum(approves(ballot, name) for ballot in votes)) for name in candidates}


APPROVAL = Family(_approvals, lambda votes, _: float(len(votes)), approves, "seats approve")
