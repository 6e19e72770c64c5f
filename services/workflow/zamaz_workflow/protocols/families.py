"""From a protocol's name to its way of counting, and from the ballots to what is adopted."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from msgspec.structs import replace

from zamaz.events.voting import Ballot, ProtocolName, ProtocolSetting, Tally
from zamaz_workflow.protocols import counting, shares
from zamaz_workflow.protocols.approval import APPROVAL
from zamaz_workflow.protocols.counting import Family, Points, number
from zamaz_workflow.protocols.ranked import RANKED

FAMILIES: Mapping[ProtocolName, Family] = {
    "majority": shares.HEADS,
    "supermajority": shares.HEADS,
    "unanimity": shares.HEADS,
    "confidence_weighted": shares.WEIGHTS,
    "approval": APPROVAL,
    "ranked": RANKED,
    "judge": shares.HEADS,
}


def count(setting: ProtocolSetting, options: Sequence[str], ballots: Sequence[Ballot]) -> Tally:
    """The tally. `ballots` are one of each seat, in their order; a judge has none. `options` are what can be adopted.

    Of a judge's protocol it is the panel's vote for the judge to see: nothing is adopted by it.
    """
    if short := counting.without_quorum(setting, ballots):
        return short
    family, votes = FAMILIES[setting.name], counting.cast(ballots)
    names = counting.candidates(options, ballots)
    points = family.points(votes, names)
    first = counting.leaders(points)
    whole = family.whole(votes, names)
    made = counting.tally(setting, ballots, "short", _why(setting, family, points, first, whole))
    made = replace(made, counts=tuple(counting.counts(points, votes, family.supports)))
    if setting.name == "judge":
        return replace(made, outcome="no_ruling")
    if len(first) > 1:
        even = not family.by_share or shares.divides(setting, points[first[0]], whole)
        return replace(made, outcome="tie", tied=first) if even else made
    if not first or (family.by_share and not shares.carries(setting, points[first[0]], whole)):
        return made
    return _adopted(made, first[0])


def resolved(tally: Tally, by: str, adopted: str, how: str) -> Tally:
    """A tie that the seat `by` has broken; `how` says in which capacity."""
    broken = f"{tally.why}; broken by {by}, {how}"
    return _adopted(replace(tally, decided_by=by, why=broken), adopted)


def _adopted(tally: Tally, winner: str) -> Tally:
    supports = FAMILIES[tally.protocol].supports
    against = tuple(ballot.participant for ballot in counting.cast(tally.ballots) if not supports(ballot, winner))
    return replace(tally, outcome="adopted", adopted=winner, dissent=against)


def _why(setting: ProtocolSetting, family: Family, points: Points, first: Sequence[str], whole: float) -> str:
    got = f"{number(points[first[0]] if first else 0)} of {number(whole)} {family.unit}"
    if setting.name == "judge":
        return f"at most {got} of the panel for the same"
    if len(first) > 1:
        return f"a tie of {len(first)} at {got}"
    return f"{got}, {shares.wanted(setting)} needed" if family.by_share else got
