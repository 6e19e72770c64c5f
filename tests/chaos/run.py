"""One run: the house, its debates, the trouble, and what the audit finds when everything is whole again."""

from __future__ import annotations

import asyncio
import contextlib
import json
import os
import random
import time
from collections import Counter
from collections.abc import Awaitable, Callable, Iterator
from pathlib import Path
from typing import Any

import msgspec
from nats.aio.client import Client as Nats

import zamaz
from zamaz import provision, subjects
from zamaz.errors import LogUnavailable

from chaos.audit import Audit, Stories, stories, weighed
from chaos.house import DEFAULT_WORKFLOW, House, house
from chaos.purchases import Purchases, purchases
from chaos.refold import Refold
from chaos.servicelogs import Noise, noise
from chaos.trouble import SERVER, Incident, Trouble

TABLES: tuple[dict[str, Any], ...] = (
    {"participants": ("custom/a", "custom/b"), "workflow": "two_rounds"},
    {"participants": ("custom/a", "custom/b"), "workflow": "two_rounds", "options": ("split", "keep")},
    {"participants": ("custom/a", "custom/b", "custom/c"), "workflow": "three_seats"},
    {"participants": ("custom/c", "script/agree"), "workflow": "two_rounds"},
    {"participants": ("script/agree", "script/agree"), "workflow": "two_rounds"},
    {"participants": ("custom/b",), "workflow": "direct"},
    {"participants": ("custom/a", "custom/b"), "workflow": "hasty"},
)
ABORTED_ONE_IN = 20
PATIENCE_S = 120.0
SETTLES_S = 60.0
QUIET_LOOKS = 4


class Plan(msgspec.Struct, frozen=True):
    """`debates` in all, `at_once` at most; trouble for `seconds`, an incident every `pause` seconds on average."""

    seed: int
    debates: int = 200
    seconds: float = 120.0
    pause: float = 0.6
    at_once: int = 16


class Report(msgspec.Struct):
    """What one run did and found. `wrong` holds every violation; memory is in MiB."""

    plan: Plan
    took_s: float
    incidents: list[Incident]
    audit: Audit
    bought: Purchases
    noise: Noise
    memory_mb: dict[str, float]
    wrong: list[str]

    @property
    def by_kind(self) -> Counter[str]:
        """How many incidents of each kind, by whom they befell."""
        return Counter(
            f"{i.kind} {i.victim.partition('-')[0]}" if i.victim != SERVER else i.kind for i in self.incidents
        )


class Order(msgspec.Struct, frozen=True):
    """One debate to be asked for: seconds of waiting before it, and seconds after which it is aborted."""

    debate: str
    table: dict[str, Any]
    wait: float
    abort_after: float | None


def orders(plan: Plan) -> Iterator[Order]:
    """The debates of a plan, spread over its trouble: the same for the same seed."""
    chance = random.Random(plan.seed)
    for n in range(plan.debates):
        wait = chance.uniform(0, 1.6) * plan.seconds / plan.debates
        abort_after = chance.uniform(0, 4) if chance.randrange(ABORTED_ONE_IN) == 0 else None
        yield Order(f"s{plan.seed}-{n}", chance.choice(TABLES), wait, abort_after)


async def run(plan: Plan, folder: Path) -> Report:
    """The whole run, in an empty folder that keeps every log."""
    began = time.monotonic()
    async with house(folder) as made:
        trouble = Trouble(made.server, made.posts, plan.seed, plan.pause)
        making, watching = asyncio.create_task(trouble.run(plan.seconds)), asyncio.create_task(trouble.watch())
        try:
            late = await _debates(made, plan)
            await making
            late += await _settled(made)
        finally:
            making.cancel()
            watching.cancel()
        return await _report(plan, made, trouble, late, began)


async def _debates(made: House, plan: Plan) -> list[str]:
    """Ask for all of them, some at a time; what did not end, in words."""
    free, late = asyncio.Semaphore(plan.at_once), list[str]()

    async def one(order: Order) -> None:
        try:
            async with asyncio.timeout(plan.seconds + PATIENCE_S):
                await _debate(made.client, order)
        except TimeoutError:
            late.append(f"{order.debate}: it did not end within {plan.seconds + PATIENCE_S:g} s")
        finally:
            free.release()

    async with asyncio.TaskGroup() as group:
        for order in orders(plan):
            await free.acquire()
            await asyncio.sleep(order.wait)
            group.create_task(one(order))
    return late


async def _debate(client: zamaz.Client, order: Order) -> None:
    """Ask, perhaps abort, and wait for the ending."""
    question = f"Question {order.debate}?"
    await _surely(lambda: client.request(question, debate=order.debate, **order.table))
    if order.abort_after is not None:
        await asyncio.sleep(order.abort_after)
        await _surely(lambda: client.abort(order.debate, by="chance"))
    with contextlib.suppress(zamaz.DebateEndedError):
        await client.completed(order.debate)


async def _surely(say: Callable[[], Awaitable[object]]) -> None:
    """However long the log is away: saying a fact twice is harmless."""
    while True:
        try:
            await say()
        except LogUnavailable:
            await asyncio.sleep(0.2)
        else:
            return


async def _settled(made: House) -> list[str]:
    """Wait until nobody has anything left to hear or to say; what is left after a minute, in words."""
    left, quiet, newest = "", 0, -1
    try:
        async with asyncio.timeout(SETTLES_S):
            while quiet < QUIET_LOOKS:
                await asyncio.sleep(0.5)
                left = await _unheard(made)
                state = (await made.client.nc.jetstream().stream_info(subjects.EVENTS)).state
                quiet = quiet + 1 if not left and newest == state.last_seq and not made.till.in_the_air else 0
                newest = state.last_seq
    except TimeoutError:
        return [f"after {SETTLES_S:g} s of peace: {left or 'something is still said'}"]
    return []


async def _unheard(made: House) -> str:
    """Deliveries that wait or were not acknowledged, by consumer."""
    js = made.client.nc.jetstream()
    feeds = [feed for feed in provision.feeds(made.catalog.models.concurrency()) if feed.stream == subjects.EVENTS]
    infos = [await js.consumer_info(feed.stream, feed.durable) for feed in feeds]
    counts = {info.name: (info.num_pending or 0, info.num_ack_pending or 0) for info in infos}
    return "; ".join(
        f"{name}: {waiting} wait, {held} are held" for name, (waiting, held) in counts.items() if waiting or held
    )


async def _report(plan: Plan, made: House, trouble: Trouble, late: list[str], began: float) -> Report:
    read = await stories(made.client.nc)
    _write(read, made.services.folder / "facts.jsonl")
    refold = Refold.of(made.definitions, DEFAULT_WORKFLOW)
    audit = await asyncio.to_thread(weighed, read, refold, [order.debate for order in orders(plan)])
    facts = (heard for story in read.values() for heard in story)
    bought = purchases(facts, made.till.sales, trouble.incidents)
    heard = noise(post.process.log for post in made.posts)
    dead = await dead_letters(made.client.nc)
    loud = [f"{times} error lines: {kind}" for kind, times in heard.unexpected.items()]
    return Report(
        plan=plan,
        took_s=round(time.monotonic() - began, 1),
        incidents=trouble.incidents,
        audit=audit,
        bought=bought,
        noise=heard,
        memory_mb=memory(made),
        wrong=[*late, *audit.wrong, *bought.wrong, *dead, *trouble.wrong, *loud],
    )


async def dead_letters(nc: Nats) -> list[str]:
    """Deliveries that were given up for ever, and why."""
    js, found = nc.jetstream(), []
    state = (await js.stream_info(subjects.DEAD_LETTERS)).state
    for seq in range(state.first_seq, state.last_seq + 1) if state.messages else ():
        letter = json.loads((await js.get_msg(subjects.DEAD_LETTERS, seq)).data or b"{}")
        found.append(f"dead letter of {letter.get('consumer')}: {letter.get('reason')}")
    return found


def _write(read: Stories, file: Path) -> None:
    """Every fact, a line each, debate by debate: for whoever looks for a cause."""
    with file.open("wb") as out:
        out.writelines(msgspec.json.encode(heard) + b"\n" for story in read.values() for heard in story)


def memory(made: House) -> dict[str, float]:
    """What each process holds now, in MiB."""
    pids = {post.label: post.pid for post in made.posts}
    if made.server.process:
        pids[SERVER] = made.server.process.pid
    page = os.sysconf("SC_PAGE_SIZE") / 2**20
    return {name: round(int(Path(f"/proc/{pid}/statm").read_text().split()[1]) * page, 1) for name, pid in pids.items()}
