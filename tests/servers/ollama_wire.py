"""Not Ollama: the part of its HTTP API that a client needs, in front of a real llama.cpp server.

No package registry carries an Ollama server. Models, counts and durations are real; the rest is translation.
"""

from __future__ import annotations

import json
import math
import time
from string import ascii_uppercase
from typing import Any

import httpx

from servers.asgi import App, Receive, Scope, Send, answer, body_of


def wire(upstream: str, model: str, *, pulled: bool = True, decides: bool = False) -> App:
    """An application that answers for `model` (served as `model:latest`) out of `upstream` (".../v1"). One that is not
    `pulled` yet has to be fetched first, in three steps; one that `decides` knows typed decisions as newer ones do."""
    names = (model, f"{model}:latest")
    here = [{"model": names[1], "name": names[1], "size": 1}] if pulled else []

    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        sent = json.loads(await body_of(receive) or b"{}")
        path = scope["path"]
        if path == "/api/version":
            await answer(send, 200, {"version": "0.0.0-wire"})
        elif path in ("/api/tags", "/api/ps"):
            await answer(send, 200, {"models": here})
        elif path == "/api/pull" and sent.get("model") in names:
            await _pull(send)
            here[:] = [{"model": names[1], "name": names[1], "size": 1}]
        elif path == "/v1/systemone" and decides:
            await _decide(upstream, model, sent, send)
        elif path == "/api/generate" and sent.get("model") in names and here and not sent.get("prompt"):
            await answer(send, 200, {"model": sent["model"], "response": "", "done": True, "done_reason": "load"})
        elif path == "/api/show" and sent.get("model") in names:
            await answer(send, 200, {"details": {"family": "llama"}, "model_info": {"general.name": model}})
        elif path != "/api/chat":
            await answer(send, 404, {"error": f"path {path} is not served here"})
        elif sent.get("model") not in names or not here:
            await answer(send, 404, {"error": f"model '{sent.get('model')}' not found"})
        elif sent.get("stream"):
            await _chat(upstream, model, sent, send)
        else:
            await _chat_at_once(upstream, model, sent, send)

    return app


async def _decide(upstream: str, model: str, sent: dict[str, Any], send: Send) -> None:
    """A typed decision, translated: the model is asked for one letter, and its odds are the probabilities."""
    answers, used = {}, {"input_tokens": 0, "output_tokens": 0}
    for name, question in sent["questions"].items():
        letters = dict(zip(ascii_uppercase, question["criteria"], strict=False))
        listed = ", ".join(f"{letter} for {option}" for letter, option in letters.items())
        prompt = f"{question['instructions']}\n{sent['state']}\nAnswer with one letter: {listed}."
        asked = {"model": model, "messages": [{"role": "user", "content": prompt}], "max_tokens": 1, "temperature": 0}
        async with httpx.AsyncClient(timeout=120) as http:
            reply = await http.post(f"{upstream}/chat/completions", json=asked | {"logprobs": True, "top_logprobs": 20})
        told = reply.json()
        likely = {one["token"]: one["logprob"] for one in told["choices"][0]["logprobs"]["content"][0]["top_logprobs"]}
        odds = {option: math.exp(likely.get(letter, -20.0)) for letter, option in letters.items()}
        whole = sum(odds.values())
        shares = {option: share / whole for option, share in odds.items()}
        best = max(shares, key=lambda option: shares[option])
        answers[name] = {"type": "choice", "choice": best, "probabilities": shares, "confidence": shares[best]}
        used["input_tokens"] += told["usage"]["prompt_tokens"]
        used["output_tokens"] += told["usage"]["completion_tokens"]
    await answer(send, 200, {"model": sent["model"], "answers": answers, "usage": used})


async def _pull(send: Send) -> None:
    await send({"type": "http.response.start", "status": 200, "headers": [(b"content-type", b"application/x-ndjson")]})
    for done in (0, 50, 100):
        line = {"status": "pulling", "completed": done, "total": 100}
        await send({"type": "http.response.body", "body": json.dumps(line).encode() + b"\n", "more_body": True})
    await send({"type": "http.response.body", "body": b'{"status": "success"}\n'})


async def _chat_at_once(upstream: str, model: str, sent: dict[str, Any], send: Send) -> None:
    """The whole answer as one object."""
    began = time.monotonic()
    async with httpx.AsyncClient(timeout=120) as http:
        reply = await http.post(f"{upstream}/chat/completions", json=_asked(model, sent))
    if reply.status_code != 200:
        await answer(send, reply.status_code, {"error": reply.text})
        return
    told = reply.json()
    choice, usage = told["choices"][0], told["usage"]
    line = {
        "model": sent["model"],
        "created_at": "2026-01-01T00:00:00Z",
        "message": {"role": "assistant", "content": choice["message"]["content"]},
        "done": True,
        "done_reason": choice["finish_reason"],
        "total_duration": int((time.monotonic() - began) * 1e9),
        "prompt_eval_count": usage["prompt_tokens"],
        "eval_count": usage["completion_tokens"],
    }
    await answer(send, 200, line)


async def _chat(upstream: str, model: str, sent: dict[str, Any], send: Send) -> None:
    """Stream what the other streams, line by line in Ollama's own way."""
    asked = _asked(model, sent) | {"stream": True, "stream_options": {"include_usage": True}}
    finish, began = "", time.monotonic()
    async with (
        httpx.AsyncClient(timeout=120) as http,
        http.stream("POST", f"{upstream}/chat/completions", json=asked) as reply,
    ):
        if reply.status_code != 200:
            await answer(send, reply.status_code, {"error": (await reply.aread()).decode()})
            return
        heads = [(b"content-type", b"application/x-ndjson")]
        await send({"type": "http.response.start", "status": 200, "headers": heads})
        async for line in reply.aiter_lines():
            if not line.startswith("data: {"):
                continue
            told = json.loads(line[6:])
            for choice in told["choices"]:
                finish = choice["finish_reason"] or finish
                await _say(send, sent["model"], choice["delta"].get("content") or "")
            if usage := told.get("usage"):
                counts = {"prompt_eval_count": usage["prompt_tokens"], "eval_count": usage["completion_tokens"]}
                took = int((time.monotonic() - began) * 1e9)
                await _say(send, sent["model"], "", done=True, done_reason=finish, total_duration=took, **counts)
        await send({"type": "http.response.body", "body": b""})


async def _say(send: Send, model: str, text: str, *, done: bool = False, **more: Any) -> None:
    line = {"model": model, "created_at": "2026-01-01T00:00:00Z", "done": done, **more}
    line["message"] = {"role": "assistant", "content": text}
    await send({"type": "http.response.body", "body": json.dumps(line).encode() + b"\n", "more_body": True})


def _asked(model: str, sent: dict[str, Any]) -> dict[str, Any]:
    options = sent.get("options") or {}
    asked: dict[str, Any] = {"model": model, "messages": sent["messages"], "max_tokens": options.get("num_predict")}
    asked |= {key: options[key] for key in ("temperature", "seed") if key in options}
    if isinstance(schema := sent.get("format"), dict):
        asked["response_format"] = {
            "type": "json_schema",
            "json_schema": {"name": "a", "strict": True, "schema": schema},
        }
    return asked
