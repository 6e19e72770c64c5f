"""What a batch needs to know of the facts before it: read once for all debates that it speaks of."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

from zamaz.events import Recorded
from zamaz.events.cost import CallPriced
from zamaz.events.workflow import RulingRequested
from zamaz.views.store import Row, Rows

MANY = 400


@dataclass
class Party:
    """Whose debate it is, by which definition, since when; what it has cost; when and how it ended."""

    requester: str = ""
    workflow: str = ""
    requested_at: str = ""
    amount: int = 0
    ended_at: str = ""
    how: Row = ()


_PARTY = "requester, workflow, requested_at, amount, ended_at, ending, reason, consensus, partial, rounds"


@dataclass
class Known:
    """`turn_calls` are the calls of debaters by debate and call, `outputs` the output tokens of turns."""

    parties: dict[str, Party] = field(default_factory=dict)
    turn_calls: set[tuple[str, str]] = field(default_factory=set)
    outputs: dict[tuple[str, str], int] = field(default_factory=dict)

    def party(self, debate: str) -> Party:
        """Whose it is; nobody's, where that was never said."""
        return self.parties.setdefault(debate, Party())


def known(rows: Rows, facts: Sequence[Recorded]) -> Known:
    """What the rows say of the debates of these facts."""
    found = Known()
    for debate, requester, workflow, since, amount, ended_at, *how in _of(
        rows, f"debate, {_PARTY} FROM parties", _debates(facts)
    ):
        found.parties[debate] = Party(requester, workflow, since, int(amount), ended_at, tuple(how))
    priced = _debates(heard for heard in facts if isinstance(heard.fact, CallPriced))
    for debate, call in _of(rows, "debate, call FROM calls", priced, "started_at != ''"):
        found.turn_calls.add((debate, call))
    ruled = _debates(heard for heard in facts if isinstance(heard.fact, RulingRequested))
    for debate, turn, output in _of(rows, "debate, turn, output FROM turns", ruled):
        found.outputs[debate, turn] = output
    return found


def _debates(facts: Iterable[Recorded]) -> list[str]:
    return list(dict.fromkeys(heard.debate for heard in facts))


def _of(rows: Rows, what: str, debates: list[str], also: str = "") -> Iterable[Row]:
    for at in range(0, len(debates), MANY):
        some = debates[at : at + MANY]
        marks = ", ".join("?" * len(some))
        where = f"debate IN ({marks})" + (f" AND {also}" if also else "")
        yield from rows.ask(f"SELECT {what} WHERE {where}", some)
