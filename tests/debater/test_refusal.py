from __future__ import annotations

from typing import Any

import pytest

from zamaz.alive import Reach
from zamaz_debater.providers.port import ProviderError, Reply
from zamaz_debater.providers.refusal import RemembersRefusal

CALL: Any = None
REFUSED = ProviderError("auth", "openai refused the key (401): check OPENAI_API_KEY", retryable=False)
BUSY = ProviderError("rate_limited", "slower", retryable=True)


class FakeProvider:
    """Answers with what the test puts in."""

    def __init__(self, *answers: Reply | ProviderError, reach: Reach) -> None:
        self._answers, self._reach = list(answers), reach

    async def ready(self) -> None: ...

    async def reach(self) -> Reach:
        return self._reach

    async def answer(self, call: Any) -> Reply:
        answer = self._answers.pop(0)
        if isinstance(answer, ProviderError):
            raise answer
        return answer


async def test_a_refused_key_shows_in_the_reach_until_a_call_succeeds():
    provider = RemembersRefusal(FakeProvider(REFUSED, BUSY, Reply("yes", "m"), reach=Reach(ok=True, models=("m",))))
    for _ in range(2):
        with pytest.raises(ProviderError):
            await provider.answer(CALL)
        assert await provider.reach() == Reach(ok=True, why=f"at the last call: {REFUSED.why}", models=("m",))
    assert (await provider.answer(CALL)).text == "yes"
    assert await provider.reach() == Reach(ok=True, models=("m",))


async def test_what_is_out_of_reach_keeps_its_own_reason():
    provider = RemembersRefusal(FakeProvider(REFUSED, reach=Reach(ok=False, why="no server answers")))
    with pytest.raises(ProviderError, match="refused the key"):
        await provider.answer(CALL)
    assert await provider.reach() == Reach(ok=False, why="no server answers")
