"""A judge: one seat outside the panel, asked last, with every position in sight. Its choice decides.

It has no ballot and counts in no quorum. The panel's votes are counted for the record; they bind the judge to nothing.
A judge who gives no ruling leaves the debate without a decision: nobody takes its place.
"""

from __future__ import annotations

from collections.abc import Collection

from msgspec.structs import replace

from zamaz.events.voting import Tally


def ruled(tally: Tally, judge: str, adopted: str, against: Collection[str]) -> Tally:
    """The panel's tally after the judge's ruling; `against` are the seats of the panel that held something else."""
    dissent = tuple(b.participant for b in tally.ballots if b.state == "cast" and b.participant in against)
    why = f"judge: ruled by {judge}, {_panel(tally)}"
    return replace(tally, outcome="adopted", adopted=adopted, decided_by=judge, dissent=dissent, why=why)


def silent(tally: Tally, why: str) -> Tally:
    """The tally where the judge gave no ruling: nothing is adopted. A tie stays a tie."""
    return replace(tally, why=f"{tally.why}; {why}")


def _panel(tally: Tally) -> str:
    return tally.why.removeprefix("judge: ")
