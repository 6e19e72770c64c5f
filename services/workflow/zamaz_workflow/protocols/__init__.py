"""Decision protocols: ballots in, a `Tally` out. Pure, and the same ballots give the same tally for ever.

Three rules hold for all of them:

- Absence is never a vote. A seat that timed out, refused, failed, could not be read or was not there is counted
  neither for nor against anything, and a share is a share of the votes that were cast.
- Abstaining is taking part: it counts towards the quorum, and for no side.
- A tie has no winner, unless the definition says who breaks it.

`shares` holds what needs a share of the votes (majority, supermajority, unanimity, confidence-weighted), `approval`
and `ranked` what needs the most of them, `judged` the ruling of a judge; `counting` what they have in common.
"""

from zamaz_workflow.protocols.counting import first_choice, first_seat, needed
from zamaz_workflow.protocols.families import count, resolved
from zamaz_workflow.protocols.judged import ruled, silent

__all__ = ["count", "first_choice", "first_seat", "needed", "resolved", "ruled", "silent"]
