"""What was bought, by the model server's own count, held against the log and against what was done to whom."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime, timedelta

import msgspec

from zamaz.events import Recorded
from zamaz.events.debater import ArgumentPresented, CallStarted

from chaos.trouble import Incident
from servers.counting import Sale

CAUSES = {
    "kill": "debater killed",
    "stop": "debater stopped",
    "cut": "debater cut off",
    "refuse": "debater cut off",
    "hold": "debater cut off",
    "deafen": "debater cut off",
}
UNEXPLAINED = "unexplained"
LINGERS = {"stop": timedelta(seconds=2)}
CUT_LINGERS = timedelta(seconds=15)
"""How long a debater that came back may still look gone: until its lease stands again. One that was cut off may
find out by its third ping only."""


class Purchases(msgspec.Struct):
    """`again` counts turns that were bought once more, by cause; `takeovers` every CallStarted above 1."""

    requests: int = 0
    turns: int = 0
    takeovers: int = 0
    again: Counter[str] = msgspec.field(default_factory=Counter)
    wrong: list[str] = msgspec.field(default_factory=list)


def purchases(facts: Iterable[Recorded], sales: Sequence[Sale], incidents: Sequence[Incident]) -> Purchases:
    """Every counted request, explained or wrong."""
    book = _Book(facts, incidents)
    made: dict[str, list[Sale]] = defaultdict(list)
    for sale in sales:
        made[_turn(sale.call)].append(sale)
    found = Purchases(requests=len(sales), turns=len(made))
    found.takeovers = sum(_number(call) > 1 for call in book.started)
    found.wrong += _beyond_the_log(book, sales)
    for bought in made.values():
        again = sorted({sale.call for sale in bought}, key=_number)[1:]
        for call in again:
            cause = book.cause(call)
            found.again[cause] += 1
            if cause == UNEXPLAINED:
                found.wrong.append(f"call {call} was bought again for no reason that is known: {book.tale(call)}")
    return found


def _beyond_the_log(book: _Book, sales: Sequence[Sale]) -> Iterator[str]:
    """One call bought twice, a call that nobody announced, a turn that was answered already."""
    for call, times in Counter(sale.call for sale in sales).items():
        if times > 1:
            yield f"call {call} was bought {times} times"
        if call not in book.started:
            yield f"call {call} was bought and never started"
    for sale in sales:
        finished = book.finished.get(_turn(sale.call))
        if finished and sale.at > finished:
            late = (sale.at - finished).total_seconds()
            yield f"call {sale.call} was bought {late:.3f} s after its turn's answer stood: {book.tale(sale.call)}"


class _Book:
    """The log's calls, and what befell whoever made them."""

    def __init__(self, facts: Iterable[Recorded], incidents: Sequence[Incident]) -> None:
        self.started: dict[str, tuple[datetime, CallStarted]] = {}
        self.finished: dict[str, datetime] = {}
        self._incidents: dict[int, list[Incident]] = defaultdict(list)
        for heard in facts:
            if isinstance(heard.fact, CallStarted):
                self.started[heard.fact.call] = heard.at, heard.fact
            elif isinstance(heard.fact, ArgumentPresented):
                self.finished[heard.fact.turn] = heard.at
        for incident in incidents:
            self._incidents[incident.pid].append(incident)

    def cause(self, call: str) -> str:
        """Why a takeover was right: what befell any of those who had called before, from their calls on."""
        earlier = (f"{_turn(call)}-{n}" for n in range(_number(call) - 1, 0, -1))
        causes = (self._lost(before, call) for before in earlier)
        return next(filter(None, causes), UNEXPLAINED)

    def _lost(self, call: str, until: str) -> str:
        """What befell the maker of a call between it and a later one, or ""."""
        if call not in self.started or until not in self.started:
            return ""
        (since, fact), end = self.started[call], self.started[until][0]
        for incident in self._incidents[_pid(fact.by)]:
            lingers = LINGERS.get(incident.kind, CUT_LINGERS)
            met = incident.began <= end and (incident.ended is None or incident.ended + lingers >= since)
            if met and incident.kind in CAUSES:
                return CAUSES[incident.kind]
        return ""

    def tale(self, call: str) -> str:
        """All calls of a turn, with what befell their makers, for whoever looks for a cause."""
        rows = sorted((at, fact.call, fact) for at, fact in self.started.values() if fact.turn == _turn(call))
        return "; ".join(f"{name} at {at:%T.%f} by {fact.by} ({self._fate(fact)})" for at, name, fact in rows)

    def _fate(self, fact: CallStarted) -> str:
        told = (
            f"{i.kind} {i.began:%T.%f} to {i.ended:%T.%f}" if i.ended else f"{i.kind} {i.began:%T.%f}"
            for i in self._incidents[_pid(fact.by)]
        )
        return ", ".join(told) or "unharmed"


def _turn(call: str) -> str:
    return call.rpartition("-")[0]


def _number(call: str) -> int:
    number = call.rpartition("-")[2]
    return int(number) if number.isdecimal() else 0


def _pid(by: str) -> int:
    """Out of `<host>-<pid>-<token>`."""
    return int(by.split("-")[-2])
