"""How much of what was said goes into a prompt: as the definition wants it, and as the model's context allows."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from zamaz.events.flow import ContextSetting
from zamaz.events.workflow import TurnRequested
from zamaz_debater import tokens

ALL = 1_000_000
"""More arguments than any seat has."""
CUTS = (8000, 4000, 2000, 1000, 500, 250)


@dataclass(frozen=True)
class Room:
    """The newest `rounds` arguments of each seat, of those the ones since the round `after` and in any case the newest,
    each of at most `chars` characters (0: whole)."""

    rounds: int = 1
    chars: int = 0
    after: int = 0

    @property
    def dated(self) -> bool:
        """Whether arguments of several rounds may stand beside each other."""
        return self.rounds > 1


def rooms(setting: ContextSetting, held: int) -> Iterator[Room]:
    """What the definition shows in the round `held`, and then less and less of it: the oldest goes first, and what is
    the newest is cut at last."""
    if setting.mode == "summary":
        first = max(0, held - 1 - setting.rounds)
        yield from (Room(ALL, after=round_) for round_ in range(first, max(first + 1, held)))
        yield from cuts()
        return
    wanted = max(1, held if setting.mode == "full" else setting.rounds)
    yield from (Room(rounds) for rounds in range(wanted, 1, -1))
    yield from cuts()


def cuts() -> Iterator[Room]:
    """The newest argument of each seat, and then less and less of it."""
    yield Room()
    yield from (Room(1, chars) for chars in CUTS)


def takes(turn: TurnRequested) -> int:
    """Tokens of a prompt that leave the turn's model room for its answer; 0 where that is not known."""
    return max(1, turn.context_tokens - turn.max_output_tokens) if turn.context_tokens else 0


def bound(setting: ContextSetting, turn: TurnRequested) -> int:
    """Tokens that a prompt should not exceed: the definition's word or the model's; 0: there is none."""
    return min((limit for limit in (setting.max_tokens, takes(turn)) if limit), default=0)


def too_large(turn: TurnRequested, size: int) -> str:
    """Why a prompt of so many bytes cannot be read by the turn's model, or ""."""
    most, has = takes(turn), tokens.of_bytes(size)
    if not most or has <= most:
        return ""
    return (
        f"the prompt has about {has} tokens, and {turn.model} at {turn.provider} takes {most} beside an answer of "
        f"{turn.max_output_tokens}: give it less context, or a participant with a larger one"
    )
