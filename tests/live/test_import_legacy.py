"""`zamaz import legacy` on a real server: each stored debate once, however often it is run."""

from __future__ import annotations

import asyncio
import json
import os
from pathlib import Path

import pytest
from nats.aio.client import Client as Nats

import zamaz
from zamaz.events.client import DebateImported, DebateRequested
from zamaz.events.workflow import DebateRejected

from compat.before import STORED, store
from conftest import Server
from live.processes import staff
from live.test_embedded import zamaz as run

pytestmark = pytest.mark.live
OLD = STORED["id"]


@pytest.fixture
def env(server: Server, nc: Nats, tmp_path: Path) -> dict[str, str]:
    return {**os.environ, "ZAMAZ_NATS_URL": server.url, "ZAMAZ_HOME": str(tmp_path / "home")}


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    made = tmp_path / "debates"
    made.mkdir()
    return made


async def legacy(env: dict[str, str], *paths: Path, code: int = 0) -> tuple[str, str]:
    done = await asyncio.to_thread(run, env, "import", "legacy", *map(str, paths), code=code)
    return done.stdout.strip(), done.stderr


async def facts(nc: Nats, debate: str) -> list[object]:
    return [heard.fact for heard in (await zamaz.Client(nc).log.load(debate)).facts]


async def test_a_folder_is_imported_once(nc: Nats, env: dict[str, str], folder: Path):
    store(folder)
    store(folder, id="second")
    (folder / "notes.txt").write_text("no record", encoding="utf-8")
    assert await legacy(env, folder) == ("2 imported, 0 already there, 0 refused", "")
    store(folder, id="third")
    assert (await legacy(env, folder))[0] == "1 imported, 2 already there, 0 refused"
    (fact,) = await facts(nc, OLD)
    assert isinstance(fact, DebateImported)
    assert fact.record.question == STORED["question"]


async def test_of_many_that_import_at_once_each_record_stands_once(nc: Nats, env: dict[str, str], folder: Path):
    for n in range(5):
        store(folder, id=f"old-{n}")
    told = [out for out, _ in await asyncio.gather(*(legacy(env, folder) for _ in range(3)))]
    assert sum(int(out.split()[0]) for out in told) == 5
    assert all(out.endswith(" 0 refused") for out in told)


async def test_what_is_refused_is_named_with_its_reason_and_the_rest_is_imported(
    nc: Nats, env: dict[str, str], folder: Path
):
    good, large, other = (
        store(folder),
        store(folder, id="large", context="x" * 1024**2),
        store(folder, question="Keep?"),
    )
    wrong = folder / "wrong.json"
    wrong.write_text("{}", encoding="utf-8")
    await zamaz.Client(nc).request("Is it taken?", debate="taken")
    taken = store(folder, id="taken")
    out, err = await legacy(env, folder, code=2)
    assert out == "1 imported, 0 already there, 4 refused"
    for file, why in (
        (large, "at most 1044480 are taken"),
        (other, f"another record was imported under the id {OLD}"),
        (wrong, "missing required field `id`"),
        (taken, "a debate stands under the id taken already"),
    ):
        assert any(line.startswith(f"{file}: ") and why in line for line in err.splitlines()), (why, err)
    assert str(good) not in err


async def test_the_largest_record_that_is_taken_is_stored(nc: Nats, env: dict[str, str], folder: Path):
    store(folder, context="x" * 1043900)
    assert (await legacy(env, folder))[0] == "1 imported, 0 already there, 0 refused"


async def test_an_id_that_cannot_be_one_here_is_imported_once_too(nc: Nats, env: dict[str, str], folder: Path):
    file = store(folder, id="debate 7: split?")
    assert (await legacy(env, file))[0] == "1 imported, 0 already there, 0 refused"
    assert (await legacy(env, file))[0] == "0 imported, 1 already there, 0 refused"


async def test_an_imported_debate_is_listed_and_shown_and_is_over(nc: Nats, env: dict[str, str], folder: Path):
    store(folder, rounds=[{"round": 1, "claude": "Split it.", "gemini": "[Gemini unavailable]"}])
    await legacy(env, folder)
    (row,) = map(
        json.loads, (await asyncio.to_thread(run, env, "list", "--status", "imported", "--json")).stdout.splitlines()
    )
    assert (row["id"], row["participants"], row["requested_at"]) == (OLD, "claude, gemini", STORED["start_time"])
    assert "imported" in (await asyncio.to_thread(run, env, "list")).stdout
    for command in ("show", "watch"):
        shown = (await asyncio.to_thread(run, env, command, OLD[:12])).stdout
        assert "Split it." in shown
        assert "no answer: [Gemini unavailable]" in shown
    assert "is over: imported" in (await asyncio.to_thread(run, env, "abort", OLD, code=2)).stderr
    client = zamaz.Client(nc)
    for over in (client.completed(OLD, timeout=60), client.pause(OLD)):
        with pytest.raises(zamaz.AlreadyOver):
            await over


async def test_a_request_on_its_id_is_answered_and_starts_nothing(
    nc: Nats, server: Server, env: dict[str, str], folder: Path, tmp_path: Path
):
    store(folder)
    await legacy(env, folder)
    with staff(tmp_path, server.url) as services:
        services.hire("workflow")
        await nc.jetstream().publish(f"evt.client.{OLD}.DebateRequested", b'{"question": "Again?"}')
        async with asyncio.timeout(60):
            while len(found := await facts(nc, OLD)) < 3:
                await asyncio.sleep(0.05)
    assert [type(fact) for fact in found] == [DebateImported, DebateRequested, DebateRejected]
    (row,) = map(json.loads, (await asyncio.to_thread(run, env, "list", "--json")).stdout.splitlines())
    assert (row["status"], row["question"]) == ("imported", STORED["question"])
