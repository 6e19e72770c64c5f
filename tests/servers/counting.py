"""Not a model: a slow OpenAI-compatible server that counts what is bought, by turn and call."""

from __future__ import annotations

import asyncio
import json
from collections import Counter
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any, NamedTuple

from servers.asgi import Receive, Scope, Send, answer, body_of

BLOCK = {"argument": "Because.", "position": "Do it.", "verdict": "adopt", "confidence": 0.9}


class Sale(NamedTuple):
    """One request: its call (`<turn>-<n>`), and when it came (UTC)."""

    call: str
    at: datetime


class Wish(NamedTuple):
    """How a request is to be answered."""

    status: int
    block: dict[str, Any]
    seconds: float


@dataclass
class Till:
    """`bought` counts requests by call (`<turn>-<n>`), `sales` lists them; each is answered after `delay` seconds."""

    delay: float = 1.0
    bought: Counter[str] = field(default_factory=Counter)
    sales: list[Sale] = field(default_factory=list)
    in_the_air: int = 0

    def wish(self, call: str, asked: dict[str, Any]) -> Wish:
        """The answer to one request, out of its body."""
        return Wish(200, BLOCK | {"argument": f"Said in {call}."}, self.delay)

    def turns(self) -> Counter[str]:
        """How often each turn was bought, whatever the call."""
        found: Counter[str] = Counter()
        for call, times in self.bought.items():
            found[call.rpartition("-")[0]] += times
        return found

    async def app(self, scope: Scope, receive: Receive, send: Send) -> None:
        """One request."""
        body = await body_of(receive)
        if scope["path"].endswith("/models"):
            await answer(send, 200, {"object": "list", "data": []})
            return
        call = dict(scope["headers"]).get(b"idempotency-key", b"?-0").decode()
        try:
            asked = json.loads(body)
        except ValueError:  # whoever asked was killed before it had asked
            return
        self.bought[call] += 1
        self.sales.append(Sale(call, datetime.now(UTC)))
        wish = self.wish(call, asked)
        self.in_the_air += 1
        try:
            await asyncio.sleep(wish.seconds)
        finally:
            self.in_the_air -= 1
        if wish.status != 200:
            await answer(send, wish.status, {"error": {"message": "not now"}})
            return
        message = {"role": "assistant", "content": json.dumps(wish.block)}
        usage = {"prompt_tokens": 10, "completion_tokens": 5, "total_tokens": 15}
        choice = {"index": 0, "message": message, "finish_reason": "stop"}
        if asked.get("logprobs"):  # whoever asks for one letter is told how likely it is
            first = {"token": "A", "logprob": -0.1, "bytes": None}
            choice["logprobs"] = {"content": [first | {"top_logprobs": [first]}]}
        await answer(send, 200, {"id": "c", "model": "counted", "choices": [choice], "usage": usage})
