"""A service that starts while the server is away waits for it."""

from __future__ import annotations

import asyncio

import pytest
from nats.aio.client import Client as Nats

from zamaz import subjects
from zamaz.definition import prompt_digest
from zamaz.events.workflow import PromptKept
from zamaz.log import Log
from zamaz_workflow.app import keep_prompts

from conftest import Server
from workflow.table import catalog

pytestmark = pytest.mark.live


async def test_templates_are_kept_although_the_server_was_killed_meanwhile(server: Server, nc: Nats) -> None:
    server.kill()
    keeping = asyncio.create_task(keep_prompts(Log(nc, "workflow", timeout=0.05), catalog()))
    await asyncio.sleep(3)
    assert not keeping.done()
    server.start()
    await asyncio.wait_for(keeping, 60)
    (text,) = catalog().prompts.values()
    digest = prompt_digest(text)
    kept = await Log(nc, "test").last(subjects.name("workflow", subjects.LIBRARY, PromptKept.__name__, digest))
    assert kept is not None
    assert kept.fact == PromptKept(digest=digest, text=text)
