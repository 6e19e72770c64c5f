"""Ranked: a Borda count. Of k candidates the first of a ranking gets k - 1 points, the next k - 2, the last none.

A ranking may be partial. Those that it leaves out share the places that are left, and each gets the mean of their
points: of four candidates a ballot "a > b" gives 3, 2, 0.5 and 0.5. So every ballot gives away k(k - 1)/2 points,
however much it ranks, and nobody gains by ranking less. A ballot with a choice alone ranks that first. What it names
twice counts where it stands first.

Who has the most points is adopted; several with the most are a tie. The candidates are fixed before the ballots are
asked for, since a Borda count depends on which there are.
"""

from __future__ import annotations

from collections.abc import Sequence
from math import fsum

from zamaz.events.voting import Ballot
from zamaz_workflow.protocols.counting import Family, Points
from zamaz_workflow.protocols.shares import is_for


def points_of(ballot: Ballot, candidates: Sequence[str]) -> Points:
    """What one ballot gives each candidate."""
    named = dict.fromkeys((ballot.choice, *ballot.ranking) if ballot.choice else ballot.ranking)
    ranking = [name for name in named if name in candidates]
    rest = len(candidates) - len(ranking)
    given = dict.fromkeys(candidates, (rest - 1) / 2)
    return given | {name: float(len(candidates) - 1 - place) for place, name in enumerate(ranking)}


def _points(votes: Sequence[Ballot], candidates: Sequence[str]) -> Points:
    given = [points_of(ballot, candidates) for ballot in votes]
    return {name: fsum(one[name] for one in given) for name in candidates}


def _whole(votes: Sequence[Ballot], candidates: Sequence[str]) -> float:
    """The most that one candidate can get."""
    return float(len(votes) * (len(candidates) - 1))


RANKED = Family(_points, _whole, is_for, "points")
