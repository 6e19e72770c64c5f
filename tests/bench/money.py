"""How far one cost service goes: `python -m bench.money` (PYTHONPATH=tests). Prices a second, and debates a second that
reserve on two shared budgets, spend and are settled; by one instance, and by several that share the work."""

from __future__ import annotations

import argparse
import asyncio
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

from nats.aio.client import Client as Nats

from zamaz import connection, provision, subjects
from zamaz.events import Fact
from zamaz.events.cost import CallPriced, Settled, SpendReserved
from zamaz.events.workflow import DebateCancelled
from zamaz.log import Log
from zamaz.replay import replay
from zamaz.service.delivery import Delivery
from zamaz.service.pull import Pull
from zamaz_cost.app import HANDS, Books

from conftest import PROVIDERS, Server
from cost.books import RoundPrices, answered
from cost.money import file, wants

Facts = Callable[[int], list[tuple[str, Fact]]]
CALLS, AT_ONCE = 10, 50
LIMITS = {"all": 10**6, "day": 10**6}


async def _served(url: str, replicas: int) -> list[Pull]:
    """So many instances, each on a connection of its own, on the one durable consumer."""
    pulls = []
    for n in range(replicas):
        own = await connection.connect(url, f"cost-{n}", timeout=10)
        books = Books(Log(own, "cost"), RoundPrices(), file(**LIMITS))

        async def hear(heard: Delivery, books: Books = books) -> None:
            await books.hear(subjects.parse(heard.subject), heard)

        pulls.append(Pull(own, subjects.EVENTS, "cost", hear, hands=HANDS, ack_wait=provision.SHORT_ACK_WAIT_S))
    for pull in pulls:
        await pull.start()
    return pulls


async def _rate(nc: Nats, source: str, facts: Facts, debates: int, kind: type[Fact], each: int = 1) -> float:
    """Debates a second, from the first of the facts that are said until the last of what they make necessary."""
    log, began = Log(nc, source), time.perf_counter()
    for n in range(0, debates, AT_ONCE):
        said = (fact for k in range(n, min(n + AT_ONCE, debates)) for fact in facts(k))
        await asyncio.gather(*(log.append(debate, fact) for debate, fact in said))
    while await _count(nc, kind) < debates * each:
        await asyncio.sleep(0.02)
    return debates / (time.perf_counter() - began)


async def _count(nc: Nats, kind: type[Fact]) -> int:
    filters = (subjects.each(kind.voice, kind.__name__, keyed=True),)
    return sum([len(batch) async for batch in replay(nc, 1, filters)])


def priced(n: int) -> list[tuple[str, Fact]]:
    """Answers of one debate, of a model that sends no bill."""
    return [(f"p{n}", answered(f"t{k}", provider="local")) for k in range(CALLS)]


def budgeted(n: int) -> list[tuple[str, Fact]]:
    """A request for money."""
    return [(f"b{n}", wants(cents=3, requester="ann"))]


def ended(n: int) -> list[tuple[str, Fact]]:
    """The end, with which what was reserved is settled."""
    return [(f"b{n}", DebateCancelled())]


async def measured(folder: Path, replicas: int, debates: int) -> tuple[float, float, float]:
    """Prices, reservations and settlements a second."""
    server = Server(folder)
    server.start()
    try:
        nc = await connection.connect(server.url, "bench", timeout=10)
        await provision.provision(nc, PROVIDERS)
        pulls = await _served(server.url, replicas)
        prices = CALLS * await _rate(nc, "debater", priced, debates, CallPriced, CALLS)
        reserved = await _rate(nc, "workflow", budgeted, debates, SpendReserved)
        settled = await _rate(nc, "workflow", ended, debates, Settled, len(LIMITS))
        await asyncio.gather(*(pull.stop(5) for pull in pulls))
        await nc.close()
        return prices, reserved, settled
    finally:
        server.stop()


def main() -> None:
    """Print a line for each number of instances."""
    words = argparse.ArgumentParser(description=__doc__)
    words.add_argument("--debates", type=int, default=300)
    words.add_argument("--replicas", type=int, nargs="+", default=[1, 2])
    asked = words.parse_args()
    print("instances  prices/s  debates reserved/s  debates settled/s")
    for replicas in asked.replicas:
        with tempfile.TemporaryDirectory() as folder:
            figures = asyncio.run(measured(Path(folder), replicas, asked.debates))
        print(f"{replicas:9d}  {figures[0]:8.0f}  {figures[1]:18.0f}  {figures[2]:17.0f}")


if __name__ == "__main__":
    main()
