"""Every fenced block of the READMEs, run as it is printed; and what the README says that services show over HTTP."""

from __future__ import annotations

import asyncio
import json
import re
import shutil
import sys
from collections.abc import Awaitable, Callable
from pathlib import Path

import httpx
import msgspec
import nats
import pytest
from prometheus_client.parser import text_string_to_metric_families

import zamaz

from containers.test_the_house import printed as run_in_containers
from live.readme import DEPLOY, FILES, README, ROOT, Block, blocks, quoted, section, table
from live.readme_house import Done, House, house, running
from live.test_embedded import children
from servers.usual_port import usual_port_for

pytestmark = [pytest.mark.live, pytest.mark.timeout(600)]
__all__ = ["house", "running"]
ALL = [block for file in FILES for block in blocks(file)]
ADDRESS = "nats://127.0.0.1:4222"
Run = Callable[[House, str], Awaitable[None]]


def of(language: str) -> list[Block]:
    return [block for block in ALL if block.language == language]


def test_no_block_is_of_a_kind_that_is_not_run_here():
    """The one without a language is the picture at the top."""
    assert {block.language for block in ALL} == {"", "sh", "python"}
    assert [block.file for block in of("")] == [README]


def site(folder: Path, *packages: object) -> Path:
    """A folder that has these packages and no other."""
    folder.mkdir()
    for package in packages:
        (found,) = package.__path__  # type: ignore[attr-defined]
        (folder / Path(found).name).symlink_to(found)
    return folder


@pytest.mark.parametrize("block", of("python"), ids=str)
async def test_a_python_example_runs_with_what_an_application_installs(house: House, block: Block, tmp_path: Path):
    """With nats-py, and where it imports our library with msgspec too. What needs an extra runs with everything that
    is installed here. One that hears for ever is ended."""
    needed = (nats, msgspec, zamaz) if "import zamaz" in block.text else (nats,)
    await house.debated()
    code = f"import sys; sys.path.append({str(site(tmp_path / 'site', *needed))!r})\n"
    assert ADDRESS in block.text
    code += block.text.replace(ADDRESS, house.server.url)
    bare = () if "zamaz.compat" in block.text else ("-S",)
    process = await house.start(sys.executable, "-I", *bare, "-u", "-c", code)
    assert process.stdout
    assert process.stderr
    line = (await asyncio.wait_for(process.stdout.readline(), 120)).decode()
    if endless := "client.subscribe" in block.text or "asyncio.sleep(600)" in block.text:
        process.kill()
    _, err = await asyncio.wait_for(process.communicate(), 120)
    assert process.returncode == (-9 if endless else 0), err.decode()
    assert "Do it, in small steps" in line, err.decode()


@pytest.mark.parametrize("block", of("sh"), ids=str)
async def test_a_shell_block_does_what_it_says(house: House, block: Block):
    for command in block.commands():
        run = next((run for start, run in COMMANDS.items() if command.startswith(start)), None)
        assert run, f"{block}: say here how `{command}` is run"
        await run(house, command)


async def make_debate(house: House, command: str) -> None:
    """As a newcomer, with script seats: tests/live/test_embedded.py asks the bundled model."""
    definitions = house.folder / "definitions"
    shutil.copytree(ROOT / "definitions", definitions)
    file = definitions / "workflows" / "simple_debate.yaml"
    seated = re.sub(r"^participants: .*", "participants: [script/agree, script/agree]", file.read_text(), flags=re.M)
    file.write_text(seated, encoding="utf-8")
    newcomer = house.away("make-debate", ZAMAZ_DEFINITIONS=str(definitions))
    async with usual_port_for():
        made = await house.run("sh", "-c", command, env=newcomer)
    assert "no house runs here: starting one for the while" in made.err
    for part in ("Should we split our monolith into services?", "Round 2", "Stopped by consensus"):
        assert part in made.out
    assert children(newcomer) == []


async def make_test(house: House, command: str) -> None:
    """This is a part of it; here is that the other parts are in it too."""
    planned = (await house.run("sh", "-c", f"{command} --dry-run")).out
    for tool in ("ruff format --check", "ruff check", "mypy", "lint-imports", "definitions validate", "pytest"):
        assert tool in planned


async def in_containers(house: House, command: str) -> None:
    """Run by the tests of the containers, where a Docker daemon answers."""
    assert command in run_in_containers()


async def nats_pub(house: House, command: str) -> None:
    told = await with_nats(house, command)
    assert "Stored in Stream: EVENTS" in told.out + told.err


async def nats_sub(house: House, command: str) -> None:
    (line,) = (await with_nats(house, command)).out.strip().splitlines()
    result = json.loads(line)
    assert (result["type"], result["consensus"]) == ("DebateCompleted", True)


async def with_nats(house: House, command: str) -> Done:
    if shutil.which("nats") is None:
        pytest.skip("the nats command line is not installed")
    return await house.run("sh", "-c", command, env=house.env(NATS_URL=house.server.url))


COMMANDS: dict[str, Run] = {
    "make debate ": make_debate,
    "make test": make_test,
    "make up": in_containers,
    "ZAMAZ_NATS_URL=": in_containers,
    "docker compose up ": in_containers,
    "nats pub ": nats_pub,
    "nats sub ": nats_sub,
}
"""How a command is run that begins so."""


async def test_each_service_shows_what_the_readme_says(house: House):
    """Health, the page, the document; and every metric that is listed, with the labels that are listed."""
    await house.debated()
    shown: dict[str, set[str]] = {}
    async with httpx.AsyncClient(follow_redirects=True) as http:
        for port in house.ports.values():
            at = f"http://127.0.0.1:{port}"
            assert (await http.get(f"{at}/health")).is_success
            assert "<script" not in (await http.get(f"{at}/docs")).raise_for_status().text
            assert (await http.get(f"{at}/docs.json")).json()["asyncapi"].startswith("3.")
            for family in text_string_to_metric_families((await http.get(f"{at}/metrics")).text):
                name = f"{family.name}_total" if family.type == "counter" else family.name
                labels = shown.setdefault(name, set())
                labels |= {label for sample in family.samples for label in sample.labels} - {"service", "le"}
    rules = (ROOT / "deploy" / "prometheus" / "alerts.yml").read_text(encoding="utf-8")
    for names, told, _ in table(section("Metrics", DEPLOY)):
        listed = [set(part.split(", ")) - {""} for part in told.split("; ")]
        found = quoted(names)
        for name, said in zip(found, listed * len(found) if len(listed) == 1 else listed, strict=True):
            if ":" in name:
                assert f"record: {name}" in rules
            else:
                assert name in shown, f"no service shows {name}"
                assert shown[name] in (said, set()), f"{name} has the labels {shown[name]}"
