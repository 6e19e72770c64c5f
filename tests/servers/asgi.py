"""A plain ASGI application on a real port of loopback, in a thread of the test process."""

from __future__ import annotations

import contextlib
import json
import threading
import time
from collections.abc import Awaitable, Callable, Iterator, MutableMapping
from typing import Any

import uvicorn

Scope = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[MutableMapping[str, Any]]]
Send = Callable[[MutableMapping[str, Any]], Awaitable[None]]
App = Callable[[Scope, Receive, Send], Awaitable[None]]


async def body_of(receive: Receive) -> bytes:
    """The whole body of a request."""
    body, more = b"", True
    while more:
        part = await receive()
        body += part.get("body", b"")
        more = part.get("more_body", False)
    return body


async def answer(send: Send, status: int, thing: Any, headers: dict[str, str] | None = None) -> None:
    """Send `thing` as JSON, or bytes as they are."""
    body = thing if isinstance(thing, bytes) else json.dumps(thing).encode()
    heads = {"content-type": "application/json", "content-length": str(len(body)), **(headers or {})}
    raw = [(key.encode(), value.encode()) for key, value in heads.items()]
    await send({"type": "http.response.start", "status": status, "headers": raw})
    await send({"type": "http.response.body", "body": body})


def remembering(app: App, bodies: list[bytes]) -> App:
    """The application, with the bodies of its requests kept."""

    async def kept(scope: Scope, receive: Receive, send: Send) -> None:
        body = await body_of(receive)
        bodies.append(body)
        told: list[MutableMapping[str, Any]] = [{"type": "http.request", "body": body, "more_body": False}]

        async def again() -> MutableMapping[str, Any]:
            return told.pop() if told else await receive()

        await app(scope, again, send)

    return kept


@contextlib.contextmanager
def serving(app: App) -> Iterator[str]:
    """The base URL of the running application."""
    config = uvicorn.Config(app, host="127.0.0.1", port=0, log_level="critical", lifespan="off", interface="asgi3")
    server = uvicorn.Server(config)
    thread = threading.Thread(target=server.run, daemon=True)
    thread.start()
    deadline = time.monotonic() + 10
    while not server.started:
        assert time.monotonic() < deadline, "the test server did not start"
        time.sleep(0.01)
    port = server.servers[0].sockets[0].getsockname()[1]
    yield f"http://127.0.0.1:{port}"
    server.should_exit = server.force_exit = True
    thread.join(timeout=5)
