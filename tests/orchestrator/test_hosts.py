"""Several servers of models: who is asked, and what is believed of them."""

from __future__ import annotations

import asyncio

import pytest

from zamaz_orchestrator.port import PassUp
from zamaz_orchestrator.rungs.hosts import Hosts


class FakeServers:
    """What each address has; an address that is missing does not answer."""

    def __init__(self, **have: tuple[str, ...] | None) -> None:
        self.have = have
        self.looks: list[str] = []

    async def look(self, address: str) -> tuple[str, ...] | None:
        self.looks.append(address)
        await asyncio.sleep(0)
        if address not in self.have:
            raise ConnectionError(address)
        return self.have[address]


async def test_the_least_busy_of_those_that_have_the_model_is_asked() -> None:
    servers = FakeServers(a=("qwen2.5:latest",), b=("qwen2.5:latest",), c=("llama3.3:latest",))
    hosts = Hosts(("a", "b", "c"), servers.look)
    asked = []
    async with await hosts.least_busy("qwen2.5") as one, await hosts.least_busy("qwen2.5") as other:
        asked += [one.address, other.address]
        async with await hosts.least_busy("qwen2.5") as third:
            asked.append(third.address)
    assert asked == ["a", "b", "a"]
    async with await hosts.least_busy("llama3.3") as host:
        assert host.address == "c"


async def test_where_none_has_the_model_the_least_busy_is_asked_and_says_so() -> None:
    hosts = Hosts(("a", "b"), FakeServers(a=(), b=("x",)).look)
    async with await hosts.least_busy("qwen2.5") as host:
        assert host.has("qwen2.5") is False


async def test_one_that_does_not_answer_is_left_out_and_looked_at_once_for_all() -> None:
    servers = FakeServers(b=("m",))
    hosts = Hosts(("a", "b"), servers.look)
    found = await asyncio.gather(*(hosts.least_busy("m") for _ in range(20)))
    for one in found:
        async with one as host:
            assert host.address == "b"
    assert sorted(servers.looks) == ["a", "b"]


async def test_one_that_failed_is_looked_at_again_before_it_is_asked() -> None:
    servers = FakeServers(a=("m",), b=("m",))
    hosts = Hosts(("a", "b"), servers.look)
    async with await hosts.least_busy("m") as host:
        hosts.failed(host)
    del servers.have["a"]
    async with await hosts.least_busy("m") as host:
        assert host.address == "b"


async def test_a_place_comes_back_whatever_happened() -> None:
    hosts = Hosts(("a",), FakeServers(a=None).look)
    for _ in range(3):
        with pytest.raises(RuntimeError):
            async with await hosts.least_busy("m") as host:
                raise RuntimeError
    assert host.busy == 0


async def test_where_none_answers_or_none_is_named_the_rung_passes_up() -> None:
    with pytest.raises(PassUp, match="no Ollama answers at a, b"):
        await Hosts(("a", "b"), FakeServers().look).healthy()
    with pytest.raises(PassUp, match="OLLAMA_HOST is not set"):
        await Hosts((), FakeServers().look).healthy()
