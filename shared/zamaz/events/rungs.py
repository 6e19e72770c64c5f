"""The calls of models that the orchestrator's facts tell of, as the bill names them. Pure."""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

from zamaz.events.debater import Usage
from zamaz.events.orchestration import Ruling, RulingDiscarded, RulingShadowed, RungPassed

Judged = Ruling | RulingShadowed | RulingDiscarded


class RungCall(NamedTuple):
    """What became of one rung's attempt. `call` is that of its RungAsked. Where there was none it is the ruling's id,
    `<ruling>-<n>` for the n-th rung that it passed (from 1), `<ruling>-shadow` for its shadow; a ruling that was not
    used has an id of its own. What carries no `usage` asked nobody, or a cache.
    """

    call: str
    rung: str
    provider: str
    model: str
    usage: Usage | None


def calls_of(fact: Judged) -> Iterator[RungCall]:
    """Of the rung that answered, then of each that it passed."""
    passed: tuple[RungPassed, ...] = () if isinstance(fact, RulingShadowed) else fact.passed
    yield _call(fact.call or _name(fact), fact)
    for n, one in enumerate(passed, 1):
        yield _call(one.call or f"{_name(fact)}-{n}", one)


def _name(fact: Judged) -> str:
    if isinstance(fact, RulingShadowed):
        return f"{fact.ruling}-shadow"
    return fact.discard if isinstance(fact, RulingDiscarded) else fact.ruling


def _call(call: str, one: Judged | RungPassed) -> RungCall:
    return RungCall(call, one.rung, one.provider, one.model, one.usage)


def asked_number(call: str) -> int:
    """The n of `<ruling>-asked-<n>`; 0 when there is none to read."""
    n = call.rpartition("-")[2]
    return int(n) if n.isascii() and n.isdigit() else 0
