"""The real SDKs of OpenAI, Anthropic and Ollama, through our adapters, against a real llama.cpp server.

Ollama's client speaks to a small wire adapter in front of the same server; with OLLAMA_HOST set, to a real Ollama
too. What a model of 135M parameters says is noise: only the machinery is looked at.
"""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import replace

import pytest
from pydantic import SecretStr

from zamaz.definition.models import ProviderSpec
from zamaz.embedded.model_server import ALIAS
from zamaz.events.client import DebateRequested
from zamaz_debater import prompts
from zamaz_debater.answer import Parsed, parse
from zamaz_debater.prompts import Prompt
from zamaz_debater.providers.anthropic import Anthropic
from zamaz_debater.providers.ollama import Ollama
from zamaz_debater.providers.openai_compatible import OpenAICompatible
from zamaz_debater.providers.port import Call, ProviderError, Reply
from zamaz_debater.settings import Access

from debater.table import LABELS, argued, asked, call, debate, rendered, started
from servers.asgi import serving
from servers.ollama_wire import wire

pytestmark = [pytest.mark.live, pytest.mark.timeout(600)]
SPEC = ProviderSpec(adapter="openai_compatible", bounded_strings=True)


@pytest.fixture(scope="module")
def base() -> Iterator[str]:
    """The address of a llama.cpp server, ending in /v1."""
    command = [sys.executable, "-m", "zamaz.embedded.model_server", "0"]
    process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True)
    assert process.stdout is not None
    yield process.stdout.readline().strip()
    process.terminate()
    process.wait(timeout=20)


@pytest.fixture(scope="module")
def ollama(base: str) -> Iterator[str]:
    with serving(wire(base, ALIAS)) as address:
        yield address


def second_round(model: str = ALIAS, **parameters: object) -> Call:
    """A turn that sees two others and three options."""
    labels = {label: LABELS[label] for label in ("B", "C")}
    turn = asked(
        "t2",
        round=2,
        sees=4,
        labels=labels,
        model=model,
        max_output_tokens=400,
        parameters={"temperature": 0.2, "seed": 7, **parameters},
    )
    request = DebateRequested(question="Should we split our monolith into services?", options=("Split", "Keep", "Wait"))
    d = debate(request, started(), argued("g1", "gemini", "Keep it."), argued("p1", "gpt", "Split it."), turn)
    return Call("t2-1", turn, "counter_arguments", rendered(d, turn), prompts.shape(d, turn), 240)


def read(reply: Reply, made: Call) -> Parsed:
    return parse(reply.text, made.shape, reply.finish_reason)


def assert_typed(parsed: Parsed) -> None:
    assert parsed.position, parsed.unparsed
    assert parsed.argument
    assert parsed.verdict
    assert parsed.choice in ("Split", "Keep", "Wait")
    assert set(parsed.on_others) == {"B", "C"}
    assert 0 <= parsed.confidence <= 1


def listening(made: Call) -> tuple[Call, list[str]]:
    """The call, and what is heard of its answer as it comes."""
    heard: list[str] = []
    return replace(made, hear=heard.append), heard


def assert_counted(reply: Reply) -> None:
    assert reply.usage is not None
    assert reply.usage.input > 100
    assert reply.usage.output > 10


async def test_openai_gets_a_typed_answer(base: str) -> None:
    adapter, (made, heard) = OpenAICompatible("local", SPEC, Access(base)), listening(second_round())
    assert (await adapter.reach()).ok
    reply = await adapter.answer(made)
    assert len(heard) > 5
    assert "".join(heard) == reply.text
    assert (reply.model, reply.finish_reason) == (ALIAS, "stop")
    assert_counted(reply)
    assert_typed(read(reply, made))


async def test_what_turns_share_is_read_from_the_cache_and_counted(base: str) -> None:
    adapter = OpenAICompatible("local", SPEC, Access(base))
    shared = "Should we split our monolith into services? " + "Forty engineers, one deploy a week. " * 30
    first, later = (
        call(60, prompt=Prompt("Be brief.", f"{shared}\n\n{task}"), model=ALIAS, max_output_tokens=16)
        for task in ("Give your own answer.", "Answer the strongest points.")
    )
    await adapter.answer(first)
    usage = (await adapter.answer(later)).usage
    assert usage is not None
    assert usage.cached_input > 0.8 * usage.input


async def test_openai_answers_that_are_cut_off_are_told_as_such(base: str) -> None:
    made = call(30, model=ALIAS, max_output_tokens=16)
    reply = await OpenAICompatible("local", SPEC, Access(base)).answer(made)
    assert reply.finish_reason == "length"
    assert "cut off" in read(reply, made).unparsed


async def test_openai_cloud_settings_are_understood_too(base: str) -> None:
    spec = ProviderSpec(adapter="openai_compatible", output_tokens_key="max_completion_tokens")
    reply = await OpenAICompatible("openai", spec, Access(base, SecretStr("k"))).answer(second_round())
    assert_counted(reply)


async def test_anthropic_answers_and_counts(base: str) -> None:
    """This server knows Anthropic's messages and passes over output_config: the words in the prompt must do."""
    spec = ProviderSpec(adapter="anthropic", key_env="K")
    adapter, made = Anthropic("anthropic", spec, Access(base.removesuffix("/v1"), SecretStr("k"))), second_round()
    assert (await adapter.reach()).ok
    made, heard = listening(made)
    reply = await adapter.answer(made)
    assert len(heard) > 5
    assert "".join(heard) == reply.text
    assert reply.model == ALIAS
    assert reply.finish_reason in ("end_turn", "max_tokens")
    assert_counted(reply)
    parsed = read(reply, made)
    assert parsed.argument
    assert bool(parsed.position) != bool(parsed.unparsed)


async def test_ollama_gets_a_typed_answer(ollama: str) -> None:
    adapter, made = Ollama("ollama", Access(ollama)), second_round()
    reach = await adapter.reach()
    assert reach.models == (ALIAS, f"{ALIAS}:latest")
    made, heard = listening(made)
    reply = await adapter.answer(made)
    assert len(heard) > 5
    assert "".join(heard) == reply.text
    assert (reply.model, reply.finish_reason) == (ALIAS, "stop")
    assert_counted(reply)
    assert_typed(read(reply, made))


async def test_ollama_names_a_model_that_it_does_not_have(ollama: str) -> None:
    with pytest.raises(ProviderError) as raised:
        await Ollama("ollama", Access(ollama)).answer(second_round("nowhere"))
    assert raised.value.kind == "not_found"
    assert "'nowhere'" in raised.value.why


@pytest.mark.skipif("OLLAMA_HOST" not in os.environ, reason="OLLAMA_HOST names no real Ollama")
async def test_a_real_ollama_gets_a_typed_answer() -> None:
    adapter = Ollama("ollama", Access(os.environ["OLLAMA_HOST"]))
    reach = await adapter.reach()
    assert reach.ok, reach.why
    assert reach.models
    made = second_round(reach.models[0])
    assert_typed(read(await adapter.answer(made), made))
