"""The model rungs against real servers: llama.cpp's own, one that hangs, one that answers something else."""

from __future__ import annotations

import asyncio
import contextlib
import os
import subprocess
import sys
from collections.abc import AsyncIterator, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import msgspec
import pytest
from msgspec import structs
from pydantic import SecretStr

from zamaz.definition import ModelsFile, OrchestrationFile, default_folder, load, parse
from zamaz.events.flow import Earlier, Flow, RungSetting
from zamaz.events.workflow import DebateStarted
from zamaz.service.access import Access
from zamaz_orchestrator.kinds import Card, kinds
from zamaz_orchestrator.kinds.kind import Kind
from zamaz_orchestrator.ladder import Case, Climbed, Ladder
from zamaz_orchestrator.ollama_host import OllamaHost
from zamaz_orchestrator.port import Judge
from zamaz_orchestrator.rungs.cloud import CloudJudge
from zamaz_orchestrator.rungs.ollama import OllamaJudge
from zamaz_orchestrator.rungs.openai_compatible import OpenAIJudge
from zamaz_orchestrator.warmth import warm

from orchestrator.panel import CONSENSUS, CUTOFFS, answer, asked, case, debate, held, question, requested, wanted
from servers import misbehaving
from servers.asgi import serving as serving_app
from servers.ollama_wire import wire

pytestmark = pytest.mark.live
PROMPTS = Path(__file__).parents[2] / "definitions" / "prompts"
APART = case(
    CONSENSUS,
    question(
        held("ann", "Split the monolith into services this quarter.", verdict="adopt"),
        held("bob", "Keep the monolith, and draw module borders inside it.", verdict="reject"),
    ),
    template=(PROMPTS / "consensus.md").read_text(encoding="utf-8"),
)
NOWHERE = "http://127.0.0.1:9"
CARDS = (Card(id="direct", description="One answer."), Card(id="simple_debate", description="Two argue."))
KINDS = kinds(CUTOFFS, CARDS)


def shipped(kind: Kind[Any, Any]) -> Case:
    """A question of this kind that no rule answers, with the prompt that comes along."""
    earlier = (Earlier(debate="d0", decision="Cache the price table for a day."),)
    flow = Flow(id="f", steps=(), max_rounds=4)
    start = DebateStarted(workflow="f", flow=flow, flow_digest="d", seats=(), earlier=earlier)
    facts = (requested(), start, asked(1, "ann"), asked(2, "bob"), answer(1, "ann", "Cache prices."), answer(2, "bob"))
    ruling = structs.replace(wanted("t1", "t2"), kind=kind.name, criteria=("it names a risk",))
    template = (PROMPTS / f"{kind.name}.md").read_text(encoding="utf-8")
    return case(kind, kind.question(debate(*facts), ruling), template=template)


@pytest.fixture(scope="module")
def llama() -> Iterator[str]:
    """The base URL of the bundled model, served by a process of its own."""
    command = [sys.executable, "-m", "zamaz.embedded.model_server", "0"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True) as process:
        assert process.stdout is not None
        lines = (line.strip() for line in process.stdout)
        yield next(line for line in lines if line.startswith("http"))
        process.terminate()


@pytest.fixture(scope="module")
def misbehaves() -> Iterator[str]:
    """A server that behaves badly in the way that the requested model's name says."""
    with serving_app(misbehaving.app) as address:
        yield address


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


async def climb(judge: Judge, name: str, timeout_s: float = 5, made: Case = APART) -> Climbed:
    rung = RungSetting(rung=name, model="smollm2", timeout_s=timeout_s)
    climbed = await Ladder({name: judge}).climb(made, [rung])
    await judge.close()
    return climbed


async def why_passed(judge: Judge, timeout_s: float = 5) -> str:
    climbed = await climb(judge, "model", timeout_s)
    assert (climbed.opinion.rung, climbed.opinion.said.score) == ("default", 0.0)
    return climbed.passed[0].why


def in_words(url: str) -> OpenAIJudge:
    return OpenAIJudge(url)


async def test_the_bundled_model_answers_with_a_letter_and_its_odds(llama: str) -> None:
    made = (await climb(OpenAIJudge(llama, lettered=True), "local", 40)).opinion
    assert (made.rung, made.model) == ("local", "smollm2")
    assert sum(made.odds.values()) == pytest.approx(1.0)
    assert set(made.odds) == {"full", "partial", "none"}
    assert made.usage is not None and made.usage.input > 100 and made.usage.output == 1
    assert made.said.score <= 0.5, "different verdicts cap what any model says"


async def test_the_bundled_model_answers_within_the_schema_or_says_why_not(llama: str) -> None:
    made = await climb(in_words(llama), "local", 40)
    if made.passed:
        assert made.passed[0].reason == "schema"
        assert made.passed[0].usage is not None, "it was asked all the same"
        return
    assert made.opinion.said.score <= 0.5
    assert made.opinion.usage is not None and made.opinion.usage.input > 100


@pytest.mark.parametrize("kind", ["next_move", "novelty"])
async def test_shipped_prompts_are_answered_by_a_real_model(llama: str, kind: str) -> None:
    made = await climb(OpenAIJudge(llama, lettered=True), "local", 40, shipped(KINDS[kind]))
    assert (made.opinion.rung, made.passed) == ("local", ())
    assert 0.0 <= made.opinion.confidence <= 1.0


async def test_an_ollama_that_knows_typed_decisions_is_asked_for_one(llama: str) -> None:
    with serving_app(wire(llama, "smollm2", decides=True)) as address:
        made = (await climb(OllamaJudge((address,)), "ollama", 40)).opinion
    assert (made.rung, set(made.odds)) == ("ollama", {"full", "partial", "none"})
    assert made.confidence == pytest.approx(max(made.odds.values()))
    assert made.usage is not None and made.usage.output == 1


async def test_what_never_changes_of_a_prompt_is_read_in_advance(llama: str) -> None:
    """Warm, the model reads only what is new; a rung that is out of reach stays cold without a word to the caller."""
    rungs = "[{rung: rules}, {rung: ollama, model: gone}, {rung: local, model: smollm2}]"
    text = f"consensus: {rungs}\nwarm: [consensus]"
    catalog = replace(load(default_folder()), orchestration=parse(text, OrchestrationFile, "orchestration.yaml"))
    judge = OpenAIJudge(llama, lettered=True)
    await warm({"ollama": OllamaJudge((NOWHERE,)), "local": judge}, KINDS, catalog)
    made = (await climb(judge, "local", 40)).opinion
    assert made.usage is not None and made.usage.cached_input > 100


async def test_a_model_that_is_missing_is_fetched_where_that_is_allowed(llama: str) -> None:
    told: list[str] = []
    with serving_app(wire(llama, "smollm2", pulled=False)) as address:
        judge = OllamaJudge((address,), told.append)
        rung = RungSetting(rung="ollama", model="smollm2", timeout_s=40, pull=True)
        ladder = Ladder({"ollama": judge})
        first = await ladder.climb(APART, [rung])
        assert first.passed[0].reason == "missing_model"
        assert first.passed[0].why == f"the Ollama at {address} has no model smollm2 yet: it is being fetched"
        while not told or not told[-1].endswith("fetched"):
            await asyncio.sleep(0.01)
        then = await ladder.climb(APART, [rung])
        await judge.close()
    assert then.opinion.rung == "ollama" or then.passed[0].reason == "schema"
    where = f"smollm2 on {address}: "
    assert told == [*(f"{where}pulling {n} %" for n in (0, 50, 100)), f"{where}fetched"]


async def test_of_several_ollamas_those_that_answer_share_the_load(llama: str) -> None:
    with serving_app(wire(llama, "smollm2", decides=True)) as address:
        made = await climb(OllamaJudge((NOWHERE, address)), "ollama", 40)
    assert made.opinion.rung == "ollama"


async def test_a_server_that_hangs_is_left_at_the_timeout_and_asked_once() -> None:
    async with serving(None) as (url, asked):
        assert await why_passed(in_words(url), 1.5) == "no answer within 1.5 s"
        assert await why_passed(OllamaJudge((url,)), 0.5) == "no answer within 0.5 s"
    assert asked == ["POST /chat/completions HTTP/1.1", "GET /api/tags HTTP/1.1"]


async def test_a_server_outside_the_schema_passes_up() -> None:
    async with serving(completion('{"agreement": "full"}')) as (url, _):
        assert (await why_passed(in_words(url))).startswith("its answer breaks the schema")


async def test_a_server_that_sends_prose_passes_up() -> None:
    async with serving(completion("They agree.")) as (url, _):
        assert await why_passed(in_words(url)) == "its answer is not the JSON that was asked for"


@pytest.mark.parametrize("body", [b"", b"<html>", b"[]", b"{}", b'{"choices": []}', b'{"choices": 7}', b'"text"'])
async def test_a_server_that_speaks_another_protocol_passes_up(body: bytes) -> None:
    async with serving(body) as (url, _):
        assert await why_passed(in_words(url))
        assert await why_passed(OllamaJudge((url,)))


@pytest.mark.parametrize("status", [401, 429, 500, 503])
async def test_an_error_of_the_server_passes_up_and_is_not_tried_again(status: int) -> None:
    async with serving(b'{"error": "no"}', status) as (url, asked):
        assert (await why_passed(in_words(url))).endswith(f"answers {status}")
        assert (await why_passed(OllamaJudge((url,)))).endswith(f"answers {status}")
    assert asked.count("POST /chat/completions HTTP/1.1") == 1
    assert len(asked) <= 3, "Ollama is looked at, and asked once"


async def test_a_model_that_ollama_does_not_have_is_named_with_what_to_do() -> None:
    async with serving(b'{"error": "model not found"}', 404) as (url, _):
        assert (await why_passed(OllamaJudge((url,)))).endswith("has no model smollm2: `ollama pull smollm2`")


async def test_a_port_where_nobody_listens_passes_up() -> None:
    assert await why_passed(in_words(NOWHERE)) == f"no server answers at {NOWHERE}"
    assert await why_passed(OllamaJudge((NOWHERE,))) == f"no Ollama answers at {NOWHERE}"


async def test_a_rung_that_is_not_configured_passes_up() -> None:
    assert await why_passed(OpenAIJudge("", "ZAMAZ_LOCAL_URL is not set")) == "ZAMAZ_LOCAL_URL is not set"
    assert await why_passed(OllamaJudge(())) == "OLLAMA_HOST is not set"


@pytest.mark.skipif(not os.environ.get("OLLAMA_HOST"), reason="OLLAMA_HOST names no Ollama")
async def test_a_real_ollama_rules() -> None:
    address = os.environ["OLLAMA_HOST"]
    host = OllamaHost(address)
    has = [one.name for one in await host.models()]
    await host.close()
    assert has, f"the Ollama at {address} has no model: zamaz models pull NAME"
    rung = RungSetting(rung="ollama", model=has[0], timeout_s=50, keep_alive="5m")
    judge = OllamaJudge((address,))
    made = await Ladder({"ollama": judge}).climb(APART, [rung])
    await judge.close()
    assert made.opinion.rung == "ollama", made.passed
    assert made.opinion.said.score <= 0.5


# Providers that are paid for


MODELS = ModelsFile.model_validate(
    {
        "providers": {
            "xai": {"adapter": "openai_compatible", "key_env": "XAI_API_KEY"},
            "anthropic": {"adapter": "anthropic", "key_env": "ANTHROPIC_API_KEY"},
            "script": {"adapter": "script"},
        },
        "models": {"grok": {"provider": "xai", "model": "grok-4", "max_output_tokens": 300}},
    }
)
KEY = SecretStr("a-secret")


def cloud(url: str, provider: str = "xai", missing: str = "") -> CloudJudge:
    address = url.removesuffix("/v1") if provider == "anthropic" else url
    return CloudJudge(MODELS, {provider: Access(address, None if missing else KEY, missing)})


async def asked_cloud(
    judge: Judge, model: str, provider: str = "xai", rung: str = "grok", *, timeout_s: float = 20, most: int = 0
) -> Climbed:
    setting = RungSetting(rung=rung, provider=provider, model=model, timeout_s=timeout_s, max_output_tokens=most)
    climbed = await Ladder({rung: judge}).climb(APART, [setting])
    await judge.close()
    return climbed


async def test_grok_and_anthropic_are_asked_through_their_own_clients_and_counted(llama: str) -> None:
    for provider, rung in (("xai", "grok"), ("anthropic", "cloud")):
        # Without a schema that its server keeps to, the model talks until its bound, on a busy machine for minutes.
        made = await asked_cloud(cloud(llama, provider), "smollm2", provider, rung, timeout_s=120, most=100)
        usage = made.opinion.usage or made.passed[0].usage
        assert usage is not None and usage.input > 100
        asked = made.passed[0] if made.passed else made.opinion
        assert (asked.provider, asked.model) == (provider, "smollm2")
        assert not made.passed or made.passed[0].reason == "schema"


@pytest.mark.parametrize(
    ("how", "reason"),
    [
        ("401", "error"),
        ("404", "missing_model"),
        ("429", "limited"),
        ("503", "error"),
        ("refuses", "refused"),
        ("garbage", "error"),
        ("no-block", "schema"),
        ("empty", "schema"),
    ],
)
@pytest.mark.parametrize("provider", ["xai", "anthropic"])
async def test_a_provider_that_misbehaves_passes_up_and_its_key_is_not_told(
    misbehaves: str, provider: str, how: str, reason: str
) -> None:
    made = await asked_cloud(cloud(f"{misbehaves}/v1", provider), how, provider)
    assert made.opinion.rung == "default"
    (passed,) = made.passed
    assert passed.reason == reason, passed.why
    assert "a-secret" not in passed.why
    if reason in ("schema", "refused") and how != "refuses":
        assert passed.usage is not None, "it is paid all the same"


async def test_a_key_that_is_not_set_and_a_provider_that_cannot_rule_pass_up() -> None:
    unset = await asked_cloud(cloud("", missing="set XAI_API_KEY"), "grok-4")
    assert (unset.passed[0].why, unset.passed[0].reason) == ("set XAI_API_KEY", "not_configured")
    played = await asked_cloud(cloud("", "script"), "agree", "script")
    assert played.passed[0].reason == "not_configured"
