"""The model rungs against real servers: llama.cpp's own, one that hangs, one that answers something else."""

from __future__ import annotations

import asyncio
import contextlib
import subprocess
import sys
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import msgspec
import pytest

from zamaz.events.flow import RungSetting
from zamaz_orchestrator.ladder import Climbed, Ladder
from zamaz_orchestrator.rungs.local import LocalJudge
from zamaz_orchestrator.rungs.ollama import OllamaJudge

from orchestrator.panel import CUTOFFS, held, question

pytestmark = [pytest.mark.live, pytest.mark.timeout(60)]
PROMPT = (Path(__file__).parents[2] / "definitions" / "prompts" / "consensus.md").read_text(encoding="utf-8")
APART = question(
    held("ann", "Split the monolith into services this quarter.", verdict="adopt"),
    held("bob", "Keep the monolith, and draw module borders inside it.", verdict="reject"),
)
NOWHERE = "http://127.0.0.1:9"


@pytest.fixture(scope="module")
def llama() -> Iterator[str]:
    """The base URL of the bundled model, served by a process of its own."""
    command = [sys.executable, "-m", "zamaz.embedded.model_server", "0"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True) as process:
        assert process.stdout is not None
        lines = (line.strip() for line in process.stdout)
        yield next(line for line in lines if line.startswith("http"))
        process.terminate()


@contextlib.asynccontextmanager
async def serving(body: bytes | None, status: int = 200) -> AsyncIterator[tuple[str, list[str]]]:
    """A server that sends one body for everything, or nothing at all (None). Keeps the request lines."""
    asked: list[str] = []

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        asked.append((await reader.readline()).decode().strip())
        if body is not None:
            head = f"HTTP/1.1 {status} X\r\nContent-Type: application/json\r\nContent-Length: {len(body)}\r\n\r\n"
            await reader.readuntil(b"\r\n\r\n")
            writer.write(head.encode() + body)
            await writer.drain()
        else:
            await reader.read()
        writer.close()

    server = await asyncio.start_server(serve, "127.0.0.1", 0)
    try:
        yield f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}", asked
    finally:
        server.close()


def completion(text: str) -> bytes:
    message = {"role": "assistant", "content": text}
    choice = {"index": 0, "finish_reason": "stop", "message": message}
    return msgspec.json.encode(
        {"id": "1", "object": "chat.completion", "created": 1, "model": "m", "choices": [choice]}
    )


async def climb(judge: LocalJudge | OllamaJudge, timeout_s: float = 5, threshold: float = 0.0) -> Climbed:
    async def template() -> str:
        return PROMPT

    name = "local" if isinstance(judge, LocalJudge) else "ollama"
    rung = RungSetting(rung=name, model="smollm2", timeout_s=timeout_s, threshold=threshold)
    made = await Ladder({name: judge}, CUTOFFS).climb(APART, [rung], template, lambda: 60.0)
    await judge.close()
    return made


async def why_passed(judge: LocalJudge | OllamaJudge, timeout_s: float = 5) -> str:
    made = await climb(judge, timeout_s)
    assert (made.opinion.rung, made.opinion.score) == ("default", 0.0)
    return made.passed[0].why


async def test_the_bundled_model_answers_within_the_schema_or_says_why_not(llama: str) -> None:
    made = await climb(LocalJudge(llama), timeout_s=40)
    if made.passed:
        assert made.passed[0].why.startswith("its answer ")
        return
    assert (made.opinion.rung, made.opinion.model) == ("local", "smollm2")
    assert made.opinion.usage is not None and made.opinion.usage.input > 100
    assert made.opinion.score <= 0.5, "different verdicts cap what any model says"


async def test_a_server_that_hangs_is_left_at_the_timeout_and_asked_once() -> None:
    async with serving(None) as (url, asked):
        assert await why_passed(LocalJudge(url), 1.5) == "no answer within 1.5 s"
        assert await why_passed(OllamaJudge(url), 0.5) == "no answer within 0.5 s"
    assert asked == ["POST /chat/completions HTTP/1.1", "POST /api/chat HTTP/1.1"]


async def test_a_server_outside_the_schema_passes_up() -> None:
    async with serving(completion('{"agreement": "full"}')) as (url, _):
        assert (await why_passed(LocalJudge(url))).startswith("its answer breaks the schema")


async def test_a_server_that_sends_prose_passes_up() -> None:
    async with serving(completion("They agree.")) as (url, _):
        assert await why_passed(LocalJudge(url)) == "its answer is not the JSON that was asked for"


@pytest.mark.parametrize("body", [b"", b"<html>", b"[]", b"{}", b'{"choices": []}', b'{"choices": 7}', b'"text"'])
async def test_a_server_that_speaks_another_protocol_passes_up(body: bytes) -> None:
    async with serving(body) as (url, _):
        assert await why_passed(LocalJudge(url))
        assert await why_passed(OllamaJudge(url))


@pytest.mark.parametrize("status", [401, 429, 500, 503])
async def test_an_error_of_the_server_passes_up_and_is_not_tried_again(status: int) -> None:
    async with serving(b'{"error": "no"}', status) as (url, asked):
        assert (await why_passed(LocalJudge(url))).endswith(f"answers {status}")
        assert (await why_passed(OllamaJudge(url))).endswith(f"answers {status}")
    assert len(asked) == 2


async def test_a_model_that_ollama_does_not_have_is_named_with_what_to_do() -> None:
    async with serving(b'{"error": "model not found"}', 404) as (url, _):
        assert (await why_passed(OllamaJudge(url))).endswith("has no model smollm2: `ollama pull smollm2`")


async def test_a_port_where_nobody_listens_passes_up() -> None:
    assert await why_passed(LocalJudge(NOWHERE)) == f"no server answers at {NOWHERE}"
    assert await why_passed(OllamaJudge(NOWHERE)) == f"no Ollama answers at {NOWHERE}"


async def test_a_rung_that_is_not_configured_passes_up() -> None:
    assert await why_passed(LocalJudge("")) == "ZAMAZ_LOCAL_URL is not set"
    assert await why_passed(OllamaJudge("")) == "OLLAMA_HOST is not set"
