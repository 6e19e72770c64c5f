"""What every protocol shares: who took part, who leads, and how a tally is put together."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from math import ceil

from zamaz.events.voting import Ballot, Count, ProtocolName, ProtocolSetting, Tally, TallyOutcome

LEAST = 2
"""One seat alone is no quorum."""
DIGITS = 9
"""Sums of confidences are rounded to so many digits: what differs less is equal."""

Points = dict[str, float]


@dataclass(frozen=True)
class Family:
    """A way to count. `points` gives every candidate what the cast ballots give it, `whole` what there was to get,
    `supports` says whether a ballot is for a candidate, `unit` what the points are called.

    `by_share`: the leader needs a share of the whole, and not just the most.
    """

    points: Callable[[Sequence[Ballot], Sequence[str]], Points]
    whole: Callable[[Sequence[Ballot], Sequence[str]], float]
    supports: Callable[[Ballot, str], bool]
    unit: str
    by_share: bool = False


def needed(setting: ProtocolSetting, seats: int) -> int:
    """How many seats must take part: their share, rounded up, and two at least."""
    return max(LEAST, ceil(round(setting.quorum * seats, DIGITS)))


def cast(ballots: Iterable[Ballot]) -> list[Ballot]:
    """The votes among the ballots."""
    return [ballot for ballot in ballots if ballot.state == "cast"]


def first_choice(ballot: Ballot) -> str:
    """What a ballot is for in the first place, "" where it does not say."""
    if ballot.choice:
        return ballot.choice
    if ballot.ranking:
        return ballot.ranking[0]
    return ballot.approvals[0] if len(ballot.approvals) == 1 else ""


def candidates(options: Iterable[str], ballots: Iterable[Ballot]) -> tuple[str, ...]:
    """Whatever can be adopted: the options, and what a vote names besides."""
    named = (name for b in cast(ballots) for name in (b.choice, *b.approvals, *b.ranking) if name)
    return tuple(dict.fromkeys((*options, *named)))


def leaders(points: Mapping[str, float]) -> tuple[str, ...]:
    """Those with the most points; none where nobody got any of several."""
    top = max(points.values(), default=0.0)
    return tuple(name for name, got in points.items() if got == top) if top > 0 or len(points) == 1 else ()


def counts(
    points: Mapping[str, float], votes: Sequence[Ballot], supports: Callable[[Ballot, str], bool]
) -> list[Count]:
    """The counts, most first; among equals in the order of the candidates."""
    made = [
        Count(option=o, votes=n, by=tuple(b.participant for b in votes if supports(b, o))) for o, n in points.items()
    ]
    return sorted(made, key=lambda one: -one.votes)


def tally(setting: ProtocolSetting, ballots: Sequence[Ballot], outcome: TallyOutcome, why: str) -> Tally:
    """A tally of these ballots with nothing adopted yet. `why` gets who did not vote."""
    votes, abstained = len(cast(ballots)), sum(ballot.state == "abstained" for ballot in ballots)
    absent = len(ballots) - votes - abstained
    silent = ", ".join(f"{n} {what}" for n, what in ((abstained, "abstained"), (absent, "absent")) if n)
    return Tally(
        protocol=setting.name,
        outcome=outcome,
        why=f"{spoken(setting.name)}: {why}" + (f" ({silent})" if silent else ""),
        seats=len(ballots),
        cast=votes,
        abstained=abstained,
        absent=absent,
        quorum=needed(setting, len(ballots)),
        ballots=tuple(ballots),
    )


def without_quorum(setting: ProtocolSetting, ballots: Sequence[Ballot]) -> Tally | None:
    """The tally where too few took part, or where nobody of them voted; None where there is something to count."""
    present, quorum = sum(b.state in ("cast", "abstained") for b in ballots), needed(setting, len(ballots))
    if present < quorum:
        why = f"no quorum, {present} of {len(ballots)} seats took part and it takes {quorum}"
        return tally(setting, ballots, "no_quorum", why)
    # A judge rules on the positions, whatever the panel made of the options.
    return None if cast(ballots) or setting.name == "judge" else tally(setting, ballots, "no_votes", "nobody voted")


def first_seat(tied: Sequence[str], ballots: Sequence[Ballot]) -> tuple[str, str]:
    """Who breaks a tie in the order of the seats, and for what: the first whose vote prefers one of the tied."""
    for ballot in cast(ballots):
        preferred = [name for name in (ballot.choice, *ballot.ranking) if name in tied]
        approved = [name for name in ballot.approvals if name in tied]
        if preferred or len(approved) == 1:
            return ballot.participant, (preferred or approved)[0]
    return "", ""


def spoken(name: ProtocolName) -> str:
    """A protocol's name as it is said."""
    return {"confidence_weighted": "confidence-weighted", "ranked": "ranked (Borda)"}.get(name, name)


def number(value: float) -> str:
    """3, 2.5 or 1.67."""
    return f"{round(value, 2):g}"
