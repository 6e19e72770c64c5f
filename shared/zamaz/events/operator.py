"""What an operator says of a debate that was taken out of the log: all that is left of it there."""

from __future__ import annotations

from typing import ClassVar

from zamaz.events.base import Fact


class OperatorFact(Fact, frozen=True, kw_only=True):
    """Said by whoever runs the log, with a key that may also purge it."""

    voice: ClassVar[str] = "operator"


class DebateErased(OperatorFact, frozen=True, kw_only=True):
    """The facts of this debate are gone for good. `digest` is the head of the hash chain over them, `facts` how many
    they were: whoever kept an export can prove that it was this debate."""

    by: str = ""
    why: str = ""
    digest: str = ""
    facts: int = 0


class DebateArchived(OperatorFact, frozen=True, kw_only=True):
    """The facts of this debate are in a file, `where`, whose hash chain ends in `digest`, and not in the log."""

    by: str = ""
    digest: str
    where: str
    facts: int = 0


FACTS: tuple[type[OperatorFact], ...] = (DebateErased, DebateArchived)
