"""Debates that leave the log and come back, on a house that runs."""

from __future__ import annotations

import asyncio
import json
from pathlib import Path

import pytest

from zamaz import chain
from zamaz.chain import Stored, chained
from zamaz.errors import AlreadyOver, ForkRefused
from zamaz.events import Recorded
from zamaz.events.client import DebateRequested
from zamaz.events.cost import DebateBilled
from zamaz.events.operator import DebateArchived, DebateErased
from zamaz.events.orchestration import ConsensusAssessed
from zamaz.events.workflow import DebateRejected

from live.readme_house import House, house, running

pytestmark = [pytest.mark.live, pytest.mark.timeout(600)]
__all__ = ["house", "running"]
TOMORROW = "2999-01-01"
QUIET_S = 2


async def billed(house: House) -> tuple[str, list[Stored]]:
    debate = await house.debated()
    await house.until(debate, DebateBilled)
    return debate, await house.client.log.stored(debate)


def ruled(facts: list[Recorded]) -> int:
    return next(heard.seq for heard in facts if isinstance(heard.fact, ConsensusAssessed))


async def status(house: House, debate: str) -> str:
    lines = (await house.run("zamaz", "list", "--json", "--most", "999")).out.splitlines()
    return next(str(row["status"]) for row in map(json.loads, lines) if row["id"] == debate)


async def test_an_erased_debate_is_gone_and_starts_nothing_anew(house: House):
    debate, facts = await billed(house)
    told = (await house.run("zamaz", "erase", debate, "--why", "a person asked for it", "--by", "ann")).out
    (left,) = await house.facts(debate)
    head = chained(debate, facts).head
    assert left.fact == DebateErased(by="ann", why="a person asked for it", digest=head, facts=len(facts))
    assert f"{len(facts)} facts, whose chain ended in {head}" in told
    assert await status(house, debate) == "erased"
    assert "a person asked for it" in (await house.run("zamaz", "show", debate)).out
    with pytest.raises(ForkRefused, match=f"debate {debate} was erased by ann"):
        await house.client.fork(debate, facts[0].seq)
    with pytest.raises(AlreadyOver, match="DebateErased stands"):
        await house.client.completed(debate, timeout=60)
    await house.run("zamaz", "erase", debate, "--why", "once more")
    assert [heard.fact for heard in await house.facts(debate)] == [left.fact]


async def test_a_request_on_an_id_that_was_erased_before_anybody_here_knew_it_is_rejected(house: House):
    await house.client.log.append("erased-before", DebateErased(by="ann", why="asked to"))
    await house.client.log.append("erased-before", DebateRequested(question="Should we?"))
    await house.until("erased-before", DebateRejected)
    (rejected,) = [h.fact for h in await house.facts("erased-before") if isinstance(h.fact, DebateRejected)]
    assert rejected.reason == "erased"


async def test_what_runs_and_what_is_forked_and_runs_stays(house: House):
    parent, _ = await billed(house)
    at = ruled(await house.facts(parent))
    async with house.thinking() as debate:
        told = await house.run("zamaz", "erase", debate, "--why", "no", code=2)
        assert f"{debate} has not ended" in told.err
        fork = await house.client.fork(parent, at)
        told = await house.run("zamaz", "erase", parent, "--why", "no", code=2)
        assert f"{fork} was forked from {parent} and has not ended" in told.err
    for one in (debate, fork):
        await house.client.completed(one, timeout=120)
    assert len(await house.facts(parent)) > 1


async def test_an_archived_debate_comes_back_as_it_was(house: House):
    debate, facts = await billed(house)
    recorded, folder = await house.facts(debate), house.folder / "archive"
    assert (
        f"{debate} is in {folder}"
        in (await house.run("zamaz", "archive", "--before", TOMORROW, "--to", str(folder))).out
    )
    file = folder / f"{debate}.json.gz"
    head = chained(debate, facts).head
    assert [heard.fact for heard in await house.facts(debate)] == [
        DebateArchived(by=_whoever(await house.facts(debate)), digest=head, where=str(file), facts=len(facts))
    ]
    assert await status(house, debate) == "archived"
    assert head in (await house.run("zamaz", "verify", str(file))).out
    with pytest.raises(ForkRefused, match="zamaz import archive brings it back"):
        await house.client.fork(debate, facts[0].seq)

    assert "1 put back, 0 already there" in (await house.run("zamaz", "import", "archive", str(file))).out
    assert await house.client.log.stored(debate) == facts
    await asyncio.sleep(QUIET_S)
    assert await house.facts(debate) == recorded, "nobody has anything to say of it"
    assert await status(house, debate) == "completed"
    assert "identical: " in (await house.run("zamaz", "replay", debate)).out
    assert "0 put back, 1 already there" in (await house.run("zamaz", "import", "archive", str(file))).out
    assert "and stands so in the log" in (await house.run("zamaz", "verify", str(file), "--against-log")).out
    fork = await house.client.fork(debate, ruled(recorded), {"threshold": 0.0})
    assert (await house.client.completed(fork, timeout=120)).stop_reason == "consensus"
    await house.until(fork, DebateBilled)
    await house.run("zamaz", "archive", "--before", TOMORROW, "--to", str(folder))
    assert len(await house.facts(debate)) == 1, "and it can leave again"
    await asyncio.to_thread(file.unlink)
    await house.run("zamaz", "archive", "--before", TOMORROW, "--to", str(folder))  # its file may be moved away


def _whoever(facts: list[Recorded]) -> str:
    return str(getattr(facts[0].fact, "by", ""))


async def test_what_was_interrupted_is_finished_and_a_lost_file_keeps_the_facts(house: House):
    debate, facts = await billed(house)
    made, folder = chained(debate, facts), house.folder / "interrupted"
    folder.mkdir()
    file = folder / f"{debate}.json.gz"
    said = DebateArchived(by="ann", digest=made.head, where=str(file), facts=made.count)
    await house.client.log.append(debate, said)
    archive = ("zamaz", "archive", "--before", TOMORROW, "--to", str(folder))
    assert "so nothing is purged" in (await house.run(*archive, code=2)).err
    assert len(await house.facts(debate)) == len(facts) + 1
    file.write_text(chain.write(made), encoding="utf-8")
    await house.client.nc.jetstream().purge_stream("EVENTS", subject=facts[3].subject)
    await house.run(*archive)
    assert [heard.fact for heard in await house.facts(debate)] == [said]

    for fact in facts[:2]:  # a first try to put it back was killed
        await house.client.nc.jetstream().publish(fact.subject, fact.body, headers=_as_it_was(fact))
    assert "1 put back" in (await house.run("zamaz", "import", "archive", str(file))).out
    assert await house.client.log.stored(debate) == facts
    text = file.read_text(encoding="utf-8")
    await refuses(house, file, text.replace("small steps", "big steps", 1))


def _as_it_was(fact: Stored) -> dict[str, str]:
    return {"zamaz-seq": str(fact.seq), "zamaz-time": fact.time}


async def refuses(house: House, file: Path, text: str) -> None:
    await asyncio.to_thread(file.write_text, text, encoding="utf-8")
    told = await house.run("zamaz", "import", "archive", str(file), code=2)
    assert "it is not as it was exported" in told.err
    assert "0 put back, 0 already there, 1 refused" in told.out
