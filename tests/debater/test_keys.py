"""Whose key a call is made with, and that a key which a server repeats goes no further."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import SecretStr

from zamaz.alive import Reach
from zamaz.definition import read
from zamaz.definition.models import ModelsFile, ProviderSpec
from zamaz.errors import DefinitionError
from zamaz.service.access import Access, access
from zamaz_debater.providers.keys import ByRequester, Discreet, Pieces
from zamaz_debater.providers.port import Call, ProviderError, Reply

from debater.table import call

KEY = "sk-planted-0123456789"
MODELS = """\
providers:
  cloud: {adapter: openai_compatible, base_url: "https://c.example/v1", key_env: CLOUD_KEY}
  script: {adapter: script}
models: {}
"""


THERE = Reach(ok=True)


class FakeProvider:
    """Says what it is told to, in pieces of `cut` characters."""

    def __init__(self, text: str = "", cut: int = 4, *, reach: Reach = THERE) -> None:
        self._text, self._cut, self._reach = text, cut, reach

    async def ready(self) -> None:
        """At once."""

    async def reach(self) -> Reach:
        return self._reach

    async def answer(self, call: Call) -> Reply:
        if call.turn.model == "fails":
            raise ProviderError("bad_request", f"no such thing as {KEY}", retryable=False)
        for at in range(0, len(self._text), self._cut):
            call.hear(self._text[at : at + self._cut])
        return Reply(self._text, f"m-{KEY}", KEY)


async def test_a_key_that_is_repeated_is_in_nothing_that_comes_back() -> None:
    heard: list[str] = []
    provider = Discreet(FakeProvider(f"Your key {KEY} is good."), Access(key=SecretStr(KEY)))
    reply = await provider.answer(replace(call(), hear=heard.append))
    assert (reply.text, reply.model, reply.finish_reason) == ("Your key … is good.", "m-…", "…")
    assert "".join(heard) == "Your key … is good."
    with pytest.raises(ProviderError) as raised:
        await provider.answer(call(model="fails"))
    assert raised.value.why == "no such thing as …"


@given(st.lists(st.sampled_from(["s", "k", "-", "sk-", KEY, KEY[:9], KEY[9:], "text ", "x"]), max_size=12))
def test_no_way_to_cut_a_text_lets_the_key_through(parts: list[str]) -> None:
    heard: list[str] = []
    pieces = Pieces(heard.append, KEY)
    for part in parts:
        pieces.hear(part)
    told = "".join(heard)
    assert KEY not in told
    assert "".join(parts).replace(KEY, "…").startswith(told)


async def test_a_requester_with_a_key_of_its_own_is_asked_with_it() -> None:
    provider = ByRequester(FakeProvider("the house's"), {"ann": FakeProvider("ann's")})
    for who, text in {"ann": "ann's", "bob": "the house's", "": "the house's"}.items():
        assert (await provider.answer(replace(call(), requester=who))).text == text


async def test_without_a_key_of_the_house_those_with_one_are_served() -> None:
    missing = FakeProvider(reach=Reach(ok=False, why="set CLOUD_KEY"))
    assert await ByRequester(missing, {}).reach() == Reach(ok=False, why="set CLOUD_KEY")
    found = await ByRequester(missing, {"ann": FakeProvider()}).reach()
    assert found.ok
    assert "(ann): set CLOUD_KEY" in found.why


def test_a_requesters_key_is_named_and_never_written(tmp_path: Path) -> None:
    file = tmp_path / "models.yaml"
    file.write_text(MODELS + "requesters: {ann: {cloud: ANN_CLOUD_KEY}}\n")
    assert read(file, ModelsFile).requesters == {"ann": {"cloud": "ANN_CLOUD_KEY"}}
    file.write_text(MODELS + f"requesters: {{ann: {{cloud: {KEY}}}}}\n")
    with pytest.raises(DefinitionError) as raised:
        read(file, ModelsFile)
    assert KEY not in str(raised.value)
    file.write_text(MODELS + "requesters: {ann: {script: ANN_KEY}}\n")
    with pytest.raises(DefinitionError, match="no provider with a key_env"):
        read(file, ModelsFile)


def test_a_key_may_lie_in_a_file_and_an_address_keeps_its_password(tmp_path: Path) -> None:
    (tmp_path / "key").write_text(f"{KEY}\n")
    spec = ProviderSpec(
        adapter="openai_compatible", base_url="https://me:secret@c.example/v1?token=secret", key_env="ANN_CLOUD_KEY"
    )
    found = access(spec, {"ANN_CLOUD_KEY_FILE": str(tmp_path / "key")})
    assert found.key is not None
    assert found.key.get_secret_value() == KEY
    assert found.place == "https://c.example/v1"
    assert KEY not in repr(found)
