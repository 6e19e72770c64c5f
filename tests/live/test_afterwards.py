"""Reading a debate once more: what is found where somebody else has written, or erased, in the log."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from zamaz import subjects
from zamaz.events.cost import DebateBilled
from zamaz.events.workflow import DebateCompleted, TurnRequested

from live.readme_house import House, house, running

pytestmark = [pytest.mark.live, pytest.mark.timeout(600)]
__all__ = ["house", "running"]


async def billed(house: House) -> str:
    debate = await house.debated()
    await house.until(debate, DebateBilled)
    return debate


async def exported(house: House, debate: str) -> Path:
    file = house.folder / f"{debate}.json"
    await house.run("zamaz", "export", debate, "--format", "json", "--out", str(file))
    return file


async def test_a_fact_that_somebody_else_wrote_is_found_by_a_replay(house: House):
    debate = await billed(house)
    forged = subjects.name("cost", debate, "CallPriced", "forged")
    price = {"call": "forged", "provider": "script", "model": "m", "amount_usd": "9", "basis": "usage"}
    ack = await house.client.nc.jetstream().publish(forged, json.dumps({"type": "CallPriced", **price}).encode())
    told = await house.run("zamaz", "replay", debate, code=1)
    assert "identical" not in told.out
    (row,) = [line.split() for line in told.out.splitlines() if forged in line]
    assert row == [str(ack.seq), forged, "said", "not", "said"]


async def test_a_debate_that_runs_has_no_differences_yet(house: House):
    async with house.thinking() as debate:
        assert "identical: " in (await house.run("zamaz", "replay", debate)).out


async def test_what_was_erased_from_the_log_is_missed_by_the_export(house: House):
    debate = await billed(house)
    file = await exported(house, debate)
    turn = next(heard.fact for heard in await house.facts(debate) if isinstance(heard.fact, TurnRequested))
    erased = subjects.turn_requests(debate, turn.turn).replace("*", turn.provider)
    await house.client.nc.jetstream().purge_stream(subjects.EVENTS, subject=erased)
    assert "is as it was exported" in (await house.run("zamaz", "verify", str(file))).out
    (line,) = (await house.run("zamaz", "verify", str(file), "--against-log", code=1)).out.splitlines()
    assert line.endswith(f"{erased}: the log holds no fact of this debate there")


async def test_an_export_is_the_log_byte_for_byte(house: House):
    debate = await billed(house)
    told = json.loads((await exported(house, debate)).read_text(encoding="utf-8"))
    js = house.client.nc.jetstream()
    for fact in told["facts"]:
        stored = await js.get_msg(subjects.EVENTS, fact["seq"])
        assert (stored.subject, stored.data) == (fact["subject"], fact["body"].encode())
    assert [fact["seq"] for fact in told["facts"]] == [heard.seq for heard in await house.facts(debate)]


async def test_another_rule_is_tried_on_all_debates_at_once(house: House):
    debates = [await billed(house), await billed(house)]
    lines = (await house.run("zamaz", "redecide", "--all", "--threshold", "0", "--json")).out.splitlines()
    told = {one["debate"]: one for one in map(json.loads, lines)}
    assert set(debates) <= set(told)
    for debate in debates:
        (done,) = [heard.fact for heard in await house.facts(debate) if isinstance(heard.fact, DebateCompleted)]
        assert (told[debate]["was"]["decision"], told[debate]["was"]["rounds"]) == (done.decision, 2)
        assert told[debate]["would_be"]["rounds"] == 1
        assert told[debate]["changed"] is True


async def test_what_makes_no_sense_is_refused_in_a_line(house: House):
    debate = await billed(house)
    for command, told in (
        (("redecide", debate), "what is to be otherwise?"),
        (("redecide", "--threshold", "0.5"), "name debates, or --all of them"),
        (("redecide", debate, "--threshold", "1.5"), "not in the range"),
        (("export", debate, "--out", str(house.folder / "none" / "file")), "cannot be written"),
        (("show", debate, "--at", "lunch"), "neither a sequence of the log nor a time"),
        (("replay", "0000"), "there is no debate 0000"),
    ):
        assert told in (await house.run("zamaz", *command, code=2)).err
