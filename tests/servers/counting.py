"""Not a model: a slow OpenAI-compatible server that counts what is bought, by turn and call."""

from __future__ import annotations

import asyncio
import json
from collections import Counter
from dataclasses import dataclass, field

from servers.asgi import Receive, Scope, Send, answer, body_of

BLOCK = {"argument": "Because.", "position": "Do it.", "verdict": "adopt", "confidence": 0.9}


@dataclass
class Till:
    """`bought` counts requests by call (`<turn>-<n>`); each is answered after `delay` seconds."""

    delay: float = 1.0
    bought: Counter[str] = field(default_factory=Counter)
    in_the_air: int = 0

    def turns(self) -> Counter[str]:
        """How often each turn was bought, whatever the call."""
        found: Counter[str] = Counter()
        for call, times in self.bought.items():
            found[call.rpartition("-")[0]] += times
        return found

    async def app(self, scope: Scope, receive: Receive, send: Send) -> None:
        """One request."""
        await body_of(receive)
        if scope["path"].endswith("/models"):
            await answer(send, 200, {"object": "list", "data": []})
            return
        call = dict(scope["headers"]).get(b"idempotency-key", b"?-0").decode()
        self.bought[call] += 1
        self.in_the_air += 1
        try:
            await asyncio.sleep(self.delay)
        finally:
            self.in_the_air -= 1
        message = {"role": "assistant", "content": json.dumps(BLOCK | {"argument": f"Said in {call}."})}
        usage = {"prompt_tokens": 10, "completion_tokens": 5, "total_tokens": 15}
        choice = {"index": 0, "message": message, "finish_reason": "stop"}
        await answer(send, 200, {"id": "c", "model": "counted", "choices": [choice], "usage": usage})
