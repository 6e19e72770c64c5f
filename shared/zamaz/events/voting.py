"""The words of a vote: how a decision is taken where the participants do not agree, ballots, and what they add up to.

They are parts of what the workflow says.
"""

from __future__ import annotations

from typing import Literal

from zamaz.events.base import Part

ProtocolName = Literal[
    "consensus",
    "majority",
    "supermajority",
    "unanimity",
    "approval",
    "ranked",
    "confidence_weighted",
    "judge",
]
TieRule = Literal["no_winner", "first_seat", "judge", "another_round"]
BallotState = Literal["cast", "abstained", "unparsed", "refused", "timed_out", "failed", "absent"]
TallyOutcome = Literal["adopted", "tie", "short", "no_quorum", "no_votes", "no_ruling"]

JUDGE_ROLE = "judge"
"""The role of the seat that stands outside the panel, where the protocol has a judge."""


class ProtocolSetting(Part, frozen=True, kw_only=True):
    """How a decision is taken, resolved. `quorum` is the share of the seats that must take part (two seats at least),
    `threshold` the share of the votes that it takes."""

    name: ProtocolName = "consensus"
    quorum: float = 0.5
    threshold: float = 0.0
    tie: TieRule = "no_winner"

    @property
    def has_judge(self) -> bool:
        """Whether a seat with the role of a judge stands outside the panel."""
        return self.name == "judge" or self.tie == "judge"


CONSENSUS = ProtocolSetting()


class Ballot(Part, frozen=True, kw_only=True):
    """One seat's vote, or why there is none.

    `abstained`: it took part and chose nothing. The other states but `cast` are an absence, told apart: no JSON that
    could be read, refused, out of time, a failed call, never asked or gone. `confidence` is 0..1. `ranking` is best
    first.
    """

    participant: str
    state: BallotState
    choice: str = ""
    confidence: float = 0.0
    approvals: tuple[str, ...] = ()
    ranking: tuple[str, ...] = ()


class Count(Part, frozen=True, kw_only=True):
    """What one option (or position) got: votes, approvals, Borda points or confidence, by the protocol; and of whom."""

    option: str
    votes: float = 0.0
    by: tuple[str, ...] = ()


class Tally(Part, frozen=True, kw_only=True):
    """What the ballots add up to: cast + abstained + absent = seats.

    `adopted` is the option, or the position, that won; "" where none did: then `outcome` and `why` say the reason.
    `quorum` seats had to take part, and cast + abstained did. `tied` had the same count at the top, `decided_by` names
    the seat that broke the tie, or the judge. `dissent` names the seats that voted for something else.
    """

    protocol: ProtocolName
    outcome: TallyOutcome
    adopted: str = ""
    why: str
    counts: tuple[Count, ...] = ()
    seats: int
    cast: int
    abstained: int
    absent: int
    quorum: int
    tied: tuple[str, ...] = ()
    decided_by: str = ""
    ballots: tuple[Ballot, ...] = ()
    dissent: tuple[str, ...] = ()
