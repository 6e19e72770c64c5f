"""Keys are planted wherever one can be, servers repeat them, and nothing that a house writes holds one."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from nats.aio.msg import Msg

import zamaz
from zamaz import provision
from zamaz.definition import default_folder, load
from zamaz.errors import DebateEndedError
from zamaz.events.debater import ArgumentPresented, TurnFailed
from zamaz.events.workflow import TurnRequested

from conftest import Server
from live.processes import SERVICES, staff
from live.watched import Watched
from servers.asgi import Receive, Scope, Send, serving
from servers.collector import Collector
from servers.misbehaving import app

pytestmark = pytest.mark.live
HOUSE, IN_FILE, OWN, PASSWORD = (f"sk-planted-{name}-0123456789abcdef" for name in ("house", "file", "own", "password"))
PLANTED = (HOUSE, IN_FILE, OWN, PASSWORD)
MODELS = """\
providers:
  anthropic: {{adapter: anthropic, base_url: "{plain}", key_env: ANTHROPIC_API_KEY}}
  openai: {{adapter: openai_compatible, base_url: "{plain}/v1", key_env: OPENAI_API_KEY}}
  custom: {{adapter: openai_compatible, base_url_env: ZAMAZ_CUSTOM_URL, key_env: OPENAI_API_KEY}}
models: {{}}
requesters: {{ann: {{openai: ANN_OPENAI_KEY}}}}
"""
SEATS = ("openai/streamed-echo", "anthropic/streamed-echo", "custom/echo", "openai/400", "anthropic/401", "custom/500")


sent: set[str] = set()


async def noting(scope: Scope, receive: Receive, send: Send) -> None:
    """The providers, which note the keys that they are sent."""
    told = (value.decode() for name, value in scope["headers"] if name in (b"authorization", b"x-api-key"))
    sent.update(key.removeprefix("Bearer ") for key in told)
    await app(scope, receive, send)


@contextlib.asynccontextmanager
async def house(server: Server, folder: Path) -> AsyncIterator[tuple[zamaz.Client, Watched, Collector]]:
    """One of each service, whose providers repeat every key they are given, and a collector of traces."""
    definitions, collector = folder / "definitions", Collector()
    with serving(noting) as address, serving(collector.app) as sink:
        (folder / "key").write_text(IN_FILE)
        definitions.mkdir()
        for name in ("workflows", "prompts", "orchestration.yaml"):
            (definitions / name).symlink_to(default_folder() / name)
        (definitions / "models.yaml").write_text(MODELS.format(plain=address))
        (definitions / "budgets.yaml").write_text("unpriced: allow\n")
        env = {
            "ZAMAZ_DEFINITIONS": str(definitions),
            "ANTHROPIC_API_KEY": "",
            "ANTHROPIC_API_KEY_FILE": str(folder / "key"),
            "OPENAI_API_KEY": HOUSE,
            "ANN_OPENAI_KEY": OWN,
            "ZAMAZ_CUSTOM_URL": address.replace("//", f"//me:{PASSWORD}@") + "/v1",
            "OTEL_EXPORTER_OTLP_ENDPOINT": sink,
            "OTEL_BSP_SCHEDULE_DELAY": "200",
            "ZAMAZ_LOG_LEVEL": "DEBUG",
        }
        async with await zamaz.connect(server.url, timeout=30) as client:
            await provision.provision(client.nc, load(definitions).models.concurrency())
            with staff(folder, server.url, **env) as services:
                watched = Watched(services)
                await watched.hire(*SERVICES)
                yield client, watched, collector


async def test_no_key_is_in_anything_that_a_house_writes(server: Server, tmp_path: Path) -> None:
    core: list[bytes] = []

    async def hear(message: Msg) -> None:
        core.append(message.subject.encode() + message.data)

    async with house(server, tmp_path) as (client, watched, collector):
        await client.nc.subscribe(">", cb=hear)
        facts = [fact for who in ("ann", "bob") for fact in await debated(client, who)]
        metrics = [(await watched.get(process, "/metrics")).text for process in watched.staff.all]
        await asyncio.sleep(0.5)
        stored = [msg for who in ("ann", "bob") for msg in await client.log.stored(who)]
    logs = [process.log.read_text() for process in watched.staff.all]
    assert {HOUSE, IN_FILE, OWN} <= sent
    assert_something_was_said(facts, logs, core, collector)
    assert all("zamaz_" in text for text in metrics)
    for key in PLANTED:
        assert not any(key.encode() in said for said in (*core, collector.raw, *(fact.body for fact in stored)))
        assert not any(key in text for text in (*logs, *metrics))
        for file in server.folder.rglob("*"):
            assert not file.is_file() or key.encode() not in file.read_bytes(), file


async def debated(client: zamaz.Client, who: str) -> list[object]:
    """The facts of one debate in which everybody repeats keys; how it ends is all the same."""
    debate = await client.request("Whose key is it?", debate=who, requester=who, participants=SEATS)
    with contextlib.suppress(DebateEndedError):
        await client.completed(debate, timeout=60)
    return [heard.fact for heard in (await client.log.load(debate)).facts]


def assert_something_was_said(facts: list[object], logs: list[str], core: list[bytes], collector: Collector) -> None:
    answers = [fact for fact in facts if isinstance(fact, ArgumentPresented)]
    assert {fact.provider for fact in answers} == {"openai", "anthropic", "custom"}
    assert any("is my key" in fact.argument and "…" in fact.argument for fact in answers)
    assert {fact.kind for fact in facts if isinstance(fact, TurnFailed)} >= {"auth", "bad_request", "provider_error"}
    whys = [fact.why for fact in facts if isinstance(fact, TurnFailed)]
    assert any("check ANTHROPIC_API_KEY" in why for why in whys)
    assert len([fact for fact in facts if isinstance(fact, TurnRequested)]) >= 2 * len(SEATS)
    assert any(said.startswith(b"live.") for said in core)
    assert collector.spans
    assert all("listening" in log for log in logs)
