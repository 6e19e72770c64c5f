"""Not a model: what OpenAI's, Anthropic's and Ollama's servers send when they stream, well and badly."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from servers.asgi import Send

PIECE = 7


@dataclass(frozen=True)
class Wire:
    """One provider's way: the lines before the text, for each piece of it, and after it."""

    before: tuple[str, ...]
    after: tuple[str, ...]
    kind: str
    trouble: str

    def piece(self, text: str) -> str:
        ways: dict[str, dict[str, Any]] = {
            "openai": {"choices": [{"index": 0, "delta": {"content": text}}], "model": "really-this"},
            "anthropic": {"type": "content_block_delta", "index": 0, "delta": {"type": "text_delta", "text": text}},
            "tool": {"type": "content_block_delta", "delta": {"type": "input_json_delta", "partial_json": text}},
            "ollama": {"model": "really-this", "message": {"role": "assistant", "content": text}, "done": False},
        }
        return self.line(ways[self.kind])

    def line(self, told: Any) -> str:
        return _line(told) if self.kind == "ollama" else _event(told)


def _event(told: Any) -> str:
    name = f"event: {told['type']}\n" if "type" in told else ""
    return f"{name}data: {json.dumps(told)}\n\n"


def _line(told: Any) -> str:
    return json.dumps(told) + "\n"


def wire(path: str, sent: dict[str, Any], finish: str) -> Wire:
    """The way of the provider that is asked on a path; `finish` as OpenAI calls it."""
    if path == "/v1/chat/completions":
        usage: dict[str, Any] = {"prompt_tokens": 90, "completion_tokens": 10, "total_tokens": 115}
        usage_more: dict[str, Any] = {"prompt_tokens_details": {"cached_tokens": 40}}
        usage_more["completion_tokens_details"] = {"reasoning_tokens": 15}
        counted = {"choices": [], "usage": usage | usage_more}
        asked = (sent.get("stream_options") or {}).get("include_usage")
        end: dict[str, Any] = {"choices": [{"index": 0, "delta": {}, "finish_reason": finish}]}
        after = (_event(end), *([_event(counted)] if asked else []), "data: [DONE]\n\n")
        return Wire((), after, "openai", _event({"error": {"message": "no more", "code": 503}}))
    if path == "/v1/messages":
        usage = {"input_tokens": 30, "cache_read_input_tokens": 40, "cache_creation_input_tokens": 20}
        begun = {"id": "m", "model": "really-this", "content": [], "usage": usage | {"output_tokens": 1}}
        tool = bool(sent.get("tools"))
        block = {"type": "tool_use", "id": "t", "name": "answer", "input": {}} if tool else {"type": "text", "text": ""}
        before = [{"type": "message_start", "message": begun}, {"type": "content_block_start", "content_block": block}]
        stop = {"length": "max_tokens", "content_filter": "refusal"}.get(finish, "tool_use" if tool else "end_turn")
        end = {"type": "message_delta", "delta": {"stop_reason": stop}, "usage": {"output_tokens": 25}}
        after = tuple(map(_event, ({"type": "content_block_stop"}, {"type": "ping"}, end, {"type": "message_stop"})))
        trouble = _event({"type": "error", "error": {"type": "overloaded_error", "message": "Overloaded"}})
        return Wire(tuple(map(_event, before)), after, "tool" if tool else "anthropic", trouble)
    counts = {"prompt_eval_count": 90, "eval_count": 25}
    done: dict[str, Any] = {"model": "really-this", "message": {"role": "assistant", "content": ""}, "done": True}
    return Wire((), (_line(done | counts | {"done_reason": finish}),), "ollama", _line({"error": "no more"}))


async def stream(send: Send, how: str, way: Wire, text: str) -> None:
    """Send `text` in pieces. `how` goes wrong in its middle: breaks, ends, hangs, trouble or garbage."""
    kind = b"application/x-ndjson" if way.kind == "ollama" else b"text/event-stream"
    await send({"type": "http.response.start", "status": 200, "headers": [(b"content-type", kind)]})

    async def say(line: str, *, more: bool = True) -> None:
        await send({"type": "http.response.body", "body": line.encode(), "more_body": more})

    for line in way.before:
        await say(line)
    pieces = list(_pieces(text))
    for n, piece in enumerate(pieces):
        await say(way.piece(piece))
        if n < len(pieces) // 2:
            continue
        match how:
            case "hangs":
                await asyncio.sleep(30)
            case "trouble":
                await say(way.trouble, more=False)
                return
            case "garbage":
                await say("data: <html>\n\n" if way.kind != "ollama" else "<html>\n", more=False)
                return
            case "ends":
                await say("", more=False)
                return
            case "breaks":
                raise ConnectionResetError
    for line in way.after:
        await say(line)
    await say("", more=False)


def _pieces(text: str) -> Iterator[str]:
    for at in range(0, len(text), PIECE):
        yield text[at : at + PIECE]
