"""The embedded way, as a newcomer types it: one command, no server, no key."""

from __future__ import annotations

import asyncio
import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from servers.usual_port import usual_port

pytestmark = [pytest.mark.live, pytest.mark.timeout(600)]
ZAMAZ = str(Path(sys.executable).with_name("zamaz"))
SEATS = ("--participants", "script/agree,script/agree")


@pytest.fixture
def home(tmp_path: Path) -> Iterator[dict[str, str]]:
    """An environment without keys or servers, and a home of its own."""
    hidden = ("_API_KEY", "ZAMAZ_", "OLLAMA_")
    kept = {k: v for k, v in os.environ.items() if not any(part in k for part in hidden)}
    with usual_port():
        yield {**kept, "ZAMAZ_HOME": str(tmp_path / "home"), "ZAMAZ_STOP_PATIENCE": "1"}


def zamaz(home: dict[str, str], *words: str, code: int = 0, timeout: float = 120) -> subprocess.CompletedProcess[str]:
    done = subprocess.run([ZAMAZ, *words], env=home, capture_output=True, text=True, timeout=timeout, check=False)
    assert done.returncode == code, f"exit code {done.returncode}\n{done.stdout}\n{done.stderr}"
    return done


def children(home: dict[str, str]) -> list[int]:
    """Processes that carry this home in their environment: what an embedded run left behind."""
    found = []
    for folder in Path("/proc").glob("[0-9]*"):
        try:
            if f"ZAMAZ_HOME={home['ZAMAZ_HOME']}".encode() in (folder / "environ").read_bytes():
                found.append(int(folder.name))
        except OSError:
            continue
    return found


def test_ask_prints_the_result_alone_and_leaves_nothing_running(home: dict[str, str]):
    done = zamaz(home, "ask", "Should we?", *SEATS, "--json")
    result = json.loads(done.stdout)
    assert (result["type"], result["consensus"], result["rounds"]) == ("DebateCompleted", True, 2)
    assert children(home) == []
    (row,) = map(json.loads, zamaz(home, "list", "--json").stdout.splitlines())
    assert (row["status"], row["decision"]) == ("completed", result["decision"])
    shown = zamaz(home, "show", row["id"][:8]).stdout
    assert result["decision"] in shown
    facts = [json.loads(line) for line in zamaz(home, "show", row["id"], "--json").stdout.splitlines()]
    assert [facts[0]["type"], facts[-1]["type"]] == ["DebateRequested", "DebateCompleted"]
    assert row["id"] in zamaz(home, "abort", row["id"], code=2).stderr


def test_the_keyless_default_is_the_bundled_model_and_says_so(home: dict[str, str]):
    shown = zamaz(home, "ask", "Should we split our monolith into services?", timeout=280).stdout
    assert "shows the machinery" in " ".join(shown.split())
    assert "local/smollm2" in shown
    assert "Decision" in shown


def test_what_cannot_be_debated_ends_with_its_cause(home: dict[str, str]):
    refused = zamaz(home, "ask", "Should we?", "--participants", "claude-opus-4,gpt-4o", code=1)
    assert "ANTHROPIC_API_KEY" in refused.stdout
    told = zamaz(home, "ask", "Should we?", "--workflow", "nope", "--json", code=2)
    assert "there is no workflow 'nope'" in told.stderr
    assert told.stdout == ""
    assert "empty" in zamaz(home, "ask", " ", code=2).stderr
    assert "no debate" in zamaz(home, "show", "nope", code=2).stderr


def test_ctrl_c_aborts_the_debate_and_says_so(home: dict[str, str]):
    words = [ZAMAZ, "ask", "Should we?", "--participants", "script/slow,script/slow"]
    asking = subprocess.Popen(words, env=home, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True)
    assert asking.stdout is not None
    shown = ""
    while "thinking" not in shown:
        shown += asking.stdout.readline()
    asking.send_signal(signal.SIGINT)
    rest, _ = asking.communicate(timeout=60)
    assert asking.returncode == 1
    assert "Cancelled" in rest
    assert "interrupted" in rest


def test_a_strangers_words_are_shown_and_never_obeyed(home: dict[str, str]):
    question = "Is [/] fine, [bold]really[/bold]? \x1b]52;c;aGk=\x07 $HOME `id` ünïcode 決定"
    zamaz(home, "ask", question, *SEATS, "--json")
    listed = zamaz(home, "list").stdout
    assert "Is [/] fine, [bold]really[/bold]?" in listed
    assert "\x1b]52" not in listed
    assert "no dead letters" in zamaz(home, "dead-letters").stdout


def test_a_server_that_was_named_and_does_not_answer_is_an_error(home: dict[str, str]):
    named = {**home, "ZAMAZ_NATS_URL": "nats://127.0.0.1:1"}
    assert "no NATS server answers" in zamaz(named, "ask", "Should we?", *SEATS, code=3).stderr


def test_a_wrong_definition_is_named_before_anything_starts(home: dict[str, str], tmp_path: Path):
    file = tmp_path / "wrong.yaml"
    file.write_text("id: x\nparticipants: [a]\nstps: []\n")
    told = zamaz(home, "definitions", "validate", str(file), code=2).stderr
    assert "wrong.yaml:3: stps: is no key that is known here (did you mean 'steps'?)" in told
    assert "simple_debate" in zamaz(home, "definitions", "list").stdout


class House:
    """`zamaz up`, watched."""

    def __init__(self, home: dict[str, str]) -> None:
        self.home = home
        self.process = subprocess.Popen([ZAMAZ, "up", "--no-local-model"], env=home, stderr=subprocess.PIPE, text=True)
        self.lines: list[str] = []
        assert self.process.stderr is not None
        for line in self.process.stderr:
            self.lines.append(line)
            if line.startswith("ready"):
                return
        pytest.fail("".join(self.lines))

    def health(self, name: str) -> str:
        return next(line.split()[1] for line in self.lines if line.startswith(name))

    def stop(self) -> None:
        self.process.send_signal(signal.SIGINT)
        self.process.communicate(timeout=60)


@pytest.fixture
def house(home: dict[str, str]) -> Iterator[House]:
    made = House(home)
    yield made
    if made.process.poll() is None:
        made.stop()


def pid_of(home: dict[str, str], part: str) -> int:
    for pid in children(home):
        words = Path(f"/proc/{pid}/cmdline").read_bytes().decode().split("\0")
        if any(word.endswith(part) for word in words):
            return pid
    return 0


def until(condition: Any, patience: float = 60) -> None:
    deadline = time.monotonic() + patience
    while not condition():
        assert time.monotonic() < deadline
        time.sleep(0.1)


def test_up_runs_the_house_restarts_what_dies_and_stops_cleanly(home: dict[str, str], house: House):
    import httpx

    assert httpx.get(house.health("workflow")).status_code in (200, 204)
    assert "zamaz_" in httpx.get(house.health("cost").replace("/health", "/metrics"), follow_redirects=True).text
    before = pid_of(home, "workflow")
    os.kill(before, signal.SIGKILL)
    until(lambda: pid_of(home, "workflow") not in (0, before))
    server = pid_of(home, "nats.conf")
    os.kill(server, signal.SIGKILL)
    until(lambda: pid_of(home, "nats.conf") not in (0, server))
    result = json.loads(zamaz(home, "ask", "Should we?", *SEATS, "--json").stdout)
    assert result["consensus"] is True
    elsewhere = {**home, "ZAMAZ_NATS_URL": "nats://127.0.0.1:1"}
    assert "no NATS server answers" in zamaz(elsewhere, "up", code=3).stderr
    assert "another zamaz runs" in zamaz(home, "up", code=2).stderr
    zamaz(home, "list")
    house.stop()
    assert house.process.returncode == 0
    assert children(home) == []


def test_a_house_whose_head_is_killed_leaves_nothing_behind(home: dict[str, str], house: House):
    house.process.kill()
    house.process.wait()
    until(lambda: children(home) == [])


def test_two_asks_share_one_embedded_house(home: dict[str, str]):
    async def both() -> list[int]:
        asked = [
            await asyncio.create_subprocess_exec(
                ZAMAZ, "ask", f"Question {n}?", *SEATS, "--json", env=home,
                stdout=asyncio.subprocess.DEVNULL, stderr=asyncio.subprocess.DEVNULL,
            )
            for n in range(2)
        ]  # fmt: skip
        return [await process.wait() for process in asked]

    zamaz(home, "list")
    assert asyncio.run(both()) == [0, 0]
