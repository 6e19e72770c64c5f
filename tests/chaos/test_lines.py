"""The line that chaos cuts: whole it carries everything, and each harm does what it says."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator

import pytest

from servers.cuts import Line

Ends = tuple[asyncio.StreamReader, asyncio.StreamWriter]
SILENCE_S = 0.2


@pytest.fixture
def heard() -> list[bytes]:
    """What reached the server."""
    return []


@pytest.fixture
async def line(heard: list[bytes]) -> AsyncIterator[Line]:
    """A line to a server that says back whatever it hears."""

    async def echo(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        while word := await reader.readline():
            heard.append(word)
            writer.write(word)
        writer.close()

    server = await asyncio.start_server(echo, "127.0.0.1", 0)
    made = Line(server.sockets[0].getsockname()[1])
    await made.start()
    yield made
    await made.stop()
    server.close()


async def opened(line: Line) -> Ends:
    return await asyncio.open_connection("127.0.0.1", line.port)


async def said(ends: Ends, word: bytes) -> bytes:
    """What comes back; b"" from a connection that is broken."""
    reader, writer = ends
    try:
        writer.write(word)
        return await asyncio.wait_for(reader.readline(), 60)
    except ConnectionError:
        return b""


async def is_silent(ends: Ends, word: bytes) -> bool:
    ends[1].write(word)
    try:
        await asyncio.wait_for(ends[0].readline(), SILENCE_S)
    except TimeoutError:
        return True
    return False


async def test_a_whole_line_carries_both_ways(line: Line) -> None:
    assert await said(await opened(line), b"one\n") == b"one\n"


async def test_a_cut_breaks_what_is_open_and_takes_what_is_new(line: Line) -> None:
    old = await opened(line)
    await said(old, b"one\n")
    line.cut()
    assert await said(old, b"two\n") == b""
    assert await said(await opened(line), b"three\n") == b"three\n"


async def test_a_line_that_refuses_breaks_what_is_new_too_until_it_is_mended(line: Line) -> None:
    line.refuse()
    assert await said(await opened(line), b"one\n") == b""
    line.mend()
    assert await said(await opened(line), b"two\n") == b"two\n"


async def test_what_is_held_flows_on_when_the_line_is_mended(line: Line, heard: list[bytes]) -> None:
    ends = await opened(line)
    await said(ends, b"one\n")
    line.hold()
    assert await is_silent(ends, b"two\n")
    assert heard == [b"one\n"]
    line.mend()
    assert await asyncio.wait_for(ends[0].readline(), 60) == b"two\n"


async def test_a_deaf_line_still_carries_to_the_server(line: Line, heard: list[bytes]) -> None:
    ends = await opened(line)
    await said(ends, b"one\n")
    line.deafen()
    assert await is_silent(ends, b"two\n")
    assert heard == [b"one\n", b"two\n"]
    line.mend()
    assert await asyncio.wait_for(ends[0].readline(), 60) == b"two\n"


async def test_a_client_learns_that_the_server_is_gone() -> None:
    line = Line(1)
    await line.start()
    assert await said(await opened(line), b"one\n") == b""
    await line.stop()
