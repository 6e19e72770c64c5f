"""A call in the air: what is made of it when it ends, lasts too long, or is not needed any more."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from typing import Any

import pytest

from zamaz.alive import Reach
from zamaz.definition.models import ProviderSpec
from zamaz.events.debater import ArgumentPresented, TurnFailed, Usage
from zamaz.testing import START
from zamaz_debater import calling
from zamaz_debater.calling import Caller, Ended, Seat
from zamaz_debater.ends import Job
from zamaz_debater.live import Live
from zamaz_debater.prompts import Prompt
from zamaz_debater.providers.port import Call, ProviderError, Reply

from debater.table import REQUEST, asked, debate, started

BLOCK = '{"argument": "Because it is so.", "position": "Do it.", "verdict": "adopt", "confidence": 0.9}'
PROMPT = Prompt("Be brief.", "Say it.")


@dataclass
class FakeProvider:
    """Behaves as it is told, and notes that it was left."""

    behave: Callable[[Call], Awaitable[Reply]]
    left: list[str] = field(default_factory=list)

    async def answer(self, call: Call) -> Reply:
        try:
            return await self.behave(call)
        except asyncio.CancelledError:
            self.left.append(call.id)
            raise

    async def reach(self) -> Reach:
        return Reach(ok=True)

    async def ready(self) -> None:
        """At once."""


@pytest.fixture(autouse=True)
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(calling, "LOOK_S", 0.01)


async def wanted() -> str:
    return ""


async def ending(
    provider: FakeProvider, *, needless: Callable[[], Awaitable[str]] = wanted, timeout: float = 5, first: float = 0
) -> Ended:
    spec = ProviderSpec(adapter="script", timeout=timeout, first_token=first or None)
    turn = asked()
    job = Job(debate(REQUEST, started(), turn), turn, 1, "")
    return await Caller({"script": Seat(provider, spec)}, lambda: START, Live()).answer(job, PROMPT, needless)


async def called(provider: FakeProvider, **more: Any) -> ArgumentPresented | TurnFailed:
    return (await ending(provider, **more)).made


async def hanging(call: Call) -> Reply:
    call.hear('{"argument": "Because')
    await asyncio.sleep(30)
    raise AssertionError("nobody waits so long")


async def silent(_: Call) -> Reply:
    await asyncio.sleep(30)
    raise AssertionError("nobody waits so long")


async def test_an_answer_without_a_count_is_estimated_and_marked() -> None:
    async def uncounted(_: Call) -> Reply:
        return Reply(BLOCK, "m", "stop", None)

    made = await called(FakeProvider(uncounted))
    assert isinstance(made, ArgumentPresented)
    assert made.usage == Usage(input=5, output=-(-len(BLOCK) * 2 // 7), estimated=True)


@pytest.mark.parametrize("unclear", [True, False])
async def test_whether_a_failure_may_be_the_model_s_own_doing_is_told_beside_it(unclear: bool) -> None:
    async def garbles(_: Call) -> Reply:
        raise ProviderError("provider_error", "no answer of its API", retryable=True, unclear=unclear)

    ended = await ending(FakeProvider(garbles))
    assert isinstance(ended.made, TurnFailed)
    assert (ended.made.kind, ended.unclear) == ("provider_error", unclear)


async def test_a_call_that_nobody_needs_is_left_and_counted_as_far_as_it_was_heard() -> None:
    provider = FakeProvider(hanging)

    async def needless() -> str:
        return "the debate is cancelled"

    made = await called(provider, needless=needless)
    assert isinstance(made, TurnFailed)
    assert (made.kind, made.retryable) == ("cancelled", False)
    assert "the debate is cancelled" in made.why
    assert made.usage is not None
    assert (made.usage.output, made.usage.estimated) == (6, True)
    assert provider.left == ["t1-1"]


async def test_a_call_that_is_left_before_its_first_word_may_have_cost_anything() -> None:
    async def needless() -> str:
        return "answered"

    made = await called(FakeProvider(silent), needless=needless)
    assert isinstance(made, TurnFailed)
    assert (made.kind, made.usage) == ("cancelled", None)


async def test_an_answer_that_comes_while_its_call_is_left_is_used() -> None:
    async def stubborn(call: Call) -> Reply:
        try:
            return await silent(call)
        except asyncio.CancelledError:
            return Reply(BLOCK, "m", "stop", Usage(input=1, output=1))

    async def needless() -> str:
        return "given up by StepTimedOut"

    made = await called(FakeProvider(stubborn), needless=needless)
    assert isinstance(made, ArgumentPresented)
    assert made.position == "Do it."


async def test_the_first_word_has_a_time_of_its_own() -> None:
    provider = FakeProvider(silent)
    made = await called(provider, first=0.05)
    assert isinstance(made, TurnFailed)
    assert (made.kind, made.retryable, made.usage) == ("timeout", True, None)
    assert "no first word within 0.05 s" in made.why
    assert provider.left == ["t1-1"]


async def test_an_answer_that_has_begun_has_all_its_time() -> None:
    made = await called(FakeProvider(hanging), first=0.05, timeout=0.3)
    assert isinstance(made, TurnFailed)
    assert "no complete answer within 0.3 s" in made.why
    assert made.usage is not None
    assert made.usage.estimated


async def test_what_a_provider_counted_of_a_broken_answer_outweighs_the_estimate() -> None:
    counted = Usage(input=7, output=3)

    async def breaking(call: Call) -> Reply:
        call.hear("Because")
        raise ProviderError("provider_error", "it broke", retryable=True, usage=counted)

    made = await called(FakeProvider(breaking))
    assert isinstance(made, TurnFailed)
    assert made.usage == counted


async def test_a_bug_in_an_adapter_is_a_failure_that_holds_none_of_its_words() -> None:
    async def wrong(_: Call) -> Reply:
        raise ZeroDivisionError("sk-secret")

    made = await called(FakeProvider(wrong))
    assert isinstance(made, TurnFailed)
    assert made.kind == "internal"
    assert "ZeroDivisionError" in made.why
    assert "sk-secret" not in made.why
