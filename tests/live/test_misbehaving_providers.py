"""Each way in which a provider can behave badly is one kind of failure, and no key is ever told."""

from __future__ import annotations

import json
import time
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from pydantic import SecretStr

from zamaz import connection
from zamaz.definition.models import ProviderSpec
from zamaz.events import encode
from zamaz.events.debater import ArgumentPresented, CallStarted, TurnFailed, Usage
from zamaz_debater.answer import parse
from zamaz_debater.prompts import Prompt
from zamaz_debater.providers.anthropic import Anthropic
from zamaz_debater.providers.ollama import Ollama
from zamaz_debater.providers.openai_compatible import OpenAICompatible
from zamaz_debater.providers.port import Provider, ProviderError, Reply
from zamaz_debater.settings import Access

from conftest import Server
from debater.table import call
from servers.asgi import remembering, serving
from servers.debaters import Debaters, all_said, debate, provisioned, said, turn
from servers.misbehaving import app
from servers.ports import free_port

pytestmark = pytest.mark.live
KEY = "sk-planted-in-this-test-0123456789"
ADAPTERS = ("openai_compatible", "anthropic", "ollama")


@pytest.fixture(scope="module")
def address() -> Iterator[str]:
    with serving(app) as url:
        yield url


def adapter(kind: str, address: str) -> Provider:
    spec = ProviderSpec(adapter="anthropic", key_env="THE_KEY")
    if kind == "anthropic":
        return Anthropic("anthropic", spec, Access(address, SecretStr(KEY)))
    if kind == "ollama":
        return Ollama("ollama", Access(address))
    return OpenAICompatible("openai", spec, Access(f"{address}/v1", SecretStr(KEY)))


async def fails(kind: str, address: str, how: str, timeout_s: float = 5) -> ProviderError:
    with pytest.raises(ProviderError) as raised:
        await adapter(kind, address).answer(call(timeout_s, model=how))
    error = raised.value
    assert KEY not in error.why
    assert 20 < len(error.why) <= 500
    return error


@pytest.mark.parametrize("kind", ADAPTERS)
@pytest.mark.parametrize(
    ("how", "failure", "retryable"),
    [
        ("400", "bad_request", False),
        ("401", "auth", False),
        ("402", "auth", False),
        ("403", "auth", False),
        ("404", "not_found", False),
        ("413", "context_too_large", False),
        ("429", "rate_limited", True),
        ("500", "provider_error", True),
        ("503", "provider_error", True),
        ("529", "provider_error", True),
        ("garbage", "provider_error", True),
        ("html", "provider_error", True),
        ("wrong-types", "provider_error", True),
        ("breaks", "unreachable", True),
        ("streamed-breaks", "unreachable", True),
        ("streamed-ends", "unreachable", True),
        ("streamed-trouble", "provider_error", True),
        ("streamed-garbage", "provider_error", True),
    ],
)
async def test_trouble_is_one_kind_of_failure(address: str, kind: str, how: str, failure: str, retryable: bool) -> None:
    error = await fails(kind, address, how)
    assert (error.kind, error.retryable) == (failure, retryable)


@pytest.mark.parametrize("kind", ["openai_compatible", "anthropic"])
async def test_retry_after_is_heard_as_seconds_and_as_a_date(address: str, kind: str) -> None:
    assert (await fails(kind, address, "429")).retry_after_s == 7
    by_date = (await fails(kind, address, "429-date")).retry_after_s
    assert by_date is not None
    assert 80 < by_date <= 90


async def test_credit_that_is_used_up_does_not_come_back_by_waiting(address: str) -> None:
    error = await fails("openai_compatible", address, "429-credit")
    assert (error.kind, error.retryable) == ("rate_limited", False)


async def test_a_filter_and_a_context_are_told_by_their_codes(address: str) -> None:
    for how, kind in {"400-long": "context_too_large", "400-filter": "filtered", "filtered": "filtered"}.items():
        error = await fails("openai_compatible", address, how)
        assert (error.kind, error.retryable) == (kind, False)
    paid = (await fails("openai_compatible", address, "streamed-filtered")).usage
    assert paid is not None
    assert paid.output == 25


@pytest.mark.parametrize("kind", ["openai_compatible", "anthropic"])
async def test_a_server_that_hangs_is_left_in_time(address: str, kind: str) -> None:
    began = time.monotonic()
    error = await fails(kind, address, "hangs", timeout_s=0.5)
    assert (error.kind, error.retryable) == ("timeout", True)
    assert time.monotonic() - began < 3


@pytest.mark.parametrize("kind", ADAPTERS)
async def test_a_refused_port_is_unreachable(kind: str) -> None:
    nowhere = f"http://127.0.0.1:{free_port()}"
    error = await fails(kind, nowhere, "good")
    assert (error.kind, error.retryable) == ("unreachable", True)
    assert nowhere in error.why


@pytest.mark.parametrize("kind", ["openai_compatible", "anthropic"])
async def test_a_refusal_is_told_with_what_it_cost(address: str, kind: str) -> None:
    error = await fails(kind, address, "refuses")
    assert (error.kind, error.retryable) == ("refused", False)
    assert error.usage is not None
    assert error.usage.output == 25


@pytest.mark.parametrize("kind", ADAPTERS)
async def test_usage_and_the_model_that_really_answered_are_read(address: str, kind: str) -> None:
    reply = await adapter(kind, address).answer(call(model="good"))
    assert reply.model == "really-this"
    expected = {
        "openai_compatible": Usage(input=90, cached_input=40, output=25, reasoning=15),
        "anthropic": Usage(input=90, cached_input=40, output=25),
        "ollama": Usage(input=90, output=25),
    }
    assert reply.usage == expected[kind]
    assert read(reply).position == "Do it."


@pytest.mark.parametrize("kind", ADAPTERS)
async def test_a_streamed_answer_is_heard_as_it_comes_and_counted_to_the_token(address: str, kind: str) -> None:
    heard: list[str] = []
    reply = await adapter(kind, address).answer(replace(call(model="streamed"), hear=heard.append))
    assert len(heard) > 5
    assert "".join(heard) == reply.text
    assert read(reply).position == "Do it."
    expected = {
        "openai_compatible": Usage(input=90, cached_input=40, output=25, reasoning=15),
        "anthropic": Usage(input=90, cached_input=40, output=25, cache_write=20),
        "ollama": Usage(input=90, output=25),
    }
    assert (reply.model, reply.usage) == ("really-this", expected[kind])
    cut = await adapter(kind, address).answer(call(model="streamed-cut"))
    assert "cut off" in read(cut).unparsed


async def test_what_all_turns_share_is_marked_to_be_kept() -> None:
    sent: list[Any] = []
    with serving(remembering(app, sent)) as address:
        for shared in (5000, 500, 0):
            prompt = Prompt("Be brief.", "Q" * 5000 + "\n\nYour turn.", shared)
            await adapter("anthropic", address).answer(call(model="good", prompt=prompt))
    contents = [json.loads(body)["messages"][0]["content"] for body in sent]
    kept, *whole = contents
    assert kept[0] == {"type": "text", "text": "Q" * 5000, "cache_control": {"type": "ephemeral"}}
    assert kept[1] == {"type": "text", "text": "\n\nYour turn."}
    assert [len(blocks) for blocks in whole] == [1, 1]
    assert "".join(block["text"] for block in kept) == whole[0][0]["text"]


async def test_a_model_without_schemas_is_asked_for_the_input_of_a_tool(address: str) -> None:
    spec = ProviderSpec(adapter="anthropic", key_env="THE_KEY")
    adapter_ = Anthropic("anthropic", spec, Access(address, SecretStr(KEY)), {"streamed": "tool"})
    reply = await adapter_.answer(call(model="streamed"))
    assert reply.finish_reason == "tool_use"
    assert read(reply).position == "Do it."


async def test_a_server_that_knows_no_streams_is_asked_for_the_whole(address: str) -> None:
    spec = ProviderSpec(adapter="openai_compatible", streams=False)
    reply = await OpenAICompatible("old", spec, Access(f"{address}/v1")).answer(call(model="good"))
    assert read(reply).position == "Do it."


@pytest.mark.parametrize("kind", ADAPTERS)
async def test_an_answer_that_is_none_is_kept_and_no_vote(address: str, kind: str) -> None:
    for how, word in (("no-block", "no JSON object"), ("cut-off", "cut off"), ("empty-position", "empty")):
        parsed = read(await adapter(kind, address).answer(call(model=how)))
        assert parsed.position is None
        assert word in parsed.unparsed
        assert parsed.argument


def read(reply: Reply) -> Any:
    return parse(reply.text, call().shape, reply.finish_reason)


async def test_a_provider_without_key_or_address_says_what_to_set() -> None:
    spec = ProviderSpec(adapter="openai_compatible", key_env="THE_KEY")
    for made in (Anthropic, OpenAICompatible):
        with pytest.raises(ProviderError) as raised:
            await made("cloud", spec, Access(missing="set THE_KEY")).answer(call())
        assert raised.value.kind == "not_configured"
        assert not raised.value.retryable
        assert "set THE_KEY" in raised.value.why


async def test_in_the_log_it_is_one_fact_a_turn_and_never_the_key(server: Server, address: str, tmp_path: Path) -> None:
    nc = await connection.connect(server.url, "test", timeout=30)
    log = await provisioned(nc)
    await debate(log, "d1")
    environment = {"ZAMAZ_CUSTOM_URL": f"{address}/v1", "CUSTOM_KEY": KEY, "ZAMAZ_LOG_LEVEL": "DEBUG"}
    house = Debaters(server.url, tmp_path / "definitions", environment, key_env="CUSTOM_KEY")
    house.start()
    hows = ("good", "401", "404", "429", "500", "hangs", "empty", "no-block", "cut-off", "garbage", "refuses", "400")
    try:
        for n, how in enumerate(hows):
            await log.append("d1", turn(f"t{n}", model=how, seconds=8 if how == "hangs" else 90))
        facts = await all_said(log, "d1", (ArgumentPresented, TurnFailed), len(hows), 120)
        await debate(log, "d2")
        await log.append("d2", turn("small", model="good", context_tokens=40, max_output_tokens=16))
        (small,) = await all_said(log, "d2", (ArgumentPresented, TurnFailed), 1, 60)
        assert not [heard for heard in await said(log, "d2") if isinstance(heard.fact, CallStarted)]
        started = await all_said(log, "d1", CallStarted, len(hows), 1)
    finally:
        codes = house.stop()
        await nc.close()
    by_turn = {hows[int(fact.turn[1:])]: fact for fact in facts}
    kinds = {how: fact.kind if isinstance(fact, TurnFailed) else fact.position for how, fact in by_turn.items()}
    assert kinds == {
        "good": "Do it.",
        "401": "auth",
        "404": "not_found",
        "429": "rate_limited",
        "500": "provider_error",
        "hangs": "timeout",
        "empty": "empty",
        "no-block": None,
        "cut-off": None,
        "garbage": "provider_error",
        "refuses": "refused",
        "400": "bad_request",
    }
    assert by_turn["429"].retry_after_s == 7
    assert by_turn["empty"].usage == by_turn["refuses"].usage == by_turn["good"].usage
    assert (small.kind, small.call, small.retryable) == ("context_too_large", "", False)
    told = house.log + "".join(encode(fact).decode() for fact in [*facts, *started])
    assert KEY not in told
    assert codes == [0]
