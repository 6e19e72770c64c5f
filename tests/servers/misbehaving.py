"""Not a model: an HTTP server that behaves badly in the way that the requested model's name says.

It stands at the network edge in place of a provider, for OpenAI's, Anthropic's and Ollama's paths alike. A model
`streamed`, or `streamed-<how>`, is streamed; the others are sent whole, as by a server that knows no streams.
"""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from typing import Any

from servers import streaming
from servers.asgi import Receive, Scope, Send, answer, body_of

BLOCK = {"argument": "Because.", "position": "Do it.", "verdict": "adopt", "confidence": 0.9}
STATUSES = {"401": 401, "402": 402, "403": 403, "404": 404, "400": 400, "413": 413, "500": 500, "503": 503, "529": 529}
Told = Callable[[str, str], Any]


def openai(text: str, why: str) -> Any:
    """A chat completion."""
    message: dict[str, Any] = {"role": "assistant", "content": text}
    if why == "refusal":
        message = {"role": "assistant", "content": None, "refusal": "I will not."}
    usage = {"prompt_tokens": 90, "completion_tokens": 10, "total_tokens": 115}
    usage_more = {"prompt_tokens_details": {"cached_tokens": 40}, "completion_tokens_details": {"reasoning_tokens": 15}}
    finish = {"refusal": "stop", "max_tokens": "length", "filtered": "content_filter"}.get(why, "stop")
    choice = {"index": 0, "message": message, "finish_reason": finish}
    return {"id": "c", "object": "chat.completion", "created": 1, "model": "really-this", "choices": [choice]} | {
        "usage": usage | usage_more
    }


def anthropic(text: str, why: str) -> Any:
    """A message of Anthropic's API."""
    usage = {"input_tokens": 50, "output_tokens": 25, "cache_read_input_tokens": 40}
    content = [] if why == "refusal" or not text else [{"type": "text", "text": text}]
    stop = why if why in ("refusal", "max_tokens") else "end_turn"
    return {"id": "m", "type": "message", "role": "assistant", "model": "really-this", "content": content} | {
        "stop_reason": stop,
        "usage": usage,
    }


def ollama(text: str, why: str) -> Any:
    """Ollama's chat answer."""
    done = "length" if why == "max_tokens" else "stop"
    return {"model": "really-this", "message": {"role": "assistant", "content": text}, "done": True} | {
        "done_reason": done,
        "prompt_eval_count": 90,
        "eval_count": 25,
    }


TOLD: dict[str, Told] = {"/v1/chat/completions": openai, "/v1/messages": anthropic, "/api/chat": ollama}


async def app(scope: Scope, receive: Receive, send: Send) -> None:
    """One request."""
    sent = json.loads(await body_of(receive) or b"{}")
    told = TOLD.get(scope["path"])
    if told is None:
        await answer(send, 404, {"error": "no such path"})
        return
    how, heads = str(sent.get("model")), dict(scope["headers"])
    repeated = BLOCK | {"argument": f"{_key(heads)} is my key."}
    if how.startswith("streamed"):
        finish = {"streamed-cut": "length", "streamed-filtered": "content_filter"}.get(how, "stop")
        text = json.dumps(repeated if how == "streamed-echo" else BLOCK)[: 40 if finish == "length" else None]
        await streaming.stream(send, how.partition("-")[2], streaming.wire(scope["path"], sent, finish), text)
        return
    if how == "echo":
        await answer(send, 200, told(json.dumps(repeated), "") | {"model": _key(heads)})
        return
    await _behave(how, told, heads, send)


def _key(headers: dict[bytes, bytes]) -> str:
    return (headers.get(b"authorization") or headers.get(b"x-api-key") or b"").decode().removeprefix("Bearer ")


async def _behave(how: str, told: Told, headers: dict[bytes, bytes], send: Send) -> None:
    key = _key(headers)
    if how in STATUSES:
        # A careless server repeats the key that it was given.
        await answer(send, STATUSES[how], {"error": {"message": f"{how} for {key}", "type": "trouble"}})
    elif how == "429":
        await answer(send, 429, {"error": {"message": "slow down"}}, {"retry-after": "7"})
    elif how == "429-date":
        at = format_datetime(datetime.now(UTC) + timedelta(seconds=90), usegmt=True)
        await answer(send, 429, {"error": {"message": "slow down"}}, {"retry-after": at})
    elif how == "429-credit":
        await answer(send, 429, {"error": {"message": "pay", "code": "insufficient_quota"}})
    elif how == "400-long":
        await answer(send, 400, {"error": {"message": "too long", "code": "context_length_exceeded"}})
    elif how == "400-filter":
        await answer(send, 400, {"error": {"message": "no", "code": "content_filter"}})
    elif how == "hangs":
        await asyncio.sleep(30)
    elif how == "breaks":
        heads = [(b"content-type", b"application/json"), (b"content-length", b"5000")]
        await send({"type": "http.response.start", "status": 200, "headers": heads})
        await send({"type": "http.response.body", "body": b'{"choices": [', "more_body": True})
    elif how == "garbage":
        await answer(send, 200, b"<html>Welcome to the hotel</html>")
    elif how == "html":
        await answer(send, 200, b"<html>Welcome to the hotel</html>", {"content-type": "text/html"})
    elif how == "wrong-types":
        await answer(send, 200, {"choices": "many", "content": 7, "message": []})
    else:
        await answer(send, 200, _well(how, told))


def _well(how: str, told: Told) -> Any:
    texts = {
        "good": json.dumps(BLOCK),
        "no-block": "I would do it, for many reasons.",
        "cut-off": json.dumps(BLOCK)[:40],
        "empty": "",
        "empty-position": json.dumps(BLOCK | {"position": " "}),
    }
    return told(
        texts.get(how, ""), {"cut-off": "max_tokens", "refuses": "refusal", "filtered": "filtered"}.get(how, "")
    )
