"""Debates that older code began are ended by today's: golden histories, cut in the middle and put on a real server.

They stand at the sequences at which they stood, which their own words name, and their deadlines are as far off as if
they had been asked a moment ago. The processes that made their open calls live no more, and the templates that they
started with are in the log alone.
"""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from nats.aio.client import Client as Nats

import zamaz
from zamaz import chain, provision, subjects
from zamaz.chain import Stored
from zamaz.cli.replay import differences, installed
from zamaz.definition import default_folder, load
from zamaz.events import ENDINGS, Recorded, encode
from zamaz.events.cost import DebateBilled
from zamaz.events.debater import ArgumentPresented, CallStarted
from zamaz.events.workflow import DebatePaused, PromptKept, TurnRequested

from conftest import Server
from contract.record import definitions
from live.processes import SERVICES, Staff, staff

pytestmark = pytest.mark.live
CONTRACT = Path(__file__).parents[1] / "contract"
CUTS = {
    "ended_by_vote": 25,  # two of three ballots are in
    "simple_debate": 5,  # the first turns are asked, and nobody has called
    "complex_debate": 28,  # a ruling is asked for
    "consensus_building": 60,
    "ended_by_rounds": 7,  # calls are open
    "ended_partial": 15,  # a seat has left
    "paused_and_resumed": 11,  # it is paused
    "retried": 8,  # a call has failed, and may be tried again
    "step_given_up": 14,  # a step has timed out
}
Kept = dict[str, tuple[list[Stored], list[Recorded]]]


def kept() -> Kept:
    """Of every history the facts before its cut, and all of them as they were."""
    found: Kept = {}
    for name, cut in CUTS.items():
        made = chain.read((CONTRACT / "histories" / f"{name}.json").read_bytes())
        facts = [link.stored for link in made.facts]
        found[name] = (facts[:cut], [fact.recorded() for fact in facts])
    return found


def afresh(fact: Stored) -> bytes:
    """Its body, with a deadline that is still to come."""
    body = json.loads(fact.body)
    if "deadline" in body:
        body["deadline"] = (datetime.now(UTC) + timedelta(seconds=90)).isoformat()
    return json.dumps(body).encode()


async def put(nc: Nats, facts: list[Stored]) -> None:
    """Each at its own sequence; what lies between are the templates of then, and words that nobody reads."""
    js, spare, at = nc.jetstream(), fillers(), 0
    for fact in sorted(facts):
        while at < fact.seq - 1:
            at = (await js.publish(*next(spare))).seq
        at = (await js.publish(fact.subject, afresh(fact))).seq
        assert at == fact.seq, f"{fact.subject} belongs at {fact.seq}"


def fillers() -> Iterator[tuple[str, bytes]]:
    templates = json.loads((CONTRACT / "prompts.json").read_text(encoding="utf-8"))
    for digest, text in templates.items():
        yield (
            subjects.name("workflow", subjects.LIBRARY, "PromptKept", digest),
            encode(PromptKept(digest=digest, text=text)),
        )
    for n in range(10**6):
        yield subjects.name("debater", "nobody", "Filler", str(n)), b"{}"


@pytest.fixture
async def house(server: Server, tmp_path: Path) -> AsyncIterator[tuple[zamaz.Client, Staff]]:
    """The log of then, and today's services, whose definitions know none of the old workflows."""
    client = await zamaz.connect(server.url, timeout=30)
    await provision.provision(client.nc, load(default_folder()).models.concurrency())
    await put(client.nc, [fact for facts, _ in kept().values() for fact in facts])
    scripts = definitions(tmp_path) / "scripts"
    with staff(tmp_path, server.url, ZAMAZ_SCRIPTS=str(scripts)) as services:
        services.hire(*SERVICES)
        yield client, services
    await client.close()


async def ended(client: zamaz.Client, debate: str) -> list[Recorded]:
    async with asyncio.timeout(120):
        while True:
            facts = (await client.log.load(debate)).facts
            if {DebateBilled} < {type(heard.fact) for heard in facts} and any(
                isinstance(h.fact, ENDINGS) for h in facts
            ):
                return facts
            await asyncio.sleep(0.2)


def outcome(facts: list[Recorded]) -> tuple[Any, ...]:
    """How it ended, and with what."""
    (ending,) = [heard.fact for heard in facts if isinstance(heard.fact, ENDINGS)]
    told = (getattr(ending, name, None) for name in ("stop_reason", "decision", "rounds", "partial", "winner"))
    return (type(ending).__name__, *told)


async def test_what_was_begun_under_older_code_ends_as_it_would_have(house: tuple[zamaz.Client, Staff]):
    client, services = house
    cuts = kept()
    for begun, whole in cuts.values():
        debate = whole[0].debate
        if any(isinstance(fact.recorded().fact, DebatePaused) for fact in begun):
            await client.resume(debate, by="ann")
    for name, (begun, whole) in cuts.items():
        try:
            facts = await ended(client, whole[0].debate)
        except TimeoutError:
            pytest.fail(f"{name} came to no end\n{services.logs()}")
        assert [(heard.seq, type(heard.fact)) for heard in facts[: len(begun)]] == [
            (heard.seq, type(heard.fact)) for heard in whole[: len(begun)]
        ], name
        assert outcome(facts) == outcome(whole), name
        said_today = [one for one in differences(facts, installed()) if one.seq > begun[-1].seq]
        assert said_today == [], name  # what was said then was due at the times of then, and those are no more
        assert_nothing_is_bought_twice(facts, name)


def assert_nothing_is_bought_twice(facts: list[Recorded], name: str) -> None:
    """A turn is called once more only where its caller is gone."""
    answered = {heard.fact.turn for heard in facts if isinstance(heard.fact, ArgumentPresented)}
    calls = [heard.fact for heard in facts if isinstance(heard.fact, CallStarted)]
    took_over = [call for call in calls if call.call.endswith("-2")]
    assert all(call.turn in answered for call in took_over), name
    assert len(calls) <= sum(isinstance(heard.fact, TurnRequested) for heard in facts) + len(took_over), name
