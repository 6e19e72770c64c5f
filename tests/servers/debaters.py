"""Debater processes on a real log, and debates that stand there without a workflow: written by hand."""

from __future__ import annotations

import asyncio
import contextlib
import os
import signal
import subprocess
import sys
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from nats.aio.client import Client as Nats

from zamaz import provision, subjects
from zamaz.definition import default_folder, prompt_digest
from zamaz.events import Fact, Recorded
from zamaz.events.client import DebateRequested
from zamaz.events.debater import CallStarted
from zamaz.events.flow import Flow, Seat, Step
from zamaz.events.workflow import DebateStarted, PromptKept, TurnRequested
from zamaz.log import Log

PROVIDERS = {"custom": 6, "script": 8}
MODELS = """\
providers:
  custom: {{adapter: openai_compatible, base_url_env: ZAMAZ_CUSTOM_URL, key_env: "{key}", concurrency: 6{more}}}
  script: {{adapter: script, concurrency: 8, billing: script}}
models: {{}}
"""
FLOW = Flow(
    id="by-hand",
    steps=(
        Step(id="initial_arguments", type="initial_arguments", instruction="Argue."),
        Step(id="final_decision", type="final_decision"),
    ),
)


@dataclass
class Debaters:
    """Replicas of the service, in processes of their own."""

    url: str
    folder: Path
    environment: dict[str, str] = field(default_factory=dict)
    processes: list[subprocess.Popen[bytes]] = field(default_factory=list)
    key_env: str = ""
    more: str = ""
    """More of the custom provider's settings, beginning with a comma."""

    def start(self) -> subprocess.Popen[bytes]:
        self.folder.mkdir(exist_ok=True)
        (self.folder / "models.yaml").write_text(MODELS.format(key=self.key_env, more=self.more))
        more = {"ZAMAZ_NATS_URL": self.url, "ZAMAZ_DEFINITIONS": str(self.folder), **self.environment}
        env = {**os.environ, "ZAMAZ_SCRIPTS": str(default_folder() / "scripts"), **more}
        with (self.folder / "debater.log").open("ab") as out:
            started = subprocess.Popen([sys.executable, "-m", "zamaz_debater"], env=env, stdout=out, stderr=out)
        self.processes.append(started)
        return started

    @property
    def log(self) -> str:
        return (self.folder / "debater.log").read_text()

    async def listening(self, count: int = 1) -> None:
        await until(lambda: self.log.count('"listening"') >= count, 60)

    def of(self, by: str) -> subprocess.Popen[bytes]:
        """The process that said this `by`."""
        return next(p for p in self.processes if f"-{p.pid}-" in by)

    def stop(self) -> list[int]:
        """End them all; their exit codes. One that does not end is killed, and an error when all are gone."""
        with contextlib.ExitStack() as killing:
            for process in self.processes:
                killing.callback(process.wait)
                killing.callback(process.kill)
                process.send_signal(signal.SIGCONT)
                process.terminate()
            return [process.wait(timeout=20) for process in self.processes]


async def provisioned(nc: Nats) -> Log:
    """Streams, consumers and the prompt templates."""
    await provision.provision(nc, PROVIDERS)
    log = Log(nc, "test")
    for path in (default_folder() / "prompts").glob("*.md"):
        text = path.read_text()
        await log.append(subjects.LIBRARY, PromptKept(digest=prompt_digest(text), text=text))
    return log


async def debate(log: Log, name: str, question: str = "Split?", reserves: tuple[Seat, ...] = ()) -> None:
    """A debate that has started."""
    prompts = {p.stem: prompt_digest(p.read_text()) for p in (default_folder() / "prompts").glob("*.md")}
    await log.append(name, DebateRequested(question=question))
    started = DebateStarted(
        workflow="by-hand", flow=FLOW, flow_digest="none", seats=(), reserves=reserves, prompts=prompts
    )
    await log.append(name, started)


def turn(name: str, *, provider: str = "custom", model: str = "m", seconds: float = 90, **more: Any) -> TurnRequested:
    """A turn of round 1."""
    return TurnRequested(
        turn=name,
        round=1,
        step="initial_arguments",
        participant=f"{provider}/{model}",
        provider=provider,
        model=model,
        deadline=datetime.now(UTC) + timedelta(seconds=seconds),
        **more,
    )


async def said(log: Log, name: str) -> list[Recorded]:
    """What the debaters said in a debate."""
    return (await log.load(name, filters=(subjects.voice_of("debater", name),))).facts


async def all_said(
    log: Log, name: str, kind: type[Fact] | tuple[type[Fact], ...], count: int, patience: float
) -> list[Any]:
    """Facts of a kind, as soon as there are `count` of them."""
    found: list[Any] = []

    async def there() -> bool:
        found[:] = [heard.fact for heard in await said(log, name) if isinstance(heard.fact, kind)]
        return len(found) >= count

    deadline = asyncio.get_running_loop().time() + patience
    while not await there():
        assert asyncio.get_running_loop().time() < deadline, f"{len(found)} of {count} after {patience} s"
        await asyncio.sleep(0.05)
    return found


async def calls(log: Log, name: str) -> dict[str, str]:
    """Who made which call."""
    return {h.fact.call: h.fact.by for h in await said(log, name) if isinstance(h.fact, CallStarted)}


async def until(true: Callable[[], bool], patience: float) -> None:
    """Wait for something of this process."""
    deadline = asyncio.get_running_loop().time() + patience
    while not true():
        assert asyncio.get_running_loop().time() < deadline, "it did not come true"
        await asyncio.sleep(0.02)
