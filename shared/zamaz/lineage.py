"""Reading a fork: what it shares with its parent, before what is its own."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence

from zamaz import subjects
from zamaz.errors import ForkRefused
from zamaz.events import Recorded
from zamaz.events.client import DebateForked, DebateImported, DebateRequested
from zamaz.forks import inherited, unreadable

Read = Callable[[str, Sequence[str]], Awaitable[list[Recorded]]]
"""The facts that stand under a debate's id and some filters (none: all of them), and nothing that it inherits."""

MOST_GENERATIONS = 50


async def with_ancestors(debate: str, own: list[Recorded], read: Read) -> list[Recorded]:
    """The facts of a debate, behind those of its parent that it shares; as they are where it is no fork.

    A fork that makes no sense stands there as Malformed, with the reason: whoever reads it can see why, and whoever
    decides can say so. Raises LogUnavailable and StaleRead.
    """
    return await _inherit(debate, own, read, ())


async def _inherit(debate: str, own: list[Recorded], read: Read, younger: tuple[str, ...]) -> list[Recorded]:
    n = next((n for n, heard in enumerate(own) if isinstance(heard.fact, DebateForked)), None)
    if n is None:
        return own
    heard = own[n]
    try:
        return [*await _shared(debate, heard, read, (*younger, debate)), *own]
    except ForkRefused as refused:
        return [*own[:n], unreadable(heard, str(refused)), *own[n + 1 :]]


async def _shared(debate: str, heard: Recorded, read: Read, younger: tuple[str, ...]) -> list[Recorded]:
    """What is taken over. Raises ForkRefused."""
    fork = heard.fact
    if not isinstance(fork, DebateForked):
        return []
    first = [subjects.name(kind.voice, debate, kind.__name__) for kind in (DebateRequested, DebateImported)]
    if any(earlier.seq < heard.seq for earlier in await read(debate, first)):
        raise ForkRefused(f"a debate stood under the id {debate} already")
    if not subjects.is_token(fork.parent):
        raise ForkRefused(f"{fork.parent[:80]!r} is no id of a debate")
    if fork.parent in younger:
        raise ForkRefused(f"debate {fork.parent} would be forked from itself")
    if len(younger) > MOST_GENERATIONS:
        raise ForkRefused(f"it is a fork of a fork, more than {MOST_GENERATIONS} times over")
    parent = await _inherit(fork.parent, await read(fork.parent, ()), read, younger)
    return inherited(parent, fork, heard.seq)
