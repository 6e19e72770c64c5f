"""The README, held to what it says: its examples run, its variables and commands are the ones there are."""

from __future__ import annotations

import asyncio
import re
import sys
from pathlib import Path

import pytest

import zamaz
from zamaz.cli.main import main
from zamaz.cli.settings import CliSettings
from zamaz.embedded.settings import EmbeddedSettings
from zamaz_cost.settings import CostSettings
from zamaz_debater.settings import DebaterSettings
from zamaz_orchestrator.settings import OrchestratorSettings
from zamaz_workflow.settings import WorkflowSettings

from conftest import Server
from live.processes import Staff
from live.test_four_processes import house

pytestmark = pytest.mark.live
README = (Path(__file__).parents[2] / "README.md").read_text(encoding="utf-8")
EXAMPLES = re.findall(r"```python\n(.*?)```", README, re.DOTALL)
SETTINGS = (CliSettings, EmbeddedSettings, CostSettings, DebaterSettings, OrchestratorSettings, WorkflowSettings)
__all__ = ["house"]


async def run(code: str, url: str, *, endless: bool = False) -> str:
    """Run an example against our server; an endless one is stopped after its first line."""
    script = code.replace("nats://127.0.0.1:4222", url)
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-u", "-c", script, stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.PIPE
    )
    assert process.stdout and process.stderr
    async with asyncio.timeout(60):
        if endless:
            line = (await process.stdout.readline()).decode()
            process.kill()
            await process.wait()
            return line
        out, err = await process.communicate()
    assert process.returncode == 0, err.decode()
    return out.decode()


async def test_every_python_example_runs_as_printed(house: tuple[zamaz.Client, Staff], server: Server):
    client, durable, raw = EXAMPLES
    assert "consensus" in await run(client, server.url)
    assert "evt.workflow.order-4711.DebateCompleted" in await run(raw, server.url)
    assert "in small steps" in await run(durable, server.url, endless=True)


def test_the_variables_are_those_that_the_settings_read():
    listed = set(re.findall(r"ZAMAZ_[A-Z_]+", README.split("## Environment")[1]))
    read = {
        f"ZAMAZ_{name.upper()}"
        for settings in SETTINGS
        for name, field in settings.model_fields.items()
        if field.validation_alias is None
    }
    assert read - listed == set()
    assert listed - read <= {"ZAMAZ_CUSTOM_URL"}, "models.yaml names this one"


def test_the_commands_are_those_that_there_are():
    listed = set(re.findall(r"`zamaz ([a-z-]+)", README))
    assert listed == set(main.commands)


def test_the_files_that_are_named_are_there():
    root = Path(__file__).parents[2]
    for name in re.findall(r"`((?:shared|services|tests|definitions|deploy)/[^`*]+)`", README):
        assert (root / name).exists(), name
