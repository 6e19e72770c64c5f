"""What a provider streams, as it comes off the wire: server-sent events."""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping

_STREAM = "text/event-stream"


def is_stream(headers: Mapping[str, str]) -> bool:
    """Whether the body is one of events; a server that knows no streams answers with the whole."""
    return headers.get("content-type", "").lower().startswith(_STREAM)


async def events(lines: AsyncIterator[str]) -> AsyncIterator[str]:
    """The data of each event. Their names are passed over: what we read says in its data what it is."""
    data: list[str] = []
    async for line in lines:
        if line.startswith("data:"):
            data.append(line[5:].removeprefix(" "))
        elif not line.strip() and data:
            yield "\n".join(data)
            data = []
    if data:
        yield "\n".join(data)
