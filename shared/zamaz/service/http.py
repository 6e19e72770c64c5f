"""What a service shows over HTTP beside its health: its metrics, and its AsyncAPI document.

The page is made here and needs no script and no other server, so that it can be read in a closed network.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Iterator
from functools import cache
from html import escape
from string import Template
from typing import Any

import msgspec
from faststream.asgi import AsgiResponse, get
from faststream.asgi.types import ASGIApp, Receive, Scope, Send
from prometheus_client import CollectorRegistry, make_asgi_app

Json = dict[str, Any]
Routes = list[tuple[str, ASGIApp]]

_PAGE = Template("""<!doctype html>
<html lang="en">
<meta charset="utf-8">
<meta name="viewport" content="width=device-width">
<title>$title</title>
<style>
body { font: 16px/1.5 system-ui, sans-serif; margin: 2rem auto; max-width: 60rem; padding: 0 1rem }
code, pre { font: 14px/1.4 ui-monospace, monospace; overflow-x: auto }
summary { cursor: pointer }
</style>
<h1>$title</h1>
<p>$description The whole document: <a href="/docs.json">/docs.json</a> (AsyncAPI $version).</p>
$sections
<h2>Schemas</h2>
$schemas
</html>
""")
_VERBS = {"hear": "Hears", "read": "Reads", "say": "Says"}


def metrics(registry: CollectorRegistry, look: Callable[[], Awaitable[None]]) -> Routes:
    """/metrics, for Prometheus. `look` brings up to date what is only looked at when somebody asks."""
    exposition = make_asgi_app(registry)

    async def scraped(scope: Scope, receive: Receive, send: Send) -> None:
        await look()
        await exposition(scope, receive, send)

    return [("/metrics", scraped)]


def docs(document: Callable[[], Json]) -> Routes:
    """/docs for people, /docs.json for tools. The document is made when it is first asked for."""
    made = cache(document)

    @get(include_in_schema=False)
    async def as_json(_: Scope) -> AsgiResponse:
        body = msgspec.json.format(msgspec.json.encode(made()), indent=2)
        return AsgiResponse(body, 200, {"Content-Type": "application/json"})

    @get(include_in_schema=False)
    async def as_page(_: Scope) -> AsgiResponse:
        return AsgiResponse(page(made()).encode(), 200, {"Content-Type": "text/html; charset=utf-8"})

    return [("/docs", as_page), ("/docs.json", as_json)]


def page(document: Json) -> str:
    """The document as one page of HTML."""
    return _PAGE.substitute(
        title=escape(document["info"]["title"]),
        description=escape(document["info"]["description"]),
        version=escape(document["asyncapi"]),
        sections="\n".join(_sections(document)),
        schemas="\n".join(_schema(name, schema) for name, schema in document["components"]["schemas"].items()),
    )


def _sections(document: Json) -> Iterator[str]:
    for verb, title in _VERBS.items():
        named = {name.removeprefix(verb): one for name, one in document["operations"].items() if name.startswith(verb)}
        if named:
            how = escape(next(iter(named.values()))["summary"])
            yield f"<h2>{title}</h2><p>{how}</p><dl>{''.join(_fact(document, name) for name in named)}</dl>"


def _fact(document: Json, name: str) -> str:
    address = escape(document["channels"][name]["address"])
    summary = escape(document["components"]["messages"][name]["summary"])
    return f'<dt><a href="#{escape(name)}"><code>{address}</code></a></dt><dd>{summary}</dd>'


def _schema(name: str, schema: Json) -> str:
    body = escape(msgspec.json.format(msgspec.json.encode(schema), indent=2).decode())
    return f'<details id="{escape(name)}"><summary><code>{escape(name)}</code></summary><pre>{body}</pre></details>'
