"""What a screen says of summaries of older rounds: who makes them, what they say, and that one is missing."""

from __future__ import annotations

from zamaz.cli.scene import up_to
from zamaz.cli.told.apart import WITHOUT
from zamaz.cli.told.ink import WARNING, Lines, note, prose
from zamaz.events.debater import ArgumentPresented, TurnFailed
from zamaz.events.flow import Seat
from zamaz.events.workflow import TurnRequested


def maker(by: Seat | None) -> Lines:
    """Who makes them, where somebody does."""
    if by:
        told = f"{by.participant}  {by.provider}/{by.model}  sums up older rounds, and takes no part"
        yield note(told, indent=2)


def asked(turn: TurnRequested, again: str) -> Lines:
    """One that is waited for."""
    yield note(f"{turn.participant} sums up {up_to(turn.sums_up)} …{again}")


def made(fact: ArgumentPresented, upto: int) -> Lines:
    """What it says, or that it cannot be read."""
    if not fact.unparsed:
        yield note(f"in short, {up_to(upto)}, for who speaks from here on:", "bold", 2)
    yield prose(fact.argument)
    yield from _missing(fact.unparsed) if fact.unparsed else ()


def failed(fact: TurnFailed, turn: TurnRequested) -> Lines:
    """That it was not made."""
    yield note(f"{turn.participant} made no summary of {up_to(turn.sums_up)}", WARNING)
    yield from _missing(f"{fact.kind}: {fact.why}")


def _missing(why: str) -> Lines:
    yield note(f"no summary: {why}", WARNING, 2)
    yield note(f"unless another try makes one, {WITHOUT}", WARNING, 2)
