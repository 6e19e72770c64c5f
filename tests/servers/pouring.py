"""Not a model: a server that streams one answer slowly, in OpenAI's way, and notes who leaves before the end."""

from __future__ import annotations

import asyncio
import json
from dataclasses import dataclass, field

from servers.asgi import Receive, Scope, Send, answer, body_of

END = json.dumps({"position": "Do it.", "verdict": "adopt", "confidence": 0.9})[1:]


@dataclass
class Pouring:
    """`words` of an argument, one each `every` seconds. `left` are the calls whose client went away."""

    words: int = 2000
    every: float = 0.05
    poured: dict[str, int] = field(default_factory=dict)
    left: set[str] = field(default_factory=set)
    ended: set[str] = field(default_factory=set)

    async def app(self, scope: Scope, receive: Receive, send: Send) -> None:
        """One request."""
        await body_of(receive)
        if scope["path"].endswith("/models"):
            await answer(send, 200, {"object": "list", "data": []})
            return
        call = dict(scope["headers"]).get(b"idempotency-key", b"?-0").decode()
        await send({"type": "http.response.start", "status": 200, "headers": [(b"content-type", b"text/event-stream")]})
        gone = asyncio.ensure_future(receive())
        pouring = asyncio.ensure_future(self._pour(call, send))
        await asyncio.wait({gone, pouring}, return_when=asyncio.FIRST_COMPLETED)
        (self.ended if pouring.done() else self.left).add(call)
        for task in (gone, pouring):
            task.cancel()

    async def _pour(self, call: str, send: Send) -> None:
        async def say(line: str, *, more: bool = True) -> None:
            await send({"type": "http.response.body", "body": f"data: {line}\n\n".encode(), "more_body": more})

        async def piece(text: str) -> None:
            await say(json.dumps({"model": "poured", "choices": [{"index": 0, "delta": {"content": text}}]}))

        await piece('{"argument": "')
        for n in range(self.words):
            await piece(f"word{n} ")
            self.poured[call] = n + 1
            await asyncio.sleep(self.every)
        await piece('", ' + END)
        usage = {"prompt_tokens": 10, "completion_tokens": 5, "total_tokens": 15}
        await say(json.dumps({"choices": [{"index": 0, "delta": {}, "finish_reason": "stop"}], "usage": usage}))
        await say("[DONE]", more=False)
