"""What lies between two model calls: by debate (its time by the server's clock over its seven calls, whose answers
come at once) and by hop (from a fact to the one that it causes)."""

from __future__ import annotations

import time
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from statistics import median, quantiles
from typing import NamedTuple

from zamaz.events import Recorded

from bench.bare import CALLS as BARE_CALLS
from bench.driver import Driver
from bench.house import House
from bench.machine import Meter
from bench.pair import Pair
from bench.report import Aim, Row, Section
from bench.scripts import CALLS

P50, P99 = Aim(5, 2), Aim(12, 5)


class Hop(NamedTuple):
    """`effect` follows on the newest of `causes` before it; with `key`, on the one whose field is the same."""

    name: str
    causes: tuple[str, ...]
    effect: str
    key: str = ""


HOPS = (
    Hop("request - start", ("DebateRequested",), "DebateStarted"),
    Hop("turn asked - call", ("TurnRequested",), "CallStarted", "turn"),
    Hop("call - argument", ("CallStarted",), "ArgumentPresented", "turn"),
    Hop("last argument - ruling asked", ("ArgumentPresented",), "RulingRequested"),
    Hop("ruling asked - assessed", ("RulingRequested",), "ConsensusAssessed", "ruling"),
    Hop("assessed - next turn", ("ConsensusAssessed",), "TurnRequested"),
    Hop("last argument - decision", ("ArgumentPresented",), "DecisionMade"),
    Hop("decision - bill", ("DecisionMade",), "DebateBilled"),
    Hop("bill - completed", ("DebateBilled",), "DebateCompleted"),
)


@dataclass
class Steps:
    """Milliseconds a step, a list a run."""

    alone: list[list[float]] = field(default_factory=list)
    bare_alone: list[list[float]] = field(default_factory=list)
    busy: list[list[float]] = field(default_factory=list)
    bare_busy: list[list[float]] = field(default_factory=list)
    hops: dict[str, list[float]] = field(default_factory=dict)
    hops_busy: dict[str, list[float]] = field(default_factory=dict)
    bare_hops: list[float] = field(default_factory=list)
    bare_speed: list[float] = field(default_factory=list)
    bare_cpu: list[float] = field(default_factory=list)


def by_debate(heard: Iterable[Recorded]) -> dict[str, list[Recorded]]:
    found: dict[str, list[Recorded]] = {}
    for fact in heard:
        found.setdefault(fact.debate, []).append(fact)
    return found


def ms(since: datetime, until: datetime) -> float:
    return (until - since).total_seconds() * 1000


def a_step(story: Sequence[Recorded]) -> float:
    """One debate's milliseconds a step."""
    return ms(story[0].at, story[-1].at) / CALLS


def hops(stories: Iterable[Sequence[Recorded]]) -> dict[str, list[float]]:
    """Milliseconds of every hop that occurs, by its name."""
    found: dict[str, list[float]] = {}
    for story in stories:
        for n, fact in enumerate(story):
            for hop in HOPS:
                if type(fact.fact).__name__ == hop.effect and (cause := _cause(hop, story, n)):
                    found.setdefault(hop.name, []).append(ms(cause.at, fact.at))
    return found


def _cause(hop: Hop, story: Sequence[Recorded], n: int) -> Recorded | None:
    wanted = getattr(story[n].fact, hop.key, None)
    for before in reversed(story[:n]):
        if type(before.fact).__name__ in hop.causes and getattr(before.fact, hop.key, None) == wanted:
            return before
    return None


async def measure(
    house: House, driver: Driver, pair: Pair, busy: list[list[Recorded]], *, count: int, at_once: int
) -> Steps:
    """`count` debates one after the other and as many bare chains, as often as there were runs at once.

    `busy` holds each run's facts.
    """
    found = Steps()
    for run in busy:
        alone = await driver.batch(count, 1)
        stories = list(by_debate(await house.facts(alone.since)).values())
        found.alone.append([a_step(story) for story in stories])
        _join(found.hops, hops(stories))
        single = await pair.chains(count, 1)
        meter, began = Meter(pair.pids()), time.perf_counter()
        many = await pair.chains(4 * at_once, at_once)
        found.bare_speed.append(len(many) / (time.perf_counter() - began))
        found.bare_cpu.append(sum(meter.spent().values()) * 1000 / len(many))
        stamps = await pair.stamps()
        found.bare_alone.append([_bare_step(stamps[name]) for name in single])
        found.bare_busy.append([_bare_step(stamps[name]) for name in many])
        found.bare_hops += [ms(stamps[c][f"ask.{n}"], stamps[c][f"answer.{n}"]) for c in single for n in range(1, 8)]
        stories = list(by_debate(run).values())
        found.busy.append([a_step(story) for story in stories])
        _join(found.hops_busy, hops(stories))
    return found


def _bare_step(stamps: dict[str, datetime]) -> float:
    return ms(stamps["request.0"], stamps[f"done.{BARE_CALLS}"]) / BARE_CALLS


def _join(into: dict[str, list[float]], more: dict[str, list[float]]) -> None:
    for name, found in more.items():
        into.setdefault(name, []).extend(found)


def p99(numbers: Sequence[float]) -> float:
    return quantiles(numbers, n=100, method="inclusive")[98] if len(numbers) > 1 else numbers[0]


def told(found: Steps, sync: str, at_once: int) -> Section:
    """The rows of one sync_interval; the aims are those of the default one."""
    aimed = sync == "2m"

    def row(name: str, ours: list[list[float]], bare: list[list[float]]) -> list[Row]:
        alone = aimed and ours is found.alone
        return [
            Row(f"step, {name}, p50", "ms", [*map(median, ours)], [*map(median, bare)], P50 if alone else None),
            Row(f"step, {name}, p99", "ms", [*map(p99, ours)], [*map(p99, bare)], P99 if alone else None),
        ]

    rows = row("one at a time", found.alone, found.bare_alone) + row(
        f"{at_once} at a time", found.busy, found.bare_busy
    )
    bare = {"debates/s": median(found.bare_speed), "CPU ms a debate": median(found.bare_cpu)}
    details = {
        f"two bare services, {at_once} at a time": bare,
        "hop, bare (ms)": {"p50": median(found.bare_hops), "p99": p99(found.bare_hops)},
    }
    for name, alone in found.hops.items():
        busy = found.hops_busy.get(name, alone)
        of_busy = {f"{at_once} at a time p50": median(busy), "p99 of those": p99(busy)}
        details[f"hop, {name} (ms)"] = {"p50": median(alone), "p99": p99(alone), **of_busy}
    return Section(f"step_{sync}", f"step overhead, sync_interval {sync} (floor: two bare services)", rows, details)
