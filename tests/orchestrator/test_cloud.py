"""Grok and the other clouds: what their answers cost."""

from __future__ import annotations

import asyncio
from typing import Any

from openai.types.chat import ChatCompletion

from zamaz.events.debater import Usage
from zamaz.events.flow import RungSetting
from zamaz_orchestrator.port import Inquiry
from zamaz_orchestrator.rungs.openai_compatible import OpenAIJudge

from servers.misbehaving import openai


class FakeClient:
    """What the wire would bring."""

    def __init__(self, body: Any) -> None:
        self.body = body
        self.chat = self.completions = self

    async def create(self, **_: Any) -> ChatCompletion:
        return ChatCompletion.model_validate(self.body)


async def usage(body: Any) -> Usage | None:
    judge, client = OpenAIJudge("http://nowhere/v1"), FakeClient(body)
    judge._opening = asyncio.create_task(asyncio.sleep(0, client))  # type: ignore[arg-type]
    return (await judge.ask(Inquiry(("a", "b"), "?"), RungSetting(rung="grok", model="m"), 5)).usage


async def test_what_was_thought_is_paid_for_whether_or_not_the_output_s_count_has_it() -> None:
    outside = openai("{}", "")
    counted = outside["usage"]
    assert counted["total_tokens"] > counted["prompt_tokens"] + counted["completion_tokens"]
    expected = Usage(input=90, cached_input=40, output=25, reasoning=15)
    assert await usage(outside) == expected
    assert await usage(outside | {"usage": counted | {"completion_tokens": 25}}) == expected


async def test_what_was_not_counted_is_no_usage() -> None:
    assert await usage(openai("{}", "") | {"usage": None}) is None
